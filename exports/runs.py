"""Starts, claims, releases and ends runs: the only writers of Run.status.

Every change is an UPDATE … WHERE on what it expects to find, so that two processes never both believe they
did it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

import audit_trail

from . import configuration
from .doorbell import ring, ring_at
from .models import Batch, Export, Run, RunEvent
from .outdated import changes_since
from .runnable import check_runnable

# Renewed four times as often while the holder lives; so a dead one is noticed within a minute, and a living one
# is never taken for dead because a single call takes long.
LEASE = timedelta(seconds=settings.RUN_LEASE_SECONDS)


class PlanOutdatedError(Exception):
    """The preview is of a moment that is over; it has to be made anew. `changes`: sentences that say what changed."""

    def __init__(self, changes: Sequence[str]) -> None:
        super().__init__("; ".join(changes))
        self.changes = changes


def start_run(
    export: Export,
    *,
    by: Any,
    trigger: str = Run.Trigger.ON_DEMAND,
    everyone: bool = False,
    preview: bool = False,
    scheduled_for: datetime | None = None,
) -> tuple[Run, bool]:
    """Return (run, True) for a new run, or (the open run, False): a second click is not an error.

    The row and the queue's message commit together. Raises NotRunnableError with a sentence.
    """
    check_runnable(export)
    try:
        with transaction.atomic():
            run = Run.objects.create(
                export=export,
                started_by=by,
                trigger=trigger,
                everyone=everyone,
                preview=preview,
                scheduled_for=scheduled_for,
                configuration=configuration.freeze(export),
            )
            ring(run.pk)
            deed = "previewed" if preview else "ran"
            audit_trail.record(export, deed, by=by, run=run.pk, trigger=str(run.trigger), everyone=everyone)
    except IntegrityError:  # one_open_run_per_export
        open_run = export.runs.open().first()
        if open_run is None:  # it ended just now
            return start_run(
                export, by=by, trigger=trigger, everyone=everyone, preview=preview, scheduled_for=scheduled_for
            )
        return open_run, False
    return run, True


def note_run(export: Export, status: str, reason: str, details: Any, **columns: Any) -> Run:
    """Write down a run that was due and did not happen, and why. The export must have a connection."""
    return Run.objects.create(
        export=export,
        status=status,
        reason=reason,
        reason_details=details,
        finished_at=timezone.now(),
        configuration=configuration.freeze(export),
        **columns,
    )


def send_planned(run: Run, *, by: Any) -> tuple[Run, bool]:
    """Send exactly the plan that a preview made. Returns (run, True), or (the open run, False).

    Profiles in a database may have changed without a word: then the worker plans anew first and sends only if that
    gives the same plan (exports.pipeline.planning).

    Raises PlanOutdatedError when something it was made from has changed, NotRunnableError with a sentence.
    """
    check_runnable(run.export)
    changes = changes_since(run)
    if changes:
        raise PlanOutdatedError(changes)
    try:
        with transaction.atomic():
            taken = Run.objects.filter(pk=run.pk, status=Run.Status.PLANNED, plan_file=run.plan_file).update(
                status=Run.Status.QUEUED,
                preview=False,
                stage=Run.Stage.SEND if run.plan_inputs else Run.Stage.PLAN,
                trigger=Run.Trigger.ON_DEMAND,
                started_by=by,
                queued_at=timezone.now(),
                resume_at=timezone.now(),
                reason="",
                reason_details={},
            )
            if taken:
                ring(run.pk)
                audit_trail.record(run.export, "sent_plan", by=by, run=run.pk)
    except IntegrityError:
        open_run = run.export.runs.open().first()
        if open_run is not None:
            return open_run, False
        raise
    run.refresh_from_db()
    return run, bool(taken)


def put_down_as_new_preview(run: Run, reason: str, details: dict[str, Any], plan: dict[str, Any]) -> bool:
    """Instead of sending a plan that no longer holds, make the new one the preview; `plan`: its columns.

    True when the run was still this worker's.
    """
    return bool(
        Run.objects.open()
        .filter(pk=run.pk, lease=run.lease)
        .update(
            status=Run.Status.PLANNED,
            preview=True,
            lease="",
            lease_until=None,
            list_taken="",
            reason=reason,
            reason_details=details,
            **plan,
        )
    )


def is_current(run: Run) -> bool:
    """Whether a preview still says what a run started now would do, as far as that can be told without planning."""
    return not changes_since(run)


def claim_run(run_id: int) -> Run | None:
    """Take the run for this worker, or return None: it is over, somebody holds it, or its time has not come."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    lease = secrets.token_hex(16)
    taken = (
        Run.objects.open()
        .filter(free, pk=run_id, resume_at__lte=now)
        .update(lease=lease, lease_until=now + LEASE, status=Run.Status.RUNNING, attempts=F("attempts") + 1)
    )
    if not taken:
        return None
    # Should this worker die, the message is delivered when its lease has lapsed.
    ring_at(run_id, now + LEASE + timedelta(seconds=1))
    Run.objects.filter(pk=run_id, started_at=None).update(started_at=now)
    return Run.objects.select_related("export", "export__connection").get(pk=run_id)


