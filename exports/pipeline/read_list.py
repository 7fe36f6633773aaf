"""The list as it is, read back by one job: asked for, waited for without a worker, fetched, compared with the roster.

Where it stands is in the row of the roster, for whoever reads that list: of two runs each takes the job of the other if
it was asked for late enough. What is asked for is written before the call, so a run that was killed at any step goes
on; a job whose answer was lost costs a call and leaves nothing behind.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from constant_contact import Activity, RejectedError
from engine.sessions import workspace
from exports.models import Roster
from exports.models.configuration import configuration_of
from exports.people.exported import UnreadableFileError
from exports.people.roster import RosterTakenError, take_reading
from logs import event

from .work import Pause, Work, check_list_again
from .written_files import JobFailedError, ask, fetch, first_look

logger = logging.getLogger(__name__)

MAX_JOBS = 4  # for one reading: so many that brought no file are enough
GAP = timedelta(seconds=5)  # times the jobs that failed
WAITING = "reading_list"


class ListUnreadableError(Exception):
    """Constant Contact wrote no file of the list, however often it was asked for one or however long it had."""


def read_list(work: Work, patience: timedelta) -> Pause | None:
    """Bring the roster up to the list as it is now or later; wait while the job runs, for so long. Raises
    ListUnreadableError, and RunEnded when the list is gone."""
    run = work.run
    if run.reading_since is None:
        work.write(reading_since=timezone.now())
    since: datetime = run.reading_since  # type: ignore[assignment]
    configuration = configuration_of(run)
    roster, _made = Roster.objects.get_or_create(
        account_id=configuration["account_id"], list_id=configuration["list_id"]
    )
    if roster.read_at is not None and roster.read_at >= since:
        return None
    is_asked = roster.asked_at is not None and roster.asked_at >= since
    if is_asked and roster.failures >= MAX_JOBS:
        raise ListUnreadableError
    if not is_asked or not roster.activity_id:
        return _ask(work, roster, failures=roster.failures if is_asked else 0)
    pause = _look(work, roster)
    if pause is not None and timezone.now() - since >= patience:
        raise ListUnreadableError
    return pause


def _ask(work: Work, roster: Roster, failures: int) -> Pause:
    now = timezone.now()
    mine = Roster.objects.filter(pk=roster.pk, asked_at=now, asked_by_run=work.run.pk)
    with work.lease.writing():
        unasked = Roster.objects.filter(pk=roster.pk, asked_at=roster.asked_at, activity_id=roster.activity_id)
        taken = unasked.update(asked_at=now, asked_by_run=work.run.pk, activity_id="", failures=failures)
    if not taken:  # another run has just asked
        return Pause(first_look(now, roster.took), WAITING)
    try:
        activity = ask(work, [roster.list_id])
    except RejectedError:
        check_list_again(work)
        raise

    def write() -> None:
        with work.lease.writing(attempts=0):
            mine.update(activity_id=activity.activity_id)

    work.keep_answer(write)
    return Pause(first_look(now, roster.took), WAITING)


def _look(work: Work, roster: Roster) -> Pause | None:
    assert roster.asked_at is not None, "a job that was asked for"
    with workspace() as folder:
        try:
            found = fetch(work, roster.activity_id, roster.asked_at, folder / "list.csv", reason=WAITING)
            if isinstance(found, Pause):
                return found
            rows = _rows_of(work, found)
            took = _seconds_of(found)
            take_reading(roster, folder / "list.csv", roster.asked_at, rows=rows, theirs=found.created_at, took=took)
        except (JobFailedError, UnreadableFileError) as error:
            return _note_failure(work, roster, error)
        except RosterTakenError:
            return Pause(timezone.now() + GAP, WAITING, moved=False)
    return None


def _rows_of(work: Work, activity: Activity) -> int:
    """How many contacts the file must hold. Were an empty one believed, everybody would have left the list."""
    return max(activity.counters.items_completed, 1 if work.run.list_members else 0)


def _seconds_of(activity: Activity) -> float:
    if activity.created_at is None or activity.completed_at is None:
        return 0
    return max(0.0, (activity.completed_at - activity.created_at).total_seconds())


def _note_failure(work: Work, roster: Roster, error: Exception) -> Pause:
    """The job failed, as it happens when the list is deleted meanwhile; or another one is asked for."""
    check_list_again(work)
    event(logger, "list not read", logging.WARNING, told=str(error))
    with work.lease.writing():
        failed = Roster.objects.filter(pk=roster.pk, activity_id=roster.activity_id)
        failed.update(activity_id="", failures=F("failures") + 1)
        work.run.record("reading_failed", told=str(error))
    return Pause(timezone.now() + GAP * (roster.failures + 1), WAITING)
