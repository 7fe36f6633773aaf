"""The system refresh: evaluates the dynamic, active segments, then runs the exports that follow it, in that order.

Like a run it is a row with its steps; a worker that dies leaves the next one to go on with the first step not done.
"""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from segments.evaluations import evaluate_now, followers
from segments.models import Evaluation, Segment

from .doorbell import ring_refresh
from .models import Export, ExportSchedule, Refresh, RefreshStep, Run
from .runnable import NotRunnableError
from .runs import note_run, start_run

LEASE = timedelta(minutes=2)  # renewed before each step
WORK_BUDGET = 90.0  # seconds


class _BusyError(Exception):
    """Something else has to end first: another evaluation of the segment, or a preview of the export."""


def following_exports() -> QuerySet[Export]:
    """Return the exports that run with every system refresh: all that nobody switched off or gave a timetable."""
    follows = Q(schedule=None) | Q(schedule__is_on=True, schedule__recurrence=ExportSchedule.Recurrence.SYSTEM)
    return Export.objects.filter(follows, connection__isnull=False)


def start_refresh(*, by: Any, trigger: str, scheduled_for: datetime | None = None) -> tuple[Refresh, bool]:
    """Return (refresh, True) for a new one, or (the open one, False). Row, steps and message commit together."""
    try:
        with transaction.atomic():
            refresh = Refresh.objects.create(started_by=by, trigger=trigger, scheduled_for=scheduled_for)
            RefreshStep.objects.bulk_create(_steps(refresh))
            ring_refresh(refresh.pk)
    except IntegrityError:  # one_open_refresh
        open_refresh = Refresh.objects.filter(status=Refresh.Status.RUNNING).first()
        if open_refresh is None:  # it ended just now
            return start_refresh(by=by, trigger=trigger, scheduled_for=scheduled_for)
        return open_refresh, False
    return refresh, True


def ring_open_refreshes() -> None:
    """Ring for refreshes that nobody works on, whatever became of their message."""
    for pk in _free().values_list("pk", flat=True):
        ring_refresh(pk)


def advance_refresh(refresh_id: int) -> None:
    """Do the steps that are not done, unless somebody else is at it."""
    lease = secrets.token_hex(16)
    if not _free().filter(pk=refresh_id).update(lease=lease, lease_until=timezone.now() + LEASE):
        return
    refresh = Refresh.objects.get(pk=refresh_id)
    ends_at = time.monotonic() + WORK_BUDGET
    for step in refresh.steps.filter(state=RefreshStep.State.PENDING).select_related("segment", "export__connection"):
        if not _renew(refresh):
            return
        try:
            _do(step)
        except _BusyError:
            continue  # stays pending
        if time.monotonic() >= ends_at:
            break
    _put_down(refresh)
    if time.monotonic() >= ends_at:
        ring_refresh(refresh.pk)  # when it is over, that does nothing


def _free() -> QuerySet[Refresh]:
    nobody = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
    return Refresh.objects.filter(nobody, status=Refresh.Status.RUNNING)


def _steps(refresh: Refresh) -> list[RefreshStep]:
    segments = [
        RefreshStep(refresh=refresh, kind=RefreshStep.Kind.SEGMENT, name=segment.name, segment=segment)
        for segment in followers()
    ]
    exports = [
        RefreshStep(refresh=refresh, kind=RefreshStep.Kind.EXPORT, name=export.name, export=export)
        for export in following_exports()
    ]
    return segments + exports


def _renew(refresh: Refresh) -> bool:
    held = Refresh.objects.filter(pk=refresh.pk, lease=refresh.lease, status=Refresh.Status.RUNNING)
    return bool(held.update(lease_until=timezone.now() + LEASE))