def ring_when_lease_lapses(run_id: int) -> None:
    """Should its holder die, somebody must come when the lease is over: the message of its claim is spent by now."""
    now = timezone.now()
    held = Run.objects.open().filter(pk=run_id, lease_until__gt=now, resume_at__lte=now).first()
    if held is not None and held.lease_until is not None:
        ring_at(run_id, held.lease_until + timedelta(seconds=1))


def renew_lease(run: Run) -> bool:
    """Hold on to the run. False: another worker has taken it, so stop at once."""
    return bool(Run.objects.open().filter(pk=run.pk, lease=run.lease).update(lease_until=timezone.now() + LEASE))


def take_list(run: Run) -> bool:
    """Make it this run's turn to send to its list. False: a run of another export is sending there."""
    try:
        with transaction.atomic():
            Run.objects.open().filter(pk=run.pk, lease=run.lease).update(list_taken=list_of(run))
    except IntegrityError:  # one_open_run_sends_to_a_list
        return False
    return True


def list_of(run: Run) -> str:
    """Return what stands for the list of a run in Run.list_taken."""
    return f"{run.configuration['account_id']}/{run.configuration['list_id']}"


def release_run(run: Run, *, resume_at: datetime, reason: str = "", details: Any = None, moved: bool = False) -> None:
    """Put the run down until `resume_at`; `moved`: it made progress, so its attempts count anew."""
    changes: dict[str, Any] = {
        "status": Run.Status.WAITING,
        "lease": "",
        "lease_until": None,
        "resume_at": resume_at,
        "reason": reason,
        "reason_details": details or {},
    }
    if moved:
        changes["attempts"] = 0
    with transaction.atomic():
        if Run.objects.open().filter(pk=run.pk, lease=run.lease).update(**changes):
            ring_at(run.pk, resume_at)


def finish_run(run: Run, status: str, *, reason: str = "", details: Any = None) -> bool:
    """End the run. True when it was this call that ended it."""
    return bool(
        Run.objects.open()
        .filter(pk=run.pk, lease=run.lease)
        .update(
            status=status,
            reason=reason,
            reason_details=details or {},
            lease="",
            lease_until=None,
            finished_at=timezone.now(),
        )
    )


def put_down_as_preview(run: Run) -> bool:
    """End the planning of a preview: the plan may be sent later, or never."""
    return bool(
        Run.objects.open()
        .filter(pk=run.pk, lease=run.lease)
        .update(status=Run.Status.PLANNED, lease="", lease_until=None, reason="", reason_details={})
    )


def cancel_run(run: Run, *, by: Any) -> bool:
    """Ask the run to stop. What Constant Contact already has can't be called back; nothing more is sent.

    True when the run was still open.
    """
    now = timezone.now()
    with transaction.atomic():
        asked = (
            Run.objects.open()
            .filter(pk=run.pk, cancel_requested_at=None)
            .update(cancel_requested_at=now, cancel_requested_by=by)
        )
        if asked:
            Batch.objects.filter(run=run, state=Batch.State.PENDING).update(state=Batch.State.CANCELLED)
            Run.objects.open().filter(pk=run.pk).update(resume_at=now)
            ring(run.pk)
    if asked:
        record(run, "cancel_requested")
        audit_trail.record(run.export, "cancelled", by=by, run=run.pk)
    return bool(asked)


def record(run: Run, code: str, **details: Any) -> None:
    """Add a technical line to the run's history. Never an address, never a token."""
    RunEvent.objects.create(run_id=run.pk, code=code, details=details)
