"""The system refresh: evaluates the dynamic, active segments and runs the exports that follow it.

An export runs once its own segments are done.

Like a run it is a row with its steps. A worker does what can be done now, puts the refresh down, and somebody goes on
with the first step not done: when an evaluation ends, when the message of whoever put it down comes, or when a tick
finds that both were lost. No step keeps a worker waiting: evaluations and runs are rows and messages of their own.
"""

from __future__ import annotations

import logging
import secrets
import time
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from exports.models import Export, ExportSchedule, Refresh, RefreshStep
from exports.runs.start import begin_or_join
from jobs import attempts
from jobs.limits import LIMITS
from jobs.queue import enqueue, enqueue_at
from segments.evaluations.lifecycle import auto_evaluated
from segments.models import Evaluation
from web.messages import Message

from .refresh_steps import LEASE, LeaseLostError, advance_step, give_up, held

logger = logging.getLogger(__name__)

WORK_BUDGET = LIMITS.refresh.work or 0
MAX_ATTEMPTS = LIMITS.refresh.attempts
# Between two looks at what it waits for: a tenth of how long it has been going on.
SHORTEST_GAP, LONGEST_GAP = timedelta(seconds=2), timedelta(seconds=20)


def following_exports() -> QuerySet[Export]:
    """Return the exports that run with every system refresh: all that nobody switched off or gave a timetable."""
    follows = Q(schedule=None) | Q(schedule__is_on=True, schedule__recurrence=ExportSchedule.Recurrence.SYSTEM)
    return Export.objects.filter(follows, connection__isnull=False)


def start_refresh(*, by: Any, trigger: str, scheduled_for: datetime | None = None) -> tuple[Refresh, bool]:
    """Return (refresh, True) for a new one, or (the open one, False). Row, steps and message commit together."""

    def begin() -> Refresh:
        refresh = Refresh.objects.create(started_by=by, trigger=trigger, scheduled_for=scheduled_for)
        RefreshStep.objects.bulk_create(_steps(refresh))
        enqueue(LIMITS.refresh, refresh.pk)
        return refresh

    return begin_or_join(begin, "one_open_refresh", Refresh.objects.filter(status=Refresh.Status.RUNNING))


def note_refresh(*, scheduled_for: datetime | None) -> Refresh:
    """Write down a refresh that was due and could not be started."""
    return Refresh.objects.create(
        trigger=Refresh.Trigger.SCHEDULED,
        scheduled_for=scheduled_for,
        status=Refresh.Status.COMPLETED_WITH_ERRORS,
        finished_at=timezone.now(),
        stored_problem=Message("refresh.not_started").as_json(),
    )


def advance_refresh(refresh_id: int) -> None:
    """Do what can be done now of the steps that are not done, unless somebody else is at it; wait for nothing."""
    refresh = _claim(refresh_id)
    if refresh is None:
        return
    if refresh.attempts > MAX_ATTEMPTS:
        return _give_up(refresh)
    ends_at = time.monotonic() + WORK_BUDGET
    waiting = refresh.steps.filter(state=RefreshStep.State.PENDING)
    try:
        for step in waiting.select_related("segment", "export__connection", "evaluation"):
            advance_step(refresh, step)
            if time.monotonic() >= ends_at:
                break
        _put_down(refresh, at_once=time.monotonic() >= ends_at)
    except LeaseLostError:
        logger.info("refresh %s was taken over by another worker", refresh.pk)


def due_refreshes(before: datetime) -> QuerySet[Any, int]:
    """Return the refreshes that any worker should have gone on with before that moment."""
    return _free(before).filter(resume_at__lt=before).values_list("pk", flat=True)


def resume_refreshes() -> None:
    """Ask for refreshes that nobody works on, whatever became of their message. Runs every minute.

    One that has had all its attempts is ended here: whatever kills the workers that go on with it is not met.
    """
    now = timezone.now()
    open_ones = Refresh.objects.filter(status=Refresh.Status.RUNNING)
    for refresh in open_ones.filter(attempts.spent(now, MAX_ATTEMPTS, until="lease_until")):
        _give_up(refresh)
    for pk in due_refreshes(now):
        enqueue(LIMITS.refresh, pk)


