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

        from . import messages, receivers  # noqa: F401
        from .evaluations.lifecycle import due_evaluations

        register(LIMITS.evaluation, due_evaluations)
        profiles_changed.connect(receivers.evaluate_again, dispatch_uid="segments.evaluate_again")
        attributes_change.connect(receivers.no_longer_fitting, dispatch_uid="segments.no_longer_fitting")
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
