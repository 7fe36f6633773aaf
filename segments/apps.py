from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    name = "segments"
    verbose_name = _("Segments")

    def ready(self) -> None:
        from jobs import periodic
        from jobs.due import register
        from jobs.limits import LIMITS
        from profiles.signals import attributes_change, profiles_changed

        from . import messages, receivers  # noqa: F401
        from .evaluations.lifecycle import due_evaluations

        register(LIMITS.evaluation, due_evaluations)
        profiles_changed.connect(receivers.evaluate_again, dispatch_uid="segments.evaluate_again")
        attributes_change.connect(receivers.no_longer_fitting, dispatch_uid="segments.no_longer_fitting")
        periodic.register(
            "segments: every minute",
            "segments.tasks.every_minute",
            _("Continue imports and refreshes (every minute)"),
        )