def go_on_after(evaluation_id: int, **_signal: Any) -> None:
    """An evaluation has ended: ask a worker to go on with the refresh that waits for it."""
    waiting = RefreshStep.objects.filter(evaluation=evaluation_id, state=RefreshStep.State.PENDING)
    for pk in waiting.filter(refresh__status=Refresh.Status.RUNNING).values_list("refresh", flat=True).distinct():
        enqueue(LIMITS.refresh, pk)


def _claim(refresh_id: int) -> Refresh | None:
    now = timezone.now()
    claim: dict[str, Any] = {"lease": secrets.token_hex(16), "lease_until": now + LEASE}
    if not _free(now).filter(pk=refresh_id).update(**claim, attempts=attempts.one_more()):
        return None
    return Refresh.objects.get(pk=refresh_id)


def _free(now: datetime) -> QuerySet[Refresh]:
    nobody = Q(lease_until=None) | attempts.lapsed(now, until="lease_until")
    return Refresh.objects.filter(nobody, status=Refresh.Status.RUNNING)


def _steps(refresh: Refresh) -> list[RefreshStep]:
    segments = [
        RefreshStep(refresh=refresh, kind=RefreshStep.Kind.SEGMENT, name=segment.name, segment=segment)
        for segment in auto_evaluated()
    ]
    exports = [
        RefreshStep(refresh=refresh, kind=RefreshStep.Kind.EXPORT, name=export.name, export=export)
        for export in following_exports()
    ]
    return segments + exports


def _put_down(refresh: Refresh, *, at_once: bool) -> None:
    """End the refresh when every step is done; otherwise leave it to the next message, or to the tick."""
    states = set(refresh.steps.values_list("state", flat=True))
    if RefreshStep.State.PENDING not in states:
        return _end(refresh, went_wrong=bool(states & {RefreshStep.State.FAILED, RefreshStep.State.SKIPPED}))
    now = timezone.now()
    gap = min(max((now - refresh.started_at) / 10, SHORTEST_GAP), LONGEST_GAP)
    # One message is on its way at a time: the one for `resume_at`, which most others forestall.
    is_awaited = refresh.resume_at > now
    resume_at = refresh.resume_at if is_awaited else now + gap
    with held(refresh, lease="", lease_until=None, attempts=0, resume_at=resume_at):
        # An evaluation may have ended after its step was looked at: its own message found the refresh taken.
        waiting = refresh.steps.filter(state=RefreshStep.State.PENDING, evaluation__isnull=False)
        waiting = waiting.filter(Q(resume_at=None) | Q(resume_at__lte=now))
        if at_once or waiting.exclude(evaluation__status__in=Evaluation.OPEN).exists():
            enqueue(LIMITS.refresh, refresh.pk)
        if not is_awaited:
            enqueue_at(resume_at, LIMITS.refresh, refresh.pk)


def _end(refresh: Refresh, *, went_wrong: bool, **columns: Any) -> None:
    status = Refresh.Status.COMPLETED_WITH_ERRORS if went_wrong else Refresh.Status.SUCCEEDED
    with held(refresh, status=status, finished_at=timezone.now(), lease="", lease_until=None, **columns):
        pass


def _give_up(refresh: Refresh) -> None:
    """Its workers died again and again: end it, and say so on every step that it did not come to."""
    logger.error("refresh %s was given up after %s attempts", refresh.pk, refresh.attempts)
    problem = Message("refresh.gave_up").as_json()
    try:
        for step in refresh.steps.filter(state=RefreshStep.State.PENDING).select_related("export__connection"):
            give_up(refresh, step, problem)
        _end(refresh, went_wrong=True, stored_problem=problem)
    except LeaseLostError:
        logger.info("refresh %s was taken over by another worker", refresh.pk)
