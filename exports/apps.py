from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExportsConfig(AppConfig):
    name = "exports"
    verbose_name = _("Exports")

    def ready(self) -> None:
        from connections import dependents as connection_dependents
        from connections.signals import account_changed
        from jobs import periodic
        from jobs.due import register
        from jobs.limits import LIMITS
        from segments.signals import evaluation_ended

        from . import messages  # noqa: F401 - its texts are registered
        from .editing.removal import ExportsOnConnection, check_lists_again
        from .editing.suppression_uploads import left_behind
        from .erasing.lifecycle import due_erasures
        from .people.scratch_lists import due_scratch_lists
        from .schedule.due import due_runs
        from .schedule.refresh import due_refreshes, go_on_after

        connection_dependents.register(ExportsOnConnection())
        account_changed.connect(check_lists_again, dispatch_uid="exports.lists")
        evaluation_ended.connect(go_on_after, dispatch_uid="exports.refresh")
        register(LIMITS.run, due_runs)
        register(LIMITS.refresh, due_refreshes)
        register(LIMITS.scratch_list, due_scratch_lists)
        register(LIMITS.erasure, due_erasures)
        register(LIMITS.suppressions, left_behind)
        # Two of them, so that an error of one doesn't stop the other.
        periodic.register(
            "exports: advance open runs", "exports.tasks.advance_open_runs", _("Continue runs (every minute)")
        )
        periodic.register(
            "exports: start what is due", "exports.tasks.start_due", _("Start what is due (every minute)")
        )
