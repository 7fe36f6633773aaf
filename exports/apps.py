from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ExportsConfig(AppConfig):
    name = "exports"
    verbose_name = _("Exports")

    def ready(self) -> None:
        from .schedules import keep_tick

        post_migrate.connect(keep_tick, sender=self, dispatch_uid="exports.tick")
