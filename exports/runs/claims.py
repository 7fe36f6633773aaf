"""Who works on a run: a worker claims it, holds it by a lease that it renews, and puts it down or lets it lapse.

Every write expects the lease, so that of two workers who believe the run is theirs only one is right.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from exports.models import Run
from jobs.attempts import gap_after
from jobs.constraints import violates
from jobs.limits import LIMITS
from jobs.queue import enqueue_at
from logs import event

logger = logging.getLogger(__name__)

# Renewed four times as often while the holder lives; so a dead one is noticed within a minute, and a living one
# is never taken for dead because a single call takes long.
LEASE = timedelta(seconds=settings.RUN_LEASE_SECONDS)


def claim_run(run_id: int) -> Run | None:
    """Take the run for this worker, or return None: it is over, somebody holds it, or its time has not come."""
    now = timezone.now()
    claim: dict[str, Any] = {"lease": secrets.token_hex(16), "lease_until": now + LEASE, "status": Run.Status.RUNNING}
    if not Run.objects.due(now).filter(pk=run_id).update(**claim, attempts=F("attempts") + 1):
        return None
    Run.objects.filter(pk=run_id, started_at=None).update(started_at=now)
    run = Run.objects.select_related("export", "export__connection").get(pk=run_id)
    # Should this worker die, the message is delivered when its lease has lapsed.
    enqueue_at(_when_free(run), LIMITS.run, run_id)
    event(
        logger,
        "run claimed",
        export_id=run.export_id,
        stage=run.stage,
        attempt=run.attempts,
        lease_until=claim["lease_until"].isoformat(timespec="milliseconds"),
        late_seconds=round(max(0.0, (now - run.resume_at).total_seconds()), 3),
    )
    return run


def enqueue_when_lease_lapses(run_id: int) -> None:
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
    return bool(Run.objects.held(run).update(lease_until=timezone.now() + LEASE, **columns))


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
        released = Run.objects.held(run).update(**changes)
        if released:
            enqueue_at(resume_at, LIMITS.run, run.pk)
    if released:
        event(
            logger,
            "run waits",
            stage=run.stage,
            reason=reason or "turn",
            until=resume_at.isoformat(timespec="milliseconds"),
            seconds=round(max(0.0, (resume_at - timezone.now()).total_seconds()), 3),
        )
