from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    name = "segments"
    verbose_name = _("Segments")

    def ready(self) -> None:
        from jobs.due import register
        from jobs.limits import LIMITS
        from profiles.signals import attributes_change, profiles_changed

        from . import messages  # noqa: F401
        from .evaluations.lifecycle import due_evaluations

        register(LIMITS.evaluation, due_evaluations)
        profiles_changed.connect(_evaluate_anew, dispatch_uid="segments.reevaluate_source")
        attributes_change.connect(_no_longer_fitting, dispatch_uid="segments.no_longer_fitting")

        post_migrate.connect(_schedule_the_tick, sender=self, dispatch_uid="segments.tick")


def _schedule_the_tick(**kwargs: Any) -> None:
    """Have the queue look after imports every minute. Runs after every migrate; safe to repeat."""
    from django_q.models import Schedule

    Schedule.objects.update_or_create(
        name="segments: every minute",
        defaults={
            "func": "segments.tasks.every_minute",
            "schedule_type": Schedule.MINUTES,
            "minutes": 1,
            "repeats": -1,
        },
    )


def _evaluate_anew(source_id: int, **kwargs: Any) -> None:
    from .evaluations.lifecycle import reevaluate_source

    reevaluate_source(source_id)


def _no_longer_fitting(source: Any, attributes: Any, **kwargs: Any) -> list[str]:
    from .rules.fit import no_longer_fitting

    return no_longer_fitting(source, attributes)
