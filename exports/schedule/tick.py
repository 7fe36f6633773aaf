"""The ticks: what brings a run on again whatever became of its message, and what starts the things that are due."""

from __future__ import annotations

from typing import Any

from django_q.models import Schedule

# Two of them, so that trouble with one doesn't stop the other.
TICKS = {
    "exports: advance open runs": "exports.tasks.advance_open_runs",
    "exports: start what is due": "exports.tasks.start_due",
}


def keep_tick(**kwargs: Any) -> None:
    """Have the queue call each of them every minute. Runs after every migrate; safe to repeat."""
    for name, func in TICKS.items():
        Schedule.objects.get_or_create(
            name=name, defaults={"func": func, "schedule_type": Schedule.MINUTES, "minutes": 1}
        )
