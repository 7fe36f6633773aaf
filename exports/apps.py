from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ExportsConfig(AppConfig):
    name = "exports"
    verbose_name = _("Exports")

    def ready(self) -> None:
        from connections import dependents as connection_dependents
        from connections.signals import account_changed
        from jobs.due import register
        from jobs.limits import LIMITS
        from segments.signals import evaluation_ended

        from . import messages  # noqa: F401 - its texts are registered
        from .editing.dependents import ExportsOnConnection, check_lists_again
        from .schedule.due import due_runs
        from .schedule.refresh import due_refreshes, go_on_after
        from .schedule.tick import keep_tick

        connection_dependents.register(ExportsOnConnection())
        account_changed.connect(check_lists_again, dispatch_uid="exports.lists")
        evaluation_ended.connect(go_on_after, dispatch_uid="exports.refresh")
        register(LIMITS.run, due_runs)
        register(LIMITS.refresh, due_refreshes)
        post_migrate.connect(keep_tick, sender=self, dispatch_uid="exports.tick")
