"""One step of a system refresh: a segment to be evaluated, or an export to be run once its segments are.

A step is looked at, never waited for: it starts what has a row and a message of its own, and the next look finds what
became of that. What fails and may pass is tried up to three times (LIMITS.refresh_step), with growing gaps.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from exports.models import Refresh, RefreshStep, Run
from exports.runs import NotRunnableError, note_run, start_run
from jobs import attempts
from jobs.limits import LIMITS
from segments.evaluations.lifecycle import auto_evaluated, is_transient, start_evaluation
from segments.models import Evaluation, Segment
from web.messages import Message

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=LIMITS.refresh.lease or 0)
MAX_ATTEMPTS = LIMITS.refresh_step.attempts
MAX_EVALUATIONS = 4  # of a refresh at once: more would stand in the queue before what people start

UNEXPECTED = Message("refresh.unexpected")


class LeaseLostError(Exception):
    """Another worker has taken the refresh, or it is over; this one must not touch it again."""


@contextmanager
def held(refresh: Refresh, **columns: Any) -> Iterator[None]:
    """What is written in the block is written by the holder of the refresh, or not at all. Renews the lease.

    `columns` of the refresh are written with it. Its row stays locked until the end of the block, so nobody can take it
    over in between. Raises LeaseLostError.
    """
    mine = Refresh.objects.filter(pk=refresh.pk, lease=refresh.lease, status=Refresh.Status.RUNNING)
    with transaction.atomic():
        if not mine.update(**{"lease_until": timezone.now() + LEASE, **columns}):
            raise LeaseLostError
        yield


def advance_step(refresh: Refresh, step: RefreshStep) -> None:
    """Do what can be done now of a step that is not done.

    What no code expected counts as an attempt, and keeps the other steps from nothing. Raises LeaseLostError.
    """
    if step.resume_at is not None and step.resume_at > timezone.now():
        return
    try:
        if step.kind == RefreshStep.Kind.SEGMENT:
            _advance_segment(refresh, step)
        else:
            _advance_export(refresh, step)
    except (LeaseLostError, OperationalError, InterfaceError):
        raise  # taken over, or our own database is away: whoever comes next goes on
    except Exception:
        logger.exception("Step %s of refresh %s failed unexpectedly", step.pk, refresh.pk)
        _try_later(refresh, step, UNEXPECTED.as_json())


def give_up(refresh: Refresh, step: RefreshStep, problem: dict[str, Any]) -> None:
    """End a step that could not be done. An export that was due gets a run that says so. Raises LeaseLostError."""
    run = None
    if step.kind == RefreshStep.Kind.EXPORT and step.export is not None and step.export.connection_id is not None:
        try:
            with held(refresh):
                run = note_run(step.export, Run.Status.FAILED, "unexpected", {}, **_origin(refresh))
        except LeaseLostError:
            raise
        except Exception:
            logger.exception("No run could be noted for step %s of refresh %s", step.pk, refresh.pk)
    _finish(refresh, step, RefreshStep.State.FAILED, stored_problem=problem, run=run)


def _advance_segment(refresh: Refresh, step: RefreshStep) -> None:
    segment = auto_evaluated().filter(pk=step.segment_id).first()
    if segment is None:  # deleted meanwhile, or nobody wants it evaluated any more
        return _finish(refresh, step, RefreshStep.State.GONE)
    done = step.evaluation
    if done is None:
        return _evaluate(refresh, step, segment, UNEXPECTED)
    if done.is_open:
        return None
    if done.status == Evaluation.Status.SUCCEEDED:
        return _finish(refresh, step, RefreshStep.State.DONE, count=done.member_count)
    if done.status == Evaluation.Status.CANCELLED:
        return _evaluate(refresh, step, segment, Message("refresh.evaluation_stopped"))
    problem = done.problem.as_json()
    if is_transient(done):
        return _try_later(refresh, step, problem, evaluation=None)
    return _finish(refresh, step, RefreshStep.State.FAILED, stored_problem=problem)


def _evaluate(refresh: Refresh, step: RefreshStep, segment: Segment, problem: Message) -> None:
    """Have a worker evaluate the segment, or wait for the evaluation that is under way for somebody else.

    `problem` is what to say when it was begun too often already.
    """
    under_way = Evaluation.objects.filter(segment=segment, status__in=Evaluation.OPEN).first()
    if under_way is not None:
        return _write(refresh, step, evaluation=under_way)
    if step.attempts >= MAX_ATTEMPTS:
        return _finish(refresh, step, RefreshStep.State.FAILED, stored_problem=problem.as_json())
    waiting = refresh.steps.filter(state=RefreshStep.State.PENDING, evaluation__status__in=Evaluation.OPEN)
    if waiting.count() >= MAX_EVALUATIONS:
        return None
    _count_attempt(refresh, step)
    try:
        with held(refresh):
            evaluation, _started = start_evaluation(segment, trigger=Evaluation.Trigger.SYSTEM, by=refresh.started_by)
            _pending(step).update(evaluation=evaluation)
    except Segment.DoesNotExist:
        _finish(refresh, step, RefreshStep.State.GONE)


def _advance_export(refresh: Refresh, step: RefreshStep) -> None:
    """Run the export of a step; or write down why not. What is running already is not started twice."""
    export = step.export
    if export is None or export.connection_id is None:
        return _finish(refresh, step, RefreshStep.State.GONE)
    if _segments_of(step).filter(state=RefreshStep.State.PENDING).exists():
        return None  # segments come first
    if export.runs.open().filter(preview=True).exists():
        return None  # it sends nothing, so a run has to follow
    if step.attempts >= MAX_ATTEMPTS:
        return give_up(refresh, step, UNEXPECTED.as_json())
    _count_attempt(refresh, step)
    failed = _segments_of(step).filter(state=RefreshStep.State.FAILED).first()
    with held(refresh, attempts=0):  # the step and its run, or neither
        if failed is not None and not export.runs.open().exists():
            state = RefreshStep.State.SKIPPED
            run = note_run(export, Run.Status.SKIPPED, "segment", failed.stored_problem, **_origin(refresh))
        else:
            state, run = _run(refresh, step)
        _pending(step).update(state=state, run=run, finished_at=timezone.now())


def _run(refresh: Refresh, step: RefreshStep) -> tuple[RefreshStep.State, Run]:
    export, origin = step.export, _origin(refresh)
    assert export is not None, "advance_export has seen it"
    by = origin.pop("started_by")
    try:
        run, _started = start_run(export, by=by, **origin)
    except NotRunnableError as error:
        run = note_run(export, Run.Status.FAILED, error.reason, error.details, started_by=by, **origin)
        return RefreshStep.State.FAILED, run
    return RefreshStep.State.DONE, run


def _origin(refresh: Refresh) -> dict[str, Any]:
    return {"started_by": refresh.started_by, "trigger": Run.Trigger.REFRESH, "scheduled_for": refresh.scheduled_for}


def _segments_of(step: RefreshStep) -> QuerySet[RefreshStep]:
    """The steps of the same refresh that are about segments of the export."""
    return RefreshStep.objects.filter(Q(refresh=step.refresh_id, segment__exports=step.export))


def _try_later(refresh: Refresh, step: RefreshStep, problem: dict[str, Any], **columns: Any) -> None:
    """Leave the step for later, with growing gaps; or end it with this problem after its last attempt."""
    step.attempts = max(step.attempts, 1)  # what failed before it was counted was an attempt too
    if step.attempts >= MAX_ATTEMPTS:
        return give_up(refresh, step, problem)
    gap = attempts.gap_after(step.attempts + 1)
    _write(refresh, step, resume_at=timezone.now() + gap, attempts=step.attempts, **columns)


def _count_attempt(refresh: Refresh, step: RefreshStep) -> None:
    """Before it is made, in a commit of its own: one that takes its worker with it counts too."""
    step.attempts += 1
    _write(refresh, step, attempts=step.attempts)


def _finish(refresh: Refresh, step: RefreshStep, state: str, **columns: Any) -> None:
    """Write the end of a step: a refresh that gets on has all its attempts before it again."""
    with held(refresh, attempts=0):
        _pending(step).update(state=state, finished_at=timezone.now(), **columns)


def _write(refresh: Refresh, step: RefreshStep, **columns: Any) -> None:
    with held(refresh):
        _pending(step).update(**columns)


def _pending(step: RefreshStep) -> QuerySet[RefreshStep]:
    return RefreshStep.objects.filter(pk=step.pk, state=RefreshStep.State.PENDING)
