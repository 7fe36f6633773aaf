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

        from .databases import offered  # noqa: F401
        from .databases.refreshing import due_refreshes
        from .evaluations import due_evaluations
        from .imports import due_imports

        register(LIMITS.profile_import, due_imports)
        register(LIMITS.description, due_refreshes)
        register(LIMITS.evaluation, due_evaluations)

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
