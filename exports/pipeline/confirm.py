"""CONFIRM: ask after the open activities, one call for all of them, with growing gaps; never wait in a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.utils import timezone

from constant_contact import Activity, ActivityCounters, ConstantContact, RejectedError
from exports.models import Batch
from jobs.limits import WAITS

from .send import MAX_PAGES
from .work import Pause, Work, check_list_again

SHORTEST_GAP = timedelta(seconds=1)
LONGEST_GAP = timedelta(minutes=1)
# A job is listed a moment after it was queued, and 10 days long. What is not in the collection then is asked for by
# itself, a few at a time: the order of the collection is not documented.
LISTED_WITHIN = timedelta(seconds=WAITS.listed)
MAX_SINGLE_CALLS = 5
UNLISTED_PATIENCE = timedelta(seconds=WAITS.unlisted)
IMPORT_PATIENCE = timedelta(seconds=WAITS.imported)


def confirm_batches(work: Work) -> Pause | None:
    """Note what became of the batches at Constant Contact; wait while any of them is still being imported."""
    waiting = list(work.run.batches.filter(state=Batch.State.SENT).order_by("number"))
    if not waiting:
        return None
    activities = look_up(work.client, waiting)
    outcomes = [(batch, _outcome(batch, activities.get(batch.activity_id))) for batch in waiting]

    def write() -> None:
        with work.lease.writing():
            for batch, columns in outcomes:
                if columns:
                    Batch.objects.filter(pk=batch.pk, state=Batch.State.SENT).update(**columns)

    work.keep_answer(write)
    if any(columns.get("state") in (Batch.State.REFUSED, Batch.State.UNKNOWN) for _batch, columns in outcomes):
        check_list_again(work)
    still_waiting = [batch for batch, columns in outcomes if "state" not in columns]
    return Pause(timezone.now() + gap_of(still_waiting), "importing") if still_waiting else None


class Job(Protocol):
    """What was asked for and is being done at Constant Contact."""

    @property
    def activity_id(self) -> str: ...

    @property
    def sent_at(self) -> datetime | None: ...


def gap_of(jobs: Sequence[Job]) -> timedelta:
    """A third of the time waited so far, between one second and one minute: a job of an hour costs some 70 calls.

    After an hour, five minutes: the day's requests are shared.
    """
    waited = min(_waited(job) for job in jobs)
    longest = LONGEST_GAP if waited < timedelta(hours=1) else 5 * LONGEST_GAP
    return min(max(waited / 3, SHORTEST_GAP), longest)


def look_up(client: ConstantContact, jobs: Sequence[Job]) -> Mapping[str, Activity]:
    """Return the activities of the jobs by id, as far as Constant Contact lists them."""
    if len(jobs) == 1:
        activity = _one(client, jobs[0])
        return {activity.activity_id: activity} if activity else {}
    wanted = {job.activity_id for job in jobs}
    found: dict[str, Activity] = {}
    for activity in client.activities(pages=MAX_PAGES):
        if activity.activity_id in wanted:
            found[activity.activity_id] = activity
        if len(found) == len(wanted):
            return found
    missing = [each for each in jobs if each.activity_id not in found and _waited(each) > LISTED_WITHIN]
    for job in missing[:MAX_SINGLE_CALLS]:
        if one := _one(client, job):
            found[job.activity_id] = one
    return found


def _one(client: ConstantContact, job: Job) -> Activity | None:
    try:
        return client.activity(job.activity_id)
    except RejectedError as error:
        if error.not_found:
            return None
        raise


def _waited(job: Job) -> timedelta:
    assert job.sent_at is not None, "one that was sent"
    return timezone.now() - job.sent_at


def _outcome(batch: Batch, activity: Activity | None) -> Mapping[str, Any]:
    """Return what to write of a batch; without a `state` it is still being imported."""
    now = timezone.now()
    if activity is None:
        if _waited(batch) < UNLISTED_PATIENCE:
            return {}
        return {"state": Batch.State.UNKNOWN, "reason": "activity_gone", "confirmed_at": now}
    progress = {"activity_state": activity.state, "percent_done": activity.percent_done}
    if not activity.is_final:
        if _waited(batch) < IMPORT_PATIENCE:
            return progress
        return progress | {"state": Batch.State.UNKNOWN, "reason": "activity_never_ended", "confirmed_at": now}
    if not activity.succeeded:
        # One that timed out or was cancelled has imported a part; one that failed says by its counts whether it did.
        took_nobody = activity.state == "failed" and not activity.counters.person
        state = Batch.State.REFUSED if took_nobody else Batch.State.UNKNOWN
        detail = (activity.errors or ("",))[0][:255]
        return progress | {"state": state, "reason": "activity_failed", "detail": detail, "confirmed_at": now}
    counts = count_outcome(batch.rows, activity.counters)
    return progress | {"state": Batch.State.COMPLETED, "percent_done": 100, "confirmed_at": now} | counts


def count_outcome(rows: int, counters: ActivityCounters) -> dict[str, int | bool]:
    """Return what the counts of a completed import say of its `rows` profiles, by the columns of Batch.

    Accepted, refused, cannot_add and unaccounted add up to all of them; never are more accepted than is certain.

    `person_count` counts the rows that were read; whether refused ones are among them is not documented (API
    reference, 6.1 and 6.6), so both are taken for complete. When it falls short by more, a part never was read.
    """
    refused = min(counters.error + counters.correctable, rows)
    cannot_add = min(counters.cannot_add_to_list, rows - refused)
    is_complete = counters.person in (rows, rows - refused)
    counted = rows if is_complete else min(counters.person, rows)
    accepted = max(0, counted - refused - cannot_add)
    return {
        "accepted": accepted,
        "refused": refused,
        "cannot_add": cannot_add,
        "unaccounted": rows - refused - cannot_add - accepted,
        "counts_agree": is_complete,
    }
