"""REMOVE: take off the list whom the plan says; of an undo, also put back whom the undone run took off.

Two ways lead there, and the one that needs fewer calls is taken. By contact ids: a job for each 500 people, and a call
to follow them all. By a scratch list: make it, fill it with an import for each 40,000 people, take everybody on it off
the run's list, delete it, and follow each of the last three. That is 3 + n/40,000 + 3 calls instead of n/500 + 1: fewer
from 3,001 people on.

An import would revive who was deleted meanwhile, so the scratch list is filled only with addresses that the list was
just read back with (FRESH); later, or when anything about it fails, the contact ids are used, which revive nobody.

Each job is written down before it is asked for. Taking somebody off twice does no harm, so whatever has no answer is
asked for again. The scratch list has a name of its own, by which it is found when the answer was lost; whatever becomes
of the run, it is deleted (exports.people.scratch_lists).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.db.models import F, Q, Sum
from django.utils import timezone

from connections.tokens import AnotherAccountError
from constant_contact import (
    MAX_CONTACT_IDS,
    MAX_ROWS,
    Activity,
    ConstantContactError,
    OutcomeUnknownError,
    RejectedError,
    json_body_of,
)
from exports.models import Export, Removal, Run, ScratchList
from exports.models.configuration import configuration_of
from exports.people import scratch_lists
from exports.people.roster import RosterTakenError
from exports.plan import removals
from exports.plan.dispositions import Disposition
from exports.runs import close_removals

from .confirm import IMPORT_PATIENCE, UNLISTED_PATIENCE, count_outcome, gap_of, look_up
from .read_list import GAP, WAITING
from .send import MAX_POSTS
from .work import Pause, RunEnded, Work, check_list_again

Kind, State = Removal.Kind, Removal.State
# With more people than these the scratch list needs fewer calls; with as many, neither does.
MOST_BY_IDS = 3_000
FRESH = timedelta(minutes=15)  # how long ago the list may have been read back whose addresses are imported
STEPS = ((Kind.FILL,), (Kind.REMOVE_ALL, Kind.REMOVE, Kind.ADD))


def remove_people(work: Work) -> Pause | None:
    """Take leavers and former addresses off the list; wait while Constant Contact is at it."""
    try:
        return _remove_people(work)
    except RosterTakenError:
        return Pause(timezone.now() + GAP, WAITING, moved=False)
    except FileNotFoundError as error:
        raise RunEnded(Run.Status.FAILED, "plan_damaged") from error


def _remove_people(work: Work) -> Pause | None:
    run = work.run
    if not run.removal_file and (_is_cancelled(run) or not _choose(work)):
        return None
    if _is_cancelled(run):
        _give_up(work)
    elif not run.removals.filter(posts__gt=0).exists():
        removals.note_asked(run)
    for step in STEPS:
        pause = _do(work, step)
        if pause is not None:
            return pause
        if step == (Kind.FILL,) and not _is_filled(run):
            _use_contact_ids(work)
    work.lease.check()
    removals.note_removed(run)
    return _delete_scratch_list(work)


def _choose(work: Work) -> bool:
    """Find out whom the run changes on its list, and write down the jobs. False: nobody."""
    run = work.run
    if run.trigger != Run.Trigger.UNDO and not _names_anybody(run):
        return False
    if run.trigger == Run.Trigger.UNDO and run.undoes is None:
        raise RunEnded(Run.Status.FAILED, "undone_run_gone")
    chosen = removals.choose(run)
    if not chosen.name:
        return False
    by_list = chosen.remove > MOST_BY_IDS and removals.age_of_list(run) < FRESH.total_seconds()
    jobs = _jobs_by_list(chosen.remove) if by_list else _stretches(Kind.REMOVE, 0, chosen.remove, MAX_CONTACT_IDS)
    jobs += _stretches(Kind.ADD, chosen.remove, chosen.add, MAX_CONTACT_IDS)
    with work.lease.writing(removal_file=chosen.name):
        Removal.objects.bulk_create(
            Removal(run=run, number=number, kind=kind, first=first, rows=rows)
            for number, (kind, first, rows) in enumerate(jobs, 1)
        )
        if by_list:
            scratch_lists.intend(run)
        run.record("removals_planned", remove=chosen.remove, add=chosen.add)
    run.removal_file = chosen.name
    return True


def _names_anybody(run: Run) -> bool:
    """Whether the plan has somebody to take off: most have not, and no file has to be read."""
    configuration = configuration_of(run)
    leavers = configuration["leavers"] == Export.Leavers.REMOVE and run.counts.get(Disposition.LEAVER)
    former = configuration["former_addresses"] == Export.FormerAddresses.REMOVE
    return bool(leavers or (former and run.counts.get(Disposition.FORMER_ADDRESS)))


def _stretches(kind: str, first: int, people: int, most: int) -> list[tuple[str, int, int]]:
    """(kind, first, rows) of jobs that have at most so many people each."""
    return [(kind, first + place, min(most, people - place)) for place in range(0, people, most)]


def _jobs_by_list(people: int) -> list[tuple[str, int, int]]:
    return [*_stretches(Kind.FILL, 0, people, MAX_ROWS), (Kind.REMOVE_ALL, 0, people)]


def _is_cancelled(run: Run) -> bool:
    return Run.objects.filter(pk=run.pk, cancel_requested_at__isnull=False).exists()


def _give_up(work: Work) -> None:
    """Somebody cancelled the run: nothing more is asked for. What was asked for is followed to its end."""
    with work.lease.writing():
        close_removals(work.run, State.PENDING, State.SENDING)


def _do(work: Work, kinds: Sequence[str]) -> Pause | None:
    """Ask for the jobs of these kinds that were not asked for, then for what became of those that were."""
    for job in _unsent(work, kinds):
        if work.time_is_up:
            return Pause(timezone.now())
        if _is_cancelled(work.run):
            _give_up(work)
            break
        _post(work, job)
    return _confirm(work, kinds)


def _unsent(work: Work, kinds: Sequence[str]) -> Iterator[Removal]:
    """The next job that was not asked for, or without an answer; read anew each time."""
    last = 0
    states = (State.PENDING, State.SENDING)
    while job := work.run.removals.filter(kind__in=kinds, number__gt=last, state__in=states).order_by("number").first():
        last = job.number
        yield job


def _post(work: Work, job: Removal) -> None:
    """Ask for a job: the intention is written before the call, the answer after."""
    scratch = scratch_lists.of_run(work.run) if job.kind in (Kind.FILL, Kind.REMOVE_ALL) else None
    if scratch is not None and not scratch.list_id and not _make(work, scratch):
        return
    is_too_late = job.kind == Kind.FILL and removals.age_of_list(work.run) >= FRESH.total_seconds()
    if is_too_late or (job.kind in (Kind.FILL, Kind.REMOVE_ALL) and scratch is None):
        _use_contact_ids(work)
        return
    if job.posts >= MAX_POSTS:
        raise RunEnded(Run.Status.FAILED, "removal_answers_lost", times=job.posts)
    ask = _request(work, job, scratch)
    with work.lease.writing():
        unsent = Removal.objects.filter(pk=job.pk, state__in=(State.PENDING, State.SENDING))
        if not unsent.update(state=State.SENDING, posts=F("posts") + 1):
            return
    try:
        activity = ask()
    except OutcomeUnknownError:
        raise  # it stays in `sending`, and is asked for again
    except (ConstantContactError, AnotherAccountError, RunEnded) as error:
        if isinstance(error, RejectedError) and not error.forbidden:
            _write(work, job, state=State.FAILED, detail=error.detail[:255], confirmed_at=timezone.now())
            work.run.record("removal_refused", told=str(error))
            if job.kind == Kind.FILL:
                return
            check_list_again(work)
            return
        never_arrived = not isinstance(error, ConstantContactError) or error.status is None or error.status < 500
        _write(work, job, state=State.PENDING, posts=F("posts") - 1 if never_arrived else F("posts"))
        raise
    _write(
        work,
        job,
        state=State.SENT,
        activity_id=activity.activity_id,
        activity_state=activity.state,
        sent_at=timezone.now(),
    )


def _request(work: Work, job: Removal, scratch: ScratchList | None) -> Callable[[], Activity]:
    """What to call for a job. What it needs of files is read before the intention is written."""
    run, client, list_ids = work.run, work.client, [configuration_of(work.run)["list_id"]]
    if scratch is not None and job.kind == Kind.FILL:
        body = json_body_of(*removals.contacts(run, job), [scratch.list_id])
        return lambda: client.import_json(body)
    if scratch is not None and job.kind == Kind.REMOVE_ALL:
        sources = [scratch.list_id]
        return lambda: client.remove_list_memberships(list_ids, source_list_ids=sources)
    ids = removals.contact_ids(run, job)
    if job.kind == Kind.ADD:
        return lambda: client.add_list_memberships(list_ids, contact_ids=ids)
    return lambda: client.remove_list_memberships(list_ids, contact_ids=ids)


def _write(work: Work, job: Removal, **columns: object) -> None:
    def write() -> None:
        with work.lease.writing(attempts=0):
            Removal.objects.filter(pk=job.pk, state=State.SENDING).update(**columns)

    work.keep_answer(write)


def _confirm(work: Work, kinds: Sequence[str]) -> Pause | None:
    """Note what became of the jobs; wait while any of them is still being done."""
    waiting = list(work.run.removals.filter(kind__in=kinds, state=State.SENT).order_by("number"))
    if not waiting:
        _count(work)
        return None
    activities = look_up(work.client, waiting)
    outcomes = [(job, _became(job, activities.get(job.activity_id))) for job in waiting]

    def write() -> None:
        with work.lease.writing():
            for job, columns in outcomes:
                if columns:
                    Removal.objects.filter(pk=job.pk, state=State.SENT).update(**columns)

    work.keep_answer(write)
    still_waiting = [job for job, columns in outcomes if "state" not in columns]
    if still_waiting:
        return Pause(timezone.now() + gap_of(still_waiting), "removing")
    _count(work)
    return None


def _became(job: Removal, activity: Activity | None) -> dict[str, object]:
    """Return what to write of a job; without a `state` it is still being done."""
    now = timezone.now()
    assert job.sent_at is not None, "a job that was asked for"
    waited = now - job.sent_at
    if activity is None:
        return {} if waited < UNLISTED_PATIENCE else {"state": State.UNKNOWN, "confirmed_at": now}
    told: dict[str, object] = {"activity_state": activity.state}
    if not activity.is_final:
        return told if waited < IMPORT_PATIENCE else told | {"state": State.UNKNOWN, "confirmed_at": now}
    if not activity.succeeded:
        detail = (activity.errors or ("",))[0][:255]
        return told | {"state": State.FAILED, "detail": detail, "confirmed_at": now}
    counters = activity.counters
    done = counters.items_completed
    if job.kind == Kind.FILL:  # whoever can't be added unsubscribed meanwhile, and is on no list any more
        became = count_outcome(job.rows, counters)
        done = became["accepted"] + became["cannot_add"]
    return told | {"state": State.COMPLETED, "done": min(done, job.rows), "confirmed_at": now}


def _count(work: Work) -> None:
    """Write into the run how many it took off and put back, as Constant Contact counted."""
    jobs = work.run.removals.filter(kind__in=Removal.OF_THE_LIST)
    sums = jobs.aggregate(
        removed=Sum("done", filter=Q(state=State.COMPLETED) & ~Q(kind=Kind.ADD), default=0),
        put_back=Sum("done", filter=Q(state=State.COMPLETED, kind=Kind.ADD), default=0),
        not_removed=Sum("rows", filter=Q(state__in=(State.FAILED, State.UNKNOWN)), default=0),
    )
    if any(getattr(work.run, name) != count for name, count in sums.items()):
        work.write(**sums)


def _is_filled(run: Run) -> bool:
    """Whether everybody is on the scratch list who still can be on any."""
    fills = run.removals.filter(kind=Kind.FILL).exclude(state=State.CANCELLED)
    return not fills.exclude(state=State.COMPLETED, done=F("rows")).exists()


def _use_contact_ids(work: Work) -> None:
    """Leave the scratch list, which is deleted in the end, and take everybody off by contact id instead."""
    run = work.run
    with work.lease.writing():
        by_list = run.removals.filter(kind__in=(Kind.FILL, Kind.REMOVE_ALL), posts=0).exclude(state__in=Removal.FINAL)
        by_list.update(state=State.CANCELLED)
        run.removals.filter(kind=Kind.FILL).exclude(state__in=Removal.FINAL).update(state=State.FAILED)
        whole = run.removals.filter(kind=Kind.REMOVE_ALL).first()
        if whole is None or run.removals.filter(kind=Kind.REMOVE).exists() or _is_cancelled(run):
            return
        last = run.removals.order_by("-number").values_list("number", flat=True)[0]
        jobs = _stretches(Kind.REMOVE, 0, whole.rows, MAX_CONTACT_IDS)
        Removal.objects.bulk_create(
            Removal(run=run, number=last + number, kind=kind, first=first, rows=rows)
            for number, (kind, first, rows) in enumerate(jobs, 1)
        )
        run.record("without_scratch_list")


def _make(work: Work, scratch: ScratchList) -> bool:
    """Make the scratch list, or find it. False: Constant Contact refuses, so it goes without."""
    try:
        made = scratch_lists.make(work.client, scratch, before=work.lease.check)
    except RejectedError as error:
        work.run.record("scratch_list_refused", told=str(error))
        with work.lease.writing():
            ScratchList.objects.filter(pk=scratch.pk).update(state=ScratchList.State.DELETED)
        _use_contact_ids(work)
        return False

    def write() -> None:
        with work.lease.writing(attempts=0):
            scratch_lists.keep(scratch, made)

    work.keep_answer(write)
    return True


def _delete_scratch_list(work: Work) -> Pause | None:
    """Delete what was made for this run. What can't be deleted now, is deleted when the run is over."""
    for scratch in ScratchList.objects.filter(run=work.run, state__in=ScratchList.OPEN):
        wait = scratch_lists.delete(work.client, scratch)
        if wait is not None:
            return Pause(timezone.now() + wait, "removing")
    return None
