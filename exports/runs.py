"""Starts, claims, releases and ends runs: the only writers of Run.status.

Every change is an UPDATE … WHERE on what it expects to find, so that two processes never both believe they
did it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

import audit_trail
from jobs.attempts import gap_after
from jobs.constraints import violates
from jobs.limits import LIMITS
from jobs.queue import enqueue, enqueue_at

from . import configuration, run_log
from .baseline import publish
from .models import Batch, Export, Run, RunEvent
from .outdated import changes_since
from .runnable import check_runnable

# Renewed four times as often while the holder lives; so a dead one is noticed within a minute, and a living one
# is never taken for dead because a single call takes long.
LEASE = timedelta(seconds=settings.RUN_LEASE_SECONDS)
CHANCES = 3  # to begin beside a run that ended just now


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

    def begin() -> tuple[Run, bool]:
        run = Run.objects.create(
            export=export,
            started_by=by,
            trigger=trigger,
            everyone=everyone,
            preview=preview,
            scheduled_for=scheduled_for,
            configuration=configuration.freeze(export),
        )
        enqueue(LIMITS.run, run.pk)
        deed = "previewed" if preview else "ran"
        audit_trail.record(export, deed, by=by, run=run.pk, trigger=str(run.trigger), everyone=everyone)
        return run, True

    run, started = _begin(export, begin)
    if started:
        run_log.queued(run)
    return run, started


def _begin(export: Export, begin: Callable[[], tuple[Run, bool]]) -> tuple[Run, bool]:
    """Return what `begin` returns, done in one transaction; or (the open run, False) that stands in its way.

    One that ended just now stands in nobody's way, so it is tried again; but whatever else the database refuses, and
    what it goes on refusing, is raised.
    """
    for chances in reversed(range(CHANCES)):
        try:
            with transaction.atomic():
                return begin()
        except IntegrityError as error:
            if not violates(error, Run, "one_open_run_per_export"):
                raise
            open_run = export.runs.open().first()
            if open_run is not None:
                return open_run, False
            if not chances:
                raise
    raise AssertionError("the last chance returns or raises")


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
    gives the same plan (exports.pipeline.plan).

    Raises PlanOutdatedError when something it was made from has changed, NotRunnableError with a sentence.
    """
    check_runnable(run.export)
    changes = changes_since(run)
    if changes:
        raise PlanOutdatedError(changes)

    def begin() -> tuple[Run, bool]:
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
            enqueue(LIMITS.run, run.pk)
            audit_trail.record(run.export, "sent_plan", by=by, run=run.pk)
        return run, bool(taken)

    sent = _begin(run.export, begin)
    run.refresh_from_db()
    return sent


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
    claim = {"lease": secrets.token_hex(16), "lease_until": now + LEASE, "status": Run.Status.RUNNING}
    if not Run.objects.due(now).filter(pk=run_id).update(**claim, attempts=F("attempts") + 1):
        return None
    Run.objects.filter(pk=run_id, started_at=None).update(started_at=now)
    run = Run.objects.select_related("export", "export__connection").get(pk=run_id)
    # Should this worker die, the message is delivered when its lease has lapsed.
    enqueue_at(_when_free(run), LIMITS.run, run_id)
    run_log.claimed(run)
    return run


def ring_when_lease_lapses(run_id: int) -> None:
    """Should its holder die, somebody must come when the lease is over: the message of its claim is spent by now."""
    now = timezone.now()
    held = Run.objects.open().filter(pk=run_id, lease_until__gt=now, resume_at__lte=now).first()
    if held is not None:
        enqueue_at(_when_free(held), LIMITS.run, run_id)


def _when_free(run: Run) -> datetime:
    """When somebody else may take a run whose holder dies now: the more often that happened, the later."""
    assert run.lease_until is not None, "somebody holds it"
    return run.lease_until + gap_after(run.attempts) + timedelta(seconds=1)


def renew_lease(run: Run, **columns: Any) -> bool:
    """Hold on to the run, and write `columns` into it. False: another worker has taken it, so stop at once."""
    held = Run.objects.open().filter(pk=run.pk, lease=run.lease)
    return bool(held.update(lease_until=timezone.now() + LEASE, **columns))


def take_list(run: Run) -> bool:
    """Make it this run's turn to send to its list. False: a run of another export is sending there."""
    try:
        with transaction.atomic():
            return renew_lease(run, list_taken=list_of(run))
    except IntegrityError as error:
        if not violates(error, Run, "one_open_run_sends_to_a_list"):
            raise
        return False


def list_of(run: Run) -> str:
    """Return what stands for the list of a run in Run.list_taken."""
    return f"{run.configuration['account_id']}/{run.configuration['list_id']}"


def release_run(run: Run, *, resume_at: datetime, reason: str = "", details: Any = None, moved: bool = False) -> None:
    """Put the run down until `resume_at`; `moved`: it made progress, so its attempts count anew.

    A plan that was begun came back in good order: only those whose worker died count (Run.plans_begun).
    """
    changes: dict[str, Any] = {
        "status": Run.Status.WAITING,
        "lease": "",
        "lease_until": None,
        "resume_at": resume_at,
        "reason": reason,
        "reason_details": details or {},
        "plans_begun": 0,
    }
    if moved:
        changes["attempts"] = 0
    with transaction.atomic():
        released = Run.objects.open().filter(pk=run.pk, lease=run.lease).update(**changes)
        if released:
            enqueue_at(resume_at, LIMITS.run, run.pk)
    if released:
        run_log.waits(run, reason, resume_at)


def finish_run(run: Run, status: str, *, reason: str = "", details: Any = None) -> bool:
    """End the run, close its batches and make its plan the baseline, all in one. True: this call ended it.

    A run of which anything may have arrived is the baseline however it ended: whoever was in a batch that was not
    confirmed is sent again, and without it the next run would compare itself with values that were overwritten.
    """
    with transaction.atomic():
        ended = (
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
        if ended:
            close_unsent(run, *(state for state in Batch.State if state not in Batch.FINAL))
            may_have_arrived = run.batches.filter(posts__gt=0).exists()
            if may_have_arrived or status in (Run.Status.SUCCEEDED, Run.Status.COMPLETED_WITH_ERRORS):
                publish(run)
    if ended:
        run_log.ended(run, status, reason)
    return bool(ended)


def close_unsent(run: Run, *states: str) -> None:
    """Close the batches of a run in these states: what may have arrived is unknown, the rest was never sent."""
    still_open = Batch.objects.filter(run=run, state__in=states)
    still_open.filter(posts__gt=0).update(state=Batch.State.UNKNOWN, confirmed_at=timezone.now())
    still_open.filter(posts=0).update(state=Batch.State.CANCELLED)


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
            close_unsent(run, Batch.State.PENDING)
            Run.objects.open().filter(pk=run.pk).update(resume_at=now)
            enqueue(LIMITS.run, run.pk)
    if asked:
        record(run, "cancel_requested")
        audit_trail.record(run.export, "cancelled", by=by, run=run.pk)
    return bool(asked)


def record(run: Run, code: str, **details: Any) -> None:
    """Add a technical line to the run's history. Never an address, never a token."""
    RunEvent.objects.create(run_id=run.pk, code=code, details=details)
