"""Undo a run: take off the list whom it added, put back whom it took off.

An undo is a run of its own that reads the list, changes it and plans nobody. What the undone run sent as changed values
stays, and so do messages that Constant Contact already sent.

Only the newest run can be undone that put anybody on the list or took anybody off it; when it is undone, the one before
it. Otherwise who was added by the earlier one, and changed by the later one since, would be taken off with values that
the later one still counts as there.

The baseline of the export stays the plan that it was: the values in it are at Constant Contact. Who of it is on the
list is told by the roster, where the undo notes whom it took off, so nobody of them is "unchanged" in the next plan:
they are sent again if they are still in the segments. The page that asks for the undo says so.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

import audit_trail
from connections.models import Connection
from exports.models import Removal, Run
from jobs.limits import LIMITS
from jobs.queue import enqueue

from .start import ONE_OPEN_RUN, NotRunnableError, begin_or_join


def check_undoable(run: Run) -> None:
    """Raise NotRunnableError, with why and what to do, unless `run` can be undone now."""
    if run.is_open:
        raise NotRunnableError("undo_still_open")
    if run.trigger in _OF_NOBODY or not _with_effects(Run.objects.filter(pk=run.pk)).exists():
        raise NotRunnableError("undo_of_nothing")
    if _undone(Run.objects.filter(pk=run.pk)).exists():
        raise NotRunnableError("undone_already")
    later = _with_effects(Run.objects.filter(export=run.export_id, pk__gt=run.pk))
    newest = later.exclude(pk__in=_undone(later).values("pk")).order_by("-pk").first()
    if newest is not None:
        raise NotRunnableError("undo_newer_first", run=str(newest))
    if not run.plan_file:
        raise NotRunnableError("undo_plan_gone")
    connection = run.export.connection
    if connection is None:
        raise NotRunnableError("detached")
    if connection.state == Connection.State.NEEDS_RECONNECTING:
        raise NotRunnableError("reconnect", connection=connection.display_name)
    if connection.state != Connection.State.CONNECTED or connection.saved_at is None:
        raise NotRunnableError("connection_unfinished", connection=connection.display_name)
    if connection.account_id != run.configuration["account_id"]:
        raise NotRunnableError("list_of_another_account", list=run.configuration["list_name"])


def can_undo(run: Run) -> bool:
    """Whether a page may offer it."""
    try:
        check_undoable(run)
    except NotRunnableError:
        return False
    return True


def start_undo(run: Run, *, by: Any) -> tuple[Run, bool]:
    """Return (the undo, True), or (the open run of the export, False). Raises NotRunnableError."""
    check_undoable(run)
    connection = run.export.connection
    assert connection is not None, "checked"

    def begin() -> Run:
        here = {"connection_id": connection.pk, "connection_name": connection.display_name}
        undo = Run.objects.create(
            export=run.export,
            undoes=run,
            started_by=by,
            trigger=Run.Trigger.UNDO,
            configuration=run.configuration | here,
            queued_at=timezone.now(),
        )
        enqueue(LIMITS.run, undo.pk)
        audit_trail.record(run.export, "undid", by=by, run=undo.pk, undone=run.pk)
        return undo

    return begin_or_join(begin, ONE_OPEN_RUN, run.export.runs.open())


# An undo only takes something back; whoever tried the list with their own address put on none of the export's people.
_OF_NOBODY = (Run.Trigger.UNDO, Run.Trigger.TO_ME)


def _with_effects(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Those that put anybody on a list or took anybody off, as far as is known; an undo only takes that back."""
    removal = Removal.objects.filter(run=OuterRef("pk"), kind__in=Removal.OF_THE_LIST, posts__gt=0)
    happened = Q(batches__posts__gt=0) | Q(Exists(removal))
    return runs.filter(happened, preview=False).exclude(trigger__in=_OF_NOBODY).distinct()


def _undone(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Those that an undo took back completely."""
    undo = Run.objects.filter(undoes=OuterRef("pk"), status=Run.Status.SUCCEEDED)
    return runs.filter(Exists(undo))
