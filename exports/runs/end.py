"""How a run ends: its batches are closed and its plan is the baseline; or as a preview, or because it was cancelled."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction
from django.utils import timezone

import audit_trail
from exports.models import Batch, Run
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
            may_have_arrived = run.batches.filter(posts__gt=0).exists()
            if (may_have_arrived or status in Run.SETTLED) and not run.is_trial:
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


def put_down_as_preview(run: Run, reason: str = "", details: Any = None, **plan: Any) -> bool:
    """End the planning of a preview, which may be sent later, or never. True: the run was still this worker's.

    So ends also a plan that no longer holds instead of being sent: with why, and the columns of the new plan.
    """
    released = {"lease": "", "lease_until": None, "list_taken": ""}
    why = {"reason": reason, "reason_details": details or {}}
    return bool(Run.objects.held(run).update(status=Run.Status.PLANNED, preview=True, **released, **why, **plan))


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
            still_open.update(resume_at=now)
            enqueue(LIMITS.run, run.pk)
    if requested:
        run.record("cancel_requested")
        audit_trail.record(run.export, "cancelled", by=by, run=run.pk)
    return bool(requested)
