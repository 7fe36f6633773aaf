"""What a run writes into the log and into its history, and how long its stages took. Ids and codes; never a profile.

with about(run_id):
    claimed(run)
    with stage(run, run.stage) as visit:
        wait = …
        visit.is_done = wait is None
    waits(run, reason, until)    or    ended(run, status, reason)    or    lease_lost(run)
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import Error, transaction
from django.db.models import F, Q
from django.utils import timezone

from exports.models import Run, RunEvent, StageTiming
from logs import bound, event

logger = logging.getLogger(__name__)


def about(run_id: int) -> AbstractContextManager[None]:
    """Within the block, every line carries the id of the run."""
    return bound(run_id=run_id)


def queued(run: Run) -> None:
    event(logger, "run queued", run_id=run.pk, export_id=run.export_id, trigger=run.trigger)


def claimed(run: Run) -> None:
    """A worker took the run, and holds it until the lease is over unless it renews it."""
    waited = (timezone.now() - run.resume_at).total_seconds()
    event(
        logger,
        "run claimed",
        export_id=run.export_id,
        stage=run.stage,
        attempt=run.attempts,
        lease_until=_stamp(run.lease_until),
        late_seconds=round(max(0.0, waited), 3),
    )


@dataclass(slots=True)
class Visit:
    """What became of one visit of a stage. `is_done`: the next stage can begin. `counts` go into its line."""

    is_done: bool = False
    counts: dict[str, int] = field(default_factory=dict)


@contextmanager
def stage(run: Run, name: str) -> Iterator[Visit]:
    """Write when the block begins and how it ended, and add its time to the stage's. An exception passes through."""
    event(logger, "stage begun", stage=name)
    visit, began, begun_at, outcome = Visit(), time.monotonic(), timezone.now(), ""
    try:
        yield visit
    except BaseException as error:
        outcome = type(error).__name__
        raise
    finally:
        seconds = time.monotonic() - began
        shown = outcome or ("done" if visit.is_done else "waits")
        event(logger, "stage ended", stage=name, outcome=shown, seconds=round(seconds, 3), **visit.counts)
        note_time(run, name, begun_at=begun_at, seconds=seconds, is_done=visit.is_done and not outcome)


def waits(run: Run, reason: str, until: datetime) -> None:
    """The run was put down until then; `reason` is a code of exports.messages, blank for its turn among others."""
    seconds = round(max(0.0, (until - timezone.now()).total_seconds()), 3)
    event(logger, "run waits", stage=run.stage, reason=reason or "turn", until=_stamp(until), seconds=seconds)


def ended(run: Run, status: str, reason: str = "") -> None:
    """The run is over. Call it where the ending was written: whoever lost the run must not say so."""
    level = logging.WARNING if status == Run.Status.FAILED else logging.INFO
    seconds = (timezone.now() - run.queued_at).total_seconds()
    event(
        logger,
        "run ended",
        level,
        export_id=run.export_id,
        status=str(status),
        reason=reason or None,
        seconds=round(seconds, 3),
        calls=Run.objects.filter(pk=run.pk).values_list("calls", flat=True).first(),
    )


def lease_lost(run: Run) -> None:
    """Another worker has taken the run, or it ended meanwhile; this one stopped."""
    event(logger, "lease lost", logging.WARNING, stage=run.stage)


def left(run: Run, error: Exception) -> None:
    """The run stays as it stands until its lease is over, because something of ours does not answer."""
    event(logger, "run left as it stands", logging.WARNING, stage=run.stage, error=type(error).__name__)


def note_time(run: Run, name: str, *, begun_at: datetime, seconds: float, is_done: bool) -> None:
    """Add the time of a visit to the stage's. Not of a worker whose run another one has taken meanwhile: much of that
    time it may have been frozen. A time that can't be written is lost, and changes nothing for the run.
    """
    changes = {"done_at": timezone.now()} if is_done else {}
    is_ours = Q(run__lease=run.lease) | Q(run__lease="")
    mine = StageTiming.objects.filter(run=run.pk, stage=name)
    with suppress(Error), transaction.atomic():
        if mine.filter(is_ours).update(seconds=F("seconds") + seconds, visits=F("visits") + 1, **changes):
            return
        if Run.objects.filter(pk=run.pk, lease__in=(run.lease, "")).exists() and not mine.exists():
            StageTiming.objects.create(
                run_id=run.pk, stage=name, begun_at=begun_at, seconds=seconds, visits=1, **changes
            )


def record(run: Run, code: str, **details: Any) -> None:
    """Add a technical line to the run's history. Never an address, never a token."""
    RunEvent.objects.create(run_id=run.pk, code=code, details=details)


def _stamp(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds") if moment else None
