"""Saving when exports run by themselves, and saying it in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from typing import Any, TypeVar
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit_trail import changes_of
from exports.models import Export, ExportSchedule, RefreshSchedule, Timetable
from web.races import ChangedMeanwhileError

T = TypeVar("T", bound=Timetable)

OFF = gettext_lazy("Off")
# "Etc/GMT+5" lies five hours west of Greenwich, not east: whoever chooses it means the other one.
_NOT_OFFERED = ("Etc/", "SystemV/", "posix/", "right/")


def save_refresh_schedule(*, by: Any, seen: str | None = None, **columns: Any) -> RefreshSchedule:
    """Save when the system refreshes; from now on, so nothing that lies before is made up for.

    `seen`: the version that the person saw, see `version_of`. Raises ChangedMeanwhileError when there is another.
    """
    return _save(RefreshSchedule.current, by, seen, columns)


def save_export_schedule(export: Export, *, by: Any, seen: str | None = None, **columns: Any) -> ExportSchedule:
    """Save when the export runs, as save_refresh_schedule does."""
    return _save(partial(_schedule_of, export), by, seen, columns)


def switch(export: Export, *, is_on: bool, by: Any) -> bool:
    """Switch the schedule of an export on or off and keep it otherwise. False: it was like that already."""
    if _schedule_of(export).is_on == is_on:
        return False
    _save(partial(_schedule_of, export), by, None, {"is_on": is_on})
    return True


def version_of(timetable: Timetable) -> str:
    """Return what changes whenever somebody saves the timetable; "" before anybody did."""
    return timetable.updated_at.isoformat() if timetable.updated_at else ""


def _schedule_of(export: Export) -> ExportSchedule:
    return ExportSchedule.objects.filter(export=export).first() or ExportSchedule(export=export)


def _save(read: Callable[[], T], by: Any, seen: str | None, columns: dict[str, Any]) -> T:
    """Write over what was read, and over nothing else. Whoever saw no version begins again with what is there now."""
    while True:
        timetable = read()
        stored = timetable.updated_at
        if seen is not None and seen != version_of(timetable):
            raise ChangedMeanwhileError
        now = timezone.now()
        changes = {**columns, "updated_by": by}
        for name, value in changes.items():
            setattr(timetable, name, value)
        timetable.next_run_at = timetable.time_after(now)
        timetable.updated_at = now
        if _is_written(timetable, stored, {**changes, "next_run_at": timetable.next_run_at, "updated_at": now}):
            return timetable
        if seen is not None:
            raise ChangedMeanwhileError


def _is_written(timetable: Timetable, stored: datetime | None, changes: dict[str, Any]) -> bool:
    """False: somebody else was quicker."""
    rows: QuerySet[Any] = type(timetable)._default_manager.all()
    if stored is not None:
        with changes_of(timetable):
            return bool(rows.filter(pk=timetable.pk, updated_at=stored).update(**changes))
    try:
        with transaction.atomic():
            timetable.save(force_insert=True)
    except IntegrityError:
        about = {"export": timetable.export} if isinstance(timetable, ExportSchedule) else {"pk": timetable.pk}
        if not rows.filter(**about).exists():
            raise  # not because somebody made it a moment ago
        timetable.pk = None
        return False
    return True


def in_words(timetable: Timetable) -> str:
    """Say when: “Weekly on Monday and Thursday at 02:30 (Europe/Berlin)”, in the language of the reader."""
    if not timetable.is_on:
        return str(OFF)
    if timetable.recurrence == Timetable.Recurrence.SYSTEM:
        return str(Timetable.Recurrence.SYSTEM.label)
    is_weekly = timetable.recurrence == Timetable.Recurrence.WEEKLY
    days = [weekday(day) if is_weekly else str(day) for day in sorted(timetable.days)]
    words = {"times": _listed(timetable.times), "days": _listed(days), "zone": timetable.time_zone}
    if is_weekly:
        return _("Weekly on %(days)s at %(times)s (%(zone)s)") % words
    if timetable.recurrence == Timetable.Recurrence.MONTHLY:
        return _("Monthly on day %(days)s at %(times)s (%(zone)s)") % words
    return _("Daily at %(times)s (%(zone)s)") % words


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
        "text": in_words(schedule),
        "note": note,
        "next": when,
        "is_due": when is not None and when <= timezone.now(),
    }


def weekday(number: int) -> str:
    """Return the name of a weekday; 0 is Sunday, as in a timetable."""
    return str(WEEKDAYS[(number - 1) % 7])


def _listed(parts: list[str]) -> str:
    return _(", ").join(parts)


@cache
def zones() -> tuple[str, ...]:
    """Return the time zones to choose from: places of the world, and UTC."""
    places = (zone for zone in available_timezones() if "/" in zone and not zone.startswith(_NOT_OFFERED))
    return ("UTC", *sorted(places))