def _put_down(refresh: Refresh) -> None:
    """End the refresh when every step is done; otherwise leave it to the next message, or to the tick."""
    states = set(refresh.steps.values_list("state", flat=True))
    is_over = RefreshStep.State.PENDING not in states
    went_wrong = bool(states & {RefreshStep.State.FAILED, RefreshStep.State.SKIPPED})
    ended = Refresh.Status.COMPLETED_WITH_ERRORS if went_wrong else Refresh.Status.SUCCEEDED
    changes: dict[str, Any] = {"status": ended, "finished_at": timezone.now()} if is_over else {}
    Refresh.objects.filter(pk=refresh.pk, lease=refresh.lease).update(lease="", lease_until=None, **changes)


def _do(step: RefreshStep) -> None:
    """Do one step and write what became of it. Raises _BusyError."""
    if step.kind == RefreshStep.Kind.SEGMENT:
        _evaluate(step)
    else:
        with transaction.atomic():  # the step and its run, or neither
            if _finish(step, RefreshStep.State.DONE):
                _run(step)


def _finish(step: RefreshStep, state: str, **columns: Any) -> bool:
    """Write the end of a step. False: another worker did."""
    pending = RefreshStep.objects.filter(pk=step.pk, state=RefreshStep.State.PENDING)
    return bool(pending.update(state=state, finished_at=timezone.now(), **columns))


def _evaluate(step: RefreshStep) -> None:
    segment = followers().filter(pk=step.segment_id).first()
    if segment is None:  # deleted meanwhile, or nobody wants it evaluated any more
        _finish(step, RefreshStep.State.GONE)
        return
    try:
        done = evaluate_now(segment, trigger=Evaluation.Trigger.SYSTEM, by=step.refresh.started_by)
    except Segment.DoesNotExist:
        _finish(step, RefreshStep.State.GONE)
        return
    if done.is_open or done.status == Evaluation.Status.CANCELLED:  # somebody else evaluates it, and not for us
        raise _BusyError
    state = RefreshStep.State.DONE if done.status == Evaluation.Status.SUCCEEDED else RefreshStep.State.FAILED
    _finish(step, state, count=done.member_count, stored_problem=done.stored_problem)


def _run(step: RefreshStep) -> None:
    """Run the export of a step; or write down why not. What is running already is not started twice."""
    export, refresh = step.export, step.refresh
    if export is None or export.connection_id is None:
        _note(step, RefreshStep.State.GONE, None)
        return
    origin: dict[str, Any] = {"trigger": Run.Trigger.REFRESH, "scheduled_for": refresh.scheduled_for}
    if RefreshStep.objects.filter(_about_segments_of(step), state=RefreshStep.State.PENDING).exists():
        raise _BusyError  # segments come first
    failed = _failed_segment(step)
    if failed is not None and not export.runs.open().exists():
        run = note_run(export, Run.Status.SKIPPED, "segment", failed, started_by=refresh.started_by, **origin)
        _note(step, RefreshStep.State.SKIPPED, run)
        return
    try:
        run, started = start_run(export, by=refresh.started_by, **origin)
    except NotRunnableError as error:
        run = note_run(export, Run.Status.FAILED, error.code, error.details, started_by=refresh.started_by, **origin)
        _note(step, RefreshStep.State.FAILED, run)
        return
    if not started and run.preview:
        raise _BusyError
    _note(step, RefreshStep.State.DONE, run)


def _note(step: RefreshStep, state: str, run: Run | None) -> None:
    RefreshStep.objects.filter(pk=step.pk).update(state=state, run=run)


def _failed_segment(step: RefreshStep) -> dict[str, Any] | None:
    """Why a segment of the export could not be evaluated in this refresh; None: all could."""
    failed = RefreshStep.objects.filter(_about_segments_of(step), state=RefreshStep.State.FAILED).first()
    return failed.stored_problem if failed else None


def _about_segments_of(step: RefreshStep) -> Q:
    """The steps of the same refresh that are about segments of the export."""
    return Q(refresh=step.refresh, segment__exports=step.export)
