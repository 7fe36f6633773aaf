"""Saving when exports run by themselves, and saying it in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Export, ExportSchedule, RefreshSchedule, Timetable

OFF = gettext_lazy("Off")


def save_refresh_schedule(*, by: Any, **columns: Any) -> RefreshSchedule:
    """Save when the system refreshes; from now on, so nothing that lies before is made up for."""
    schedule = RefreshSchedule.current()
    _save(schedule, by=by, **columns)
    return schedule


def save_export_schedule(export: Export, *, by: Any, **columns: Any) -> ExportSchedule:
    """Save when the export runs; from now on, so nothing that lies before is made up for."""
    schedule = ExportSchedule.objects.filter(export=export).first() or ExportSchedule(export=export)
    _save(schedule, by=by, **columns)
    return schedule


def switch(export: Export, *, is_on: bool, by: Any) -> bool:
    """Switch the schedule of an export on or off and keep it otherwise. False: it was like that already."""
    schedule = ExportSchedule.objects.filter(export=export).first() or ExportSchedule(export=export)
    if schedule.is_on == is_on:
        return False
    _save(schedule, by=by, is_on=is_on)
    return True


def _save(timetable: Timetable, *, by: Any, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(timetable, name, value)
    timetable.updated_by = by
    timetable.next_run_at = timetable.time_after(timezone.now())
    timetable.save()


def in_words(timetable: Timetable) -> str:
    """Say when: “Weekly on Monday and Thursday at 02:30 (Europe/Berlin)”, in the language of the reader."""
    if not timetable.is_on:
        return str(OFF)
    if timetable.recurrence == Timetable.Recurrence.SYSTEM:
        return str(Timetable.Recurrence.SYSTEM.label)
    told = {"times": _listed(timetable.times), "days": _days(timetable), "zone": timetable.time_zone}
    if timetable.recurrence == Timetable.Recurrence.WEEKLY:
        return _("Weekly on %(days)s at %(times)s (%(zone)s)") % told
    if timetable.recurrence == Timetable.Recurrence.MONTHLY:
        return _("Monthly on day %(days)s at %(times)s (%(zone)s)") % told
    return _("Daily at %(times)s (%(zone)s)") % told


def upcoming(export: Export, refresh_at: datetime | None) -> dict[str, Any]:
    """What a list says about the schedule of an export. `refresh_at`: the next system refresh; None: it is off."""
    schedule = ExportSchedule.of(export)
    note, when = "", refresh_at if schedule.follows_system else schedule.next_run_at
    if not schedule.is_on:
        note = _("Runs only when somebody runs it")
    elif export.connection_id is None:
        note = _("Has no connection")
    elif when is None:
        note = _("The refresh schedule is off")
    return {
        "kind": Timetable.Recurrence(schedule.recurrence).label if schedule.is_on else OFF,
        "told": in_words(schedule),
        "note": note,
        "next": when,
        "is_due": when is not None and when <= timezone.now(),
    }


def weekday(number: int) -> str:
    """Return the name of a weekday; 0 is Sunday, as in a timetable."""
    return str(WEEKDAYS[(number - 1) % 7])


def _days(timetable: Timetable) -> str:
    if timetable.recurrence == Timetable.Recurrence.WEEKLY:
        return _listed([weekday(number) for number in sorted(timetable.days)])
    return _listed([str(day) for day in sorted(timetable.days)])


def _listed(parts: list[str]) -> str:
    return _(", ").join(parts)
