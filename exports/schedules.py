"""The tick: what brings a run on again whatever became of its message."""

from __future__ import annotations

from typing import Any

from django_q.models import Schedule

TICK = "exports: advance open runs"


def keep_tick(**kwargs: Any) -> None:
    """Have the queue call advance_open_runs every minute. Runs after every migrate; safe to repeat."""
    Schedule.objects.get_or_create(
        name=TICK,
        defaults={"func": "exports.tasks.advance_open_runs", "schedule_type": Schedule.MINUTES, "minutes": 1},
    )
