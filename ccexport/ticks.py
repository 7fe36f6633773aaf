"""What the queue does for the system itself, again and again."""

from typing import Any

from django_q.models import Schedule

TICKS = {
    "system: every minute": ("ccexport.tasks.every_minute", Schedule.MINUTES),
    "system: every day": ("ccexport.tasks.every_day", Schedule.DAILY),
}


def keep_ticks(**kwargs: Any) -> None:
    """Have the queue call each of them in its time. Runs after every migrate; safe to repeat."""
    for name, (func, rhythm) in TICKS.items():
        Schedule.objects.update_or_create(name=name, defaults={"func": func, "schedule_type": rhythm, "minutes": 1})
