from typing import Any

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

        from . import messages  # noqa: F401
        from .evaluations.lifecycle import due_evaluations

        register(LIMITS.evaluation, due_evaluations)
        profiles_changed.connect(_evaluate_anew, dispatch_uid="segments.reevaluate_source")
        attributes_change.connect(_no_longer_fitting, dispatch_uid="segments.no_longer_fitting")
        periodic.register(
            "segments: every minute",
            "segments.tasks.every_minute",
            _("Continue imports and refreshes (every minute)"),
        )


def _evaluate_anew(source_id: int, **kwargs: Any) -> None:
    from .evaluations.lifecycle import reevaluate_source

    reevaluate_source(source_id)


def _no_longer_fitting(source: Any, attributes: Any, **kwargs: Any) -> list[str]:
    from .rules.fit import no_longer_fitting

    return no_longer_fitting(source, attributes)
