"""How a run begins: from an export, from the plan of a preview, or as a note of one that was due and did not happen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

import audit_trail
from exports.models import Export, Run
from exports.models.configuration import freeze
from exports.plan.outdated import changes_since
from jobs.constraints import violates
from jobs.limits import LIMITS
from jobs.queue import enqueue

from . import log
from .runnable import check_runnable

MAX_TRIES = 3  # to begin beside a run that ended just now


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
            configuration=freeze(export),
        )
        enqueue(LIMITS.run, run.pk)
        event = "previewed" if preview else "ran"
        audit_trail.record(export, event, by=by, run=run.pk, trigger=str(run.trigger), everyone=everyone)
        return run, True

    run, started = _begin(export, begin)
    if started:
        log.queued(run)
    return run, started


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


def note_run(export: Export, status: str, reason: str, details: Any, **columns: Any) -> Run:
    """Write down a run that was due and did not happen, and why. The export must have a connection."""
    return Run.objects.create(
        export=export,
        status=status,
        reason=reason,
        reason_details=details,
        finished_at=timezone.now(),
        configuration=freeze(export),
        **columns,
    )


def _begin(export: Export, begin: Callable[[], tuple[Run, bool]]) -> tuple[Run, bool]:
    """Return what `begin` returns, done in one transaction; or (the open run, False) that stands in its way.

    One that ended just now stands in nobody's way, so it is tried again; but whatever else the database refuses, and
    what it goes on refusing, is raised.
    """
    for tries_left in reversed(range(MAX_TRIES)):
        try:
            with transaction.atomic():
                return begin()
        except IntegrityError as error:
            if not violates(error, Run, "one_open_run_per_export"):
                raise
            open_run = export.runs.open().first()
            if open_run is not None:
                return open_run, False
            if not tries_left:
                raise
    raise AssertionError("the last try returns or raises")
