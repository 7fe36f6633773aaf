"""How a run ends: its batches are closed and its plan is the baseline; or as a preview, or because it was cancelled; or
it is put down until somebody decides about its plan.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

import audit_trail
from exports.models import Batch, Removal, Run
from exports.plan.baseline import publish
from jobs.limits import LIMITS
from jobs.queue import enqueue
from logs import event

logger = logging.getLogger(__name__)


def finish_run(run: Run, status: str, *, reason: str = "", details: Any = None) -> bool:
    """End the run, close its batches and make its plan the baseline, all in one. True: this call ended it.

    A run of which anything may have arrived is the baseline however it ended: whoever was in a batch that was not
    confirmed is sent again, and without it the next run would compare itself with values that were overwritten.
    """
    with transaction.atomic():
        ended = Run.objects.held(run).update(
            status=status,
            reason=reason,
            reason_details=details or {},
            lease="",
            lease_until=None,
            finished_at=timezone.now(),
        )
        if ended:
            close_unsent(run, *(state for state in Batch.State if state not in Batch.FINAL))
            close_removals(run, *(state for state in Removal.State if state not in Removal.FINAL))
            may_have_arrived = run.batches.filter(posts__gt=0).exists()
            # An undo has no plan. What the plan of the export's last run says stays true but for who is on the list,
            # and that the roster knows: nobody who was taken off is unchanged.
            says_nothing = run.trigger == Run.Trigger.UNDO or run.is_trial
            if (may_have_arrived or status in Run.SETTLED) and not says_nothing:
                publish(run)
    if ended:
        event(
            logger,
            "run ended",
            logging.WARNING if status == Run.Status.FAILED else logging.INFO,
            export_id=run.export_id,
            status=str(status),
            reason=reason or None,
            seconds=round((timezone.now() - run.queued_at).total_seconds(), 3),
            calls=Run.objects.filter(pk=run.pk).values_list("calls", flat=True).first(),
        )
    return bool(ended)


def close_unsent(run: Run, *states: str) -> None:
    """Close the batches of a run in these states: what may have arrived is unknown, the rest was never sent."""
    still_open = Batch.objects.filter(run=run, state__in=states)
    still_open.filter(posts__gt=0).update(state=Batch.State.UNKNOWN, confirmed_at=timezone.now())
    still_open.filter(posts=0).update(state=Batch.State.CANCELLED)


def close_removals(run: Run, *states: str) -> None:
    """Close the jobs of a run in these states that change its list: what may have arrived is unknown."""
    still_open = Removal.objects.filter(run=run, state__in=states)
    still_open.filter(posts__gt=0).update(state=Removal.State.UNKNOWN, confirmed_at=timezone.now())
    still_open.filter(posts=0).update(state=Removal.State.CANCELLED)


def put_down_as_preview(run: Run, reason: str = "", details: Any = None, **plan: Any) -> bool:
    """End the planning of a preview, which may be sent later, or never. True: the run was still this worker's.

    So ends also a plan that no longer holds instead of being sent: with why, and the columns of the new plan. One that
    somebody had decided to send needs a decision again.
    """
    if run.decided_at is not None:  # decided was about a plan that is no more: about this one somebody has to, again
        undecided = {"decided_by": None, "decided_at": None, "status": Run.Status.NEEDS_DECISION}
        return _put_down(run, reason or "needs_decision", details, **undecided, **plan)
    return _put_down(run, reason, details, status=Run.Status.PLANNED, preview=True, **plan)


def put_down_for_decision(run: Run) -> bool:
    """Keep a run whose plan trips a brake from sending, until somebody decides.

    False: it is another worker's by now, or somebody cancelled it.
    """
    mine = Run.objects.held(run).filter(cancel_requested_at=None)
    held = _put_down(run, "needs_decision", {}, mine, status=Run.Status.NEEDS_DECISION)
    if held:
        codes = [each["code"] for each in run.brakes]
        run.record("held", brakes=codes)
        event(logger, "run needs a decision", logging.WARNING, export_id=run.export_id, brakes=",".join(codes))
    return held


def discard_run(run: Run, *, by: Any) -> bool:
    """End a run that needs a decision: its plan is never sent. True: this call did it."""
    decision = {"decided_by": by, "decided_at": timezone.now()}
    discarded = _cancel_held(Run.objects.filter(pk=run.pk), "discarded", {}, **decision)
    if discarded:
        audit_trail.record(run.export, "discarded_plan", by=by, run=run.pk)
    return bool(discarded)


def replace_held(run: Run) -> None:
    """A run has begun: the one of its export that needs a decision is over, its plan is not of now any more."""
    older = Run.objects.filter(export=run.export_id).exclude(pk=run.pk)
    for replaced in _cancel_held(older, "replaced", {"run": str(run)}):
        replaced.record("replaced", run=str(run))


def _put_down(run: Run, reason: str, details: Any, mine: QuerySet[Run] | None = None, **columns: Any) -> bool:
    released = {"lease": "", "lease_until": None, "list_taken": "", "reason": reason, "reason_details": details or {}}
    return bool((Run.objects.held(run) if mine is None else mine).update(**released, **columns))


def _cancel_held(runs: QuerySet[Run], reason: str, details: dict[str, Any], **columns: Any) -> list[Run]:
    """Cancel those that still need a decision; return the ones that this call cancelled."""
    cancelled = {"status": Run.Status.CANCELLED, "finished_at": timezone.now(), "reason": reason}
    ended = []
    with transaction.atomic():
        for run in runs.filter(status=Run.Status.NEEDS_DECISION):
            same = Run.objects.filter(pk=run.pk, status=Run.Status.NEEDS_DECISION)
            if same.update(**cancelled, reason_details=details, **columns):
                close_unsent(run, Batch.State.PENDING)
                ended.append(run)
    return ended


def cancel_run(run: Run, *, by: Any) -> bool:
    """Ask the run to stop. What Constant Contact already has can't be called back; nothing more is sent.

    True when the run was still open.
    """
    now = timezone.now()
    with transaction.atomic():
        still_open = Run.objects.open().filter(pk=run.pk)
        requested = still_open.filter(cancel_requested_at=None).update(cancel_requested_at=now, cancel_requested_by=by)
        if requested:
            close_unsent(run, Batch.State.PENDING)
            close_removals(run, Removal.State.PENDING)
            still_open.update(resume_at=now)
            enqueue(LIMITS.run, run.pk)
    if requested:
        run.record("cancel_requested")
        audit_trail.record(run.export, "cancelled", by=by, run=run.pk)
    return bool(requested)
