"""What the queue does again and again: one table, in which each app registers its own when it is loaded.

After `migrate` the table is written into the queue's schedule. Names of rows and paths of tasks are stored there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Periodic:
    """`task`: the dotted path of a function without arguments. `label`: what people see on the page of the status."""

    task: str
    label: str | Promise
    is_daily: bool = False  # every minute otherwise


_table: dict[str, Periodic] = {}


def register(name: str, task: str, label: str | Promise, *, is_daily: bool = False) -> None:
    """Have `task` called every minute or every day. `name` begins with the app: "exports: start what is due"."""
    if ": " not in name or name in _table:
        raise ImproperlyConfigured(f"{name!r} is registered twice, or has no app in front.")
    _table[name] = Periodic(task, label, is_daily)


def registered() -> Mapping[str, Periodic]:
    """Return what is done periodically, by the names of its rows."""
    return dict(_table)


def write_schedule(**kwargs: Any) -> None:
    """Bring the rows in line with the table. Runs after every migrate; safe to repeat.

    A row that nobody registers any more goes if an app of the table had registered it. Rows of others stay.
    """
    from django_q.models import Schedule

    for name, row in _table.items():
        rhythm = Schedule.DAILY if row.is_daily else Schedule.MINUTES
        Schedule.objects.update_or_create(
            name=name, defaults={"func": row.task, "schedule_type": rhythm, "minutes": 1, "repeats": -1}
        )
    ours = {(name.partition(": ")[0], row.task.partition(".")[0]) for name, row in _table.items()}
    for prefix, package in ours:
        rows = Schedule.objects.filter(name__startswith=f"{prefix}: ", func__startswith=f"{package}.tasks.")
        rows.exclude(name__in=_table).delete()
