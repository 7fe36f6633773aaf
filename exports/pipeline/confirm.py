"""CONFIRM: ask after the open activities, one call for all of them, with growing gaps; never wait in a worker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.utils import timezone

from constant_contact import Activity, ActivityCounters, ConstantContact, RejectedError
from exports.models import Batch, Run

from .outcome import Wait
from .work import Work

SHORTEST_GAP = timedelta(seconds=1)
LONGEST_GAP = timedelta(minutes=1)


def confirm_batches(work: Work) -> Wait | None:
    """Note what became of the batches at Constant Contact; wait while any of them is still being imported."""
    run = work.run
    waiting = list(run.batches.filter(state=Batch.State.SENT))
    if not waiting:
        return None
    for batch, activity in _look_up(work.client, waiting):
        _note(run, batch, activity)
    if not run.batches.filter(state=Batch.State.SENT).exists():
        return None
    work.lease.check()
    return Wait(timezone.now() + _gap(run), "importing")


def _gap(run: Run) -> timedelta:
    """A third of the time waited so far, between one second and one minute: a job of an hour costs some 70 calls."""
    since = run.sent_at or run.started_at or timezone.now()
    return min(max((timezone.now() - since) / 3, SHORTEST_GAP), LONGEST_GAP)


def _look_up(client: ConstantContact, batches: Sequence[Batch]) -> Iterable[tuple[Batch, Activity | None]]:
    """Pair each batch with its activity; None when Constant Contact no longer knows it (they are kept 10 days)."""
    if len(batches) == 1:
        return [(batches[0], _one(client, batches[0]))]
    wanted = {batch.activity_id for batch in batches}
    found: dict[str, Activity] = {}
    for activity in client.activities(limit=500):
        if activity.activity_id in wanted:
            found[activity.activity_id] = activity
        if len(found) == len(wanted):
            break
    return [(batch, found.get(batch.activity_id) or _one(client, batch)) for batch in batches]


def _one(client: ConstantContact, batch: Batch) -> Activity | None:
    try:
        return client.activity(batch.activity_id)
    except RejectedError as error:
        if error.not_found:
            return None
        raise


def _note(run: Run, batch: Batch, activity: Activity | None) -> None:
    mine = Batch.objects.filter(pk=batch.pk, state=Batch.State.SENT)
    now = timezone.now()
    if activity is None:
        mine.update(state=Batch.State.REFUSED, reason="activity_gone", confirmed_at=now)
    elif not activity.is_final:
        mine.update(activity_state=activity.state, percent_done=activity.percent_done)
    elif not activity.succeeded:
        told = (activity.errors or ("",))[0][:255]
        mine.update(
            state=Batch.State.REFUSED,
            activity_state=activity.state,
            reason="activity_failed",
            detail=told,
            confirmed_at=now,
        )
    else:
        mine.update(
            state=Batch.State.COMPLETED,
            activity_state=activity.state,
            percent_done=100,
            confirmed_at=now,
            **asdict(count_outcome(batch.rows, activity.counters)),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the profiles of an import; accepted, refused, cannot_add and unaccounted add up to all of them."""

    accepted: int
    refused: int
    cannot_add: int
    unaccounted: int
    counts_agree: bool


def count_outcome(rows: int, counters: ActivityCounters) -> Outcome:
    """Return what the counts of a completed import say of its `rows` profiles, never more accepted than is certain.

    `person_count` counts the rows that were read; whether refused ones are among them is not documented (API
    reference, 6.1 and 6.6), so both are taken for complete. When it falls short by more, a part never was read.
    """
    refused = min(counters.error + counters.correctable, rows)
    cannot_add = min(counters.cannot_add_to_list, rows - refused)
    is_complete = counters.person in (rows, rows - refused)
    counted = rows if is_complete else min(counters.person, rows)
    accepted = max(0, counted - refused - cannot_add)
    unaccounted = rows - refused - cannot_add - accepted
    return Outcome(accepted, refused, cannot_add, unaccounted, is_complete)
