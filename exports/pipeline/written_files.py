"""A file of contacts that a job of Constant Contact writes: asked after with growing gaps, then fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from constant_contact import Activity, RejectedError
from exports.people.exported import FIELDS, write_down
from jobs.limits import WAITS

from .work import Pause, Work

SHORTEST_GAP = timedelta(seconds=1)
LONGEST_GAP = timedelta(minutes=1)
LISTED_WITHIN = timedelta(seconds=WAITS.listed)
WRITTEN_WITHIN = timedelta(seconds=WAITS.written)
PATIENCE = timedelta(seconds=WAITS.reading)  # of a run before its plan
QUEUED = "reading_queued"


class JobFailedError(Exception):
    """The job brought no file. Another one may."""


def ask(work: Work, list_ids: Sequence[str] = (), status: str | None = None) -> Activity:
    """Queue the job: the members of lists, or everybody of a status."""
    return work.client.export_contacts(list_ids, FIELDS, status)


def first_look(asked_at: datetime, took: float) -> datetime:
    """When to ask for the first time after a job: when the one before was done."""
    return asked_at + min(max(timedelta(seconds=took), SHORTEST_GAP), LONGEST_GAP)


def fetch(work: Work, activity_id: str, asked_at: datetime, path: Path, reason: str) -> Activity | Pause:
    """Return the job once it is done, its file at `path`; until then when to ask again, each time after as long as it
    was waited so far: a job of an hour costs some 60 calls, one of a minute 6. Raises JobFailedError.

    A job that was not begun yet stands behind others of the account, and another one would stand behind it: that one is
    waited for as long as whoever asked has patience.
    """
    waited = timezone.now() - asked_at
    again = Pause(timezone.now() + min(max(waited, SHORTEST_GAP), LONGEST_GAP), reason)
    try:
        activity = work.client.activity(activity_id)
    except RejectedError as error:
        if not error.not_found:
            raise
        if waited < LISTED_WITHIN:
            return again
        raise JobFailedError("not found") from error
    if activity.state == "initialized":
        return replace(again, reason=QUEUED)
    if not activity.is_final:
        if waited - _queued(activity) < WRITTEN_WITHIN:
            return again
        raise JobFailedError("never ended")
    if not activity.succeeded or activity.results_url is None:
        raise JobFailedError(activity.state)
    try:
        write_down(work.client.export_result(activity), path)
    except RejectedError as error:
        raise JobFailedError("no file") from error
    work.lease.check()
    return activity


def _queued(activity: Activity) -> timedelta:
    """How long a job stood behind others, by Constant Contact's clock."""
    if activity.created_at is None or activity.started_at is None:
        return timedelta(0)
    return max(activity.started_at - activity.created_at, timedelta(0))
