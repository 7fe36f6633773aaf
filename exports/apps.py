from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ExportsConfig(AppConfig):
    name = "exports"
    verbose_name = _("Exports")

    def ready(self) -> None:
        from connections import dependents as connection_dependents
        from connections.signals import account_changed

        from .dependents import ExportsOnConnection, check_lists_again
        from .tick import keep_tick

        connection_dependents.register(ExportsOnConnection())
        account_changed.connect(check_lists_again, dispatch_uid="exports.lists")
        post_migrate.connect(keep_tick, sender=self, dispatch_uid="exports.tick")
