"""Starts what is due: the system refresh, and exports with a timetable of their own.

A timetable is taken by an UPDATE that expects the time it was found with, in one transaction with what it starts: of
two clusters one succeeds, and whoever is killed between leaves it due. Times that pass while nobody is there to look
count as one: it starts once, with the first time that was missed, and is late.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from exports.models import ExportSchedule, Refresh, RefreshSchedule, Run, Timetable
from exports.runs import NotRunnableError, note_run, start_run

from .refresh import note_refresh, start_refresh

logger = logging.getLogger(__name__)


class _BusyError(Exception):
    """What is due is at work already. It stays due, and starts when that is over."""


def start_due() -> None:
    """Start everything whose time has come. Called every minute; safe from several clusters at once."""
    now = timezone.now()
    for refresh in RefreshSchedule.objects.due(now):
        _start(refresh, now, _refresh)
    for schedule in ExportSchedule.objects.due(now).select_related("export__connection"):
        _start(schedule, now, _run)


def due_runs(before: datetime) -> QuerySet[Any, int]:
    """Return the runs that any worker should have gone on with before that moment."""
    return Run.objects.due(before).order_by("resume_at").values_list("pk", flat=True)


def move_on(timetable: Timetable, following: datetime | None) -> bool:
    """Set the timetable to its next time. False: somebody else took this one, or it was changed meanwhile."""
    same = type(timetable)._default_manager.filter(pk=timetable.pk, is_on=True, next_run_at=timetable.next_run_at)
    return bool(same.update(next_run_at=following))


def _start(timetable: Timetable, now: datetime, act: Callable[[Any], None]) -> None:
    try:
        with transaction.atomic():
            if move_on(timetable, timetable.time_after(now)):
                act(timetable)
    except _BusyError:
        logger.info("%s is due and waits until what is at work is over.", timetable._meta.verbose_name)
    except (OperationalError, InterfaceError) as error:
        # Our own database is away, or too busy: it stays due.
        logger.warning("%s %s waits: %s", timetable._meta.label, timetable.pk, type(error).__name__)
    except Exception:
        # One that can't be started must not keep the others from it, nor fail again every minute.
        logger.exception("%s %s could not be started", timetable._meta.label, timetable.pk)
        _leave_out(timetable, now)


def _leave_out(timetable: Timetable, now: datetime) -> None:
    """Go on to the next time, and write down that this one came to nothing, for people to be told of it.

    When there is no next time to be worked out either, such as in a time zone that is no more, it is left alone until
    somebody saves it anew.
    """
    try:
        following = timetable.time_after(now)
    except Exception:
        following = None
    if not move_on(timetable, following):
        return
    try:
        with transaction.atomic():
            _note_failure(timetable)
    except Exception:
        logger.exception("It could not be noted that %s %s failed", timetable._meta.label, timetable.pk)


def _note_failure(timetable: Timetable) -> None:
    if isinstance(timetable, ExportSchedule):
        if timetable.export.connection_id is None:
            return  # detached: nobody waits for it
        origin = {"trigger": Run.Trigger.SCHEDULED, "scheduled_for": timetable.next_run_at}
        note_run(timetable.export, Run.Status.FAILED, "unexpected", {}, **origin)
    else:
        note_refresh(scheduled_for=timetable.next_run_at)


def _refresh(schedule: RefreshSchedule) -> None:
    _refresh_row, started = start_refresh(
        by=None, trigger=Refresh.Trigger.SCHEDULED, scheduled_for=schedule.next_run_at
    )
    if not started:
        raise _BusyError


def _run(schedule: ExportSchedule) -> None:
    export = schedule.export
    if export.connection_id is None:
        return  # detached: its timetable has no effect until it gets another connection
    origin = {"trigger": Run.Trigger.SCHEDULED, "scheduled_for": schedule.next_run_at}
    try:
        _run_row, started = start_run(export, by=None, **origin)  # type: ignore[arg-type]
    except NotRunnableError as error:
        note_run(export, Run.Status.FAILED, error.reason, error.details, **origin)
        return
    if not started:
        raise _BusyError
