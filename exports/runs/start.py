"""How a run begins, and whether it can: from an export, from the plan of a preview, or as a note of one
that was due and did not happen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

import audit_trail
from connections.models import Connection
from exports.models import Export, Run
from exports.models.configuration import freeze
from exports.plan.outdated import changes_since
from jobs.constraints import violates
from jobs.limits import LIMITS
from jobs.queue import enqueue
from logs import event
from web.messages import MessageError

logger = logging.getLogger(__name__)

MAX_TRIES = 3  # to begin beside one that ended just now
ONE_OPEN_RUN = "one_open_run_per_export"
T = TypeVar("T")


class NotRunnableError(MessageError):
    """The export can't run now. `message` says why and what to do; `reason` and `details` are kept with a run."""

    def __init__(self, reason: str, **details: object) -> None:
        super().__init__(f"run.{reason}", **details)
        self.reason, self.details = reason, details


class PlanOutdatedError(Exception):
    """The preview is of a moment that is over; it has to be made anew. `changes`: sentences that say what changed."""

    def __init__(self, changes: Sequence[str]) -> None:
        super().__init__("; ".join(changes))
        self.changes = changes


def check_runnable(export: Export) -> None:
    """Raise NotRunnableError unless the export is complete and its connection can be used."""
    connection = export.connection
    if connection is None:
        raise NotRunnableError("detached")
    if connection.state == Connection.State.NEEDS_RECONNECTING:
        raise NotRunnableError("reconnect", connection=connection.display_name)
    if connection.state != Connection.State.CONNECTED or connection.saved_at is None:
        raise NotRunnableError("connection_unfinished", connection=connection.display_name)
    if export.list_account_id and export.list_account_id != connection.account_id:
        raise NotRunnableError("list_of_another_account", list=export.list_name or export.list_id)
    if not export.list_id:
        raise NotRunnableError("no_list")
    if not export.mapping.get("email"):
        raise NotRunnableError("no_email_mapping")
    if not export.segments.exists():
        raise NotRunnableError("no_segments")


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

    def begin() -> Run:
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
        action = "previewed" if preview else "ran"
        audit_trail.record(export, action, by=by, run=run.pk, trigger=str(run.trigger), everyone=everyone)
        return run

    run, started = begin_or_join(begin, ONE_OPEN_RUN, export.runs.open())
    if started:
        event(logger, "run queued", run_id=run.pk, export_id=run.export_id, trigger=run.trigger)
    return run, started


def send_planned(run: Run, *, by: Any) -> tuple[Run, bool]:
    """Send exactly the plan that a preview made. Returns (run, True), or (the open run, False).

    Profiles in a database may have changed without a word, and people may have opted out or left the list: then the
    worker plans anew first and sends only if that gives the same plan (exports.pipeline.plan).

    Raises PlanOutdatedError when something it was made from has changed, NotRunnableError with a sentence.
    """
    check_runnable(run.export)
    changes = changes_since(run)
    if changes:
        raise PlanOutdatedError(changes)

    def begin() -> Run | None:
        taken = Run.objects.filter(pk=run.pk, status=Run.Status.PLANNED, plan_file=run.plan_file).update(
            status=Run.Status.QUEUED,
            preview=False,
            **stage_to_send(run),
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
        return run if taken else None

    found, is_new = begin_or_join(begin, ONE_OPEN_RUN, run.export.runs.open())
    run.refresh_from_db()
    return found or run, is_new and found is not None


def stage_to_send(run: Run) -> dict[str, Any]:
    """Return the columns of a run whose plan is sent now, by where it goes on.

    What was read of the account a while ago is read again, and the plan made anew and compared with the one that is to
    be sent, because somebody of it may have opted out or left the list meanwhile.
    """
    oldest = timezone.now() - timedelta(seconds=settings.OPT_OUTS_MAX_AGE)
    if run.list_read_at is None or run.list_read_at < oldest:
        return {"stage": Run.Stage.READ, "list_checked_at": None, "list_read_at": None, "reading_since": None}
    return {"stage": Run.Stage.SEND if run.plan_inputs else Run.Stage.PLAN}


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


def begin_or_join(begin: Callable[[], T], constraint: str, open_rows: QuerySet[Any]) -> tuple[T, bool]:
    """Return (what `begin` returns, True), done in one transaction; or (the first of `open_rows`, False).

    `constraint`: of which only one may be open. One that ended just now stands in nobody's way, so it is tried again;
    but whatever else the database refuses, and what it goes on refusing, is raised.
    """
    for tries_left in reversed(range(MAX_TRIES)):
        try:
            with transaction.atomic():
                return begin(), True
        except IntegrityError as error:
            if not violates(error, open_rows.model, constraint):
                raise
            if (row := open_rows.first()) is not None:
                return row, False
            if not tries_left:
                raise
    raise AssertionError("the last try returns or raises")
