"""One run, end to end: read → plan → send → confirm → remove → check → settle. Run now, a
schedule, a retry and recovery all call `advance`. A plan that trips a brake goes no further than that until somebody
has decided about it.

A stage looks at the rows and does what is missing; it knows nothing of the other stages. This is the only place
where an error becomes a status, each with a sentence for the user:

- quota used up: wait until 00:00 UTC, go on by itself;
- throttled, unavailable, or an answer lost: wait with growing gaps, many times, before anything is called failed;
- authorization revoked, refused, no right any more: failed, with what to do;
- file storage away or a disk full: wait just so, it is an outage like any other;
- our own database away: left as it is; whoever gets the message of the claim goes on;
- a source of profiles that can't be read, or too many profiles: skipped, and nothing is sent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from django.db import Error, InterfaceError, InternalError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from connections.tokens import AnotherAccountError, needs_reconnecting
from constant_contact import (
    AuthorizationRevokedError,
    ConstantContactError,
    OutcomeUnknownError,
    QuotaExceededError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)
from engine.outages import StorageUnavailableError, disk_outages
from exports.brakes.measure import tripped_by
from exports.messages import OF_SEGMENT
from exports.models import Batch, Run, StageTiming
from exports.plan.build import TooManyProfilesError
from exports.runs import finish_run, list_of, put_down_as_preview, put_down_for_decision, release_run, take_list
from jobs.limits import LIMITS
from logs import event
from profiles.errors import ProfileError, SourceUnavailableError
from segments.errors import SegmentError, SegmentUnusableError

from .check import check_list_of_run
from .confirm import confirm_batches
from .plan import plan_run
from .read import read_account
from .remove import remove_people
from .send import send_batches
from .settle import outcome_of, settle_run
from .work import Lease, LeaseLostError, Pause, RunEnded, Work, another_account, check_rights, kept_lease

logger = logging.getLogger(__name__)

MAX_BACKOFF = timedelta(minutes=5)
STORAGE_AWAY, STORAGE_FULL = "storage_away", "storage_full"
LIST_RETRY_INTERVAL = timedelta(seconds=20)

STAGES: dict[str, Callable[[Work], Pause | None]] = {
    Run.Stage.READ: read_account,
    Run.Stage.PLAN: plan_run,
    Run.Stage.SEND: send_batches,
    Run.Stage.CONFIRM: confirm_batches,
    Run.Stage.REMOVE: remove_people,
    Run.Stage.CHECK: check_list_of_run,
    Run.Stage.SETTLE: settle_run,
}


def advance(run: Run) -> None:
    """Do what is missing in a claimed run, then end it or put it down until it can go on."""
    try:
        with kept_lease(run) as lease:
            _check_whether_to_go_on(run)
            pause = _wait_for_list(run, lease) or _go_through_stages(Work(run, lease))
    except LeaseLostError:
        event(logger, "lease lost", logging.WARNING, stage=run.stage)
    except RunEnded as end:
        _end(run, end)
    except QuotaExceededError as error:
        release_run(
            run,
            resume_at=error.resets_at,
            reason="quota_exceeded",
            details={"at": error.resets_at.isoformat()},
            moved=True,
        )
    except (ThrottledError, UnavailableError, OutcomeUnknownError) as error:
        _try_again_later(run, error)
    except StorageUnavailableError as error:
        reason = STORAGE_FULL if error.is_full else STORAGE_AWAY
        _wait(run, reason, error.detail, _backoff(run))
    except AnotherAccountError:
        _end(run, another_account(run))
    except AuthorizationRevokedError:
        if run.export.connection is not None:
            needs_reconnecting(run.export.connection)
        _end(run, RunEnded(Run.Status.FAILED, "reconnect", connection=run.configuration["connection_name"]))
    except RejectedError as error:
        _end(run, RunEnded(Run.Status.FAILED, "forbidden" if error.forbidden else "rejected", told=error.detail), error)
    except TooManyProfilesError as error:
        _end(run, RunEnded(Run.Status.SKIPPED, "too_many_profiles", found=error.found, most=error.limit))
    except (ProfileError, SegmentError) as error:
        is_only_skipped = isinstance(error, SourceUnavailableError | SegmentUnusableError)
        status = Run.Status.SKIPPED if is_only_skipped else Run.Status.FAILED
        _end(run, RunEnded(status, OF_SEGMENT, **error.message.as_json()))
    except (OperationalError, InterfaceError, InternalError) as error:
        # The database is away, or too busy. The lease lapses and the message of its claim brings the run on again.
        event(logger, "run left as it stands", logging.WARNING, stage=run.stage, error=type(error).__name__)
        raise
    except Exception:
        # A bug stays loud: the log has the traceback, the person a sentence.
        logger.exception("run %s ended by an unexpected error", run.pk)
        _end(run, RunEnded(Run.Status.FAILED, "unexpected"))
        raise
    else:
        if pause is not None:
            release_run(run, resume_at=pause.until, reason=pause.reason, details=pause.details, moved=pause.moved)


def _wait_for_list(run: Run, lease: Lease) -> Pause | None:
    """Two exports to one list take turns, so that a person in both ends with the values of one of them."""
    if run.preview or run.list_taken or take_list(run):
        return None
    lease.check()
    other = Run.objects.open().filter(list_taken=list_of(run)).select_related("export").first()
    details = {"export": other.export.name if other else "–", "list": run.configuration["list_name"]}
    return Pause(timezone.now() + LIST_RETRY_INTERVAL, "list_in_use", details, moved=True)


def _go_through_stages(work: Work) -> Pause | None:
    """Run one stage after the other from where the run stands; stop at the first that has to wait."""
    order = work.run.stages
    while True:
        stage = work.run.stage
        if stage == Run.Stage.PLAN:
            # A plan that takes its worker with it, for want of memory or of time, must not do so for ever.
            if work.run.plans_begun >= LIMITS.plan.attempts:
                raise RunEnded(Run.Status.FAILED, "plan_gave_up", times=work.run.plans_begun)
            work.write(plans_begun=work.run.plans_begun + 1)
        if stage == Run.Stage.SEND and work.run.is_held:
            if not put_down_for_decision(work.run):
                _check_cancelled(work)
            return None
        pause = timed_stage(work.run, stage, partial(STAGES[stage], work))
        if pause is not None:
            return pause
        if stage == Run.Stage.PLAN and _goes_no_further(work):
            return None
        if stage == Run.Stage.SETTLE:
            return None
        work.write(stage=order[order.index(stage) + 1])


def _goes_no_further(work: Work) -> bool:
    """After the plan: ask the brakes, and go no further with a preview. Raises RunEnded when there is nobody at all and
    no brake that minds.
    """
    run = work.run
    if not run.is_open:
        return True  # the plan was made anew and turned out another one
    if run.is_trial:
        return False  # one contact, to whoever sent it
    with disk_outages():
        work.write(brakes=tripped_by(run))
    if run.preview:
        put_down_as_preview(run)
        return True
    if not sum(run.counts.values()) and not run.is_held:
        raise RunEnded(Run.Status.SKIPPED, "no_members")
    return False


def _check_cancelled(work: Work) -> None:
    """A run that is being cancelled needs no decision. Raises RunEnded for it, and LeaseLostError."""
    work.lease.check()
    work.run.refresh_from_db(fields=["cancel_requested_at"])
    _check_whether_to_go_on(work.run)


def timed_stage(run: Run, name: str, stage: Callable[[], Pause | None]) -> Pause | None:
    """Do a stage; write when it begins and how it ended, and add its time to the stage's. Exceptions pass through."""
    event(logger, "stage begun", stage=name)
    began, begun_at, outcome = time.monotonic(), timezone.now(), ""
    try:
        with disk_outages():
            pause = stage()
        outcome = "done" if pause is None else "waits"
        return pause
    except BaseException as error:
        outcome = type(error).__name__
        raise
    finally:
        seconds = time.monotonic() - began
        event(logger, "stage ended", stage=name, outcome=outcome, seconds=round(seconds, 3))
        note_time(run, name, begun_at=begun_at, seconds=seconds, is_done=outcome == "done")


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


def _check_whether_to_go_on(run: Run) -> None:
    """Before every piece of unattended work: it gets somewhere, nobody stopped it, and it still may."""
    if run.attempts > LIMITS.run.attempts:
        waited_for_storage = run.reason in (STORAGE_AWAY, STORAGE_FULL)
        reason = "storage_gave_up" if waited_for_storage else "gave_up"
        raise RunEnded(Run.Status.FAILED, reason, told=str(run.reason_details.get("told", "")))
    under_way = run.batches.filter(state__in=(Batch.State.SENDING, Batch.State.SENT))
    # Whom it was about to take off its list stands in the roster: that is put right first.
    is_removing = run.stage == Run.Stage.REMOVE and run.removal_file
    if run.cancel_requested_at is not None and not under_way.exists() and not is_removing:
        status, reason, details = outcome_of(run)
        raise RunEnded(status, reason, **details)
    check_rights(run)


def _try_again_later(run: Run, error: ConstantContactError) -> None:
    """Growing gaps: 2, 4, 8 … seconds up to five minutes; a full queue at Constant Contact takes a minute to ease."""
    gap = _backoff(run)
    if isinstance(error, ThrottledError) and error.queue_full:
        gap = max(gap, timedelta(minutes=1))
        reason = "queue_full"
    elif isinstance(error, UnavailableError) and error.unauthorized:
        reason = "unauthorized"
    else:
        lost = "outcome_unknown" if run.stage == Run.Stage.SEND else "answer_unknown"
        reason = {ThrottledError: "throttled", UnavailableError: "unavailable"}.get(type(error), lost)
    _wait(run, reason, error.detail, gap, verbatim=str(error))


def _wait(run: Run, reason: str, detail: str, gap: timedelta, verbatim: str = "") -> None:
    run.record(reason, told=verbatim or detail)
    release_run(run, resume_at=timezone.now() + gap, reason=reason, details={"told": detail})


def _backoff(run: Run) -> timedelta:
    return min(timedelta(seconds=2 ** min(run.attempts, 12)), MAX_BACKOFF)


def _end(run: Run, end: RunEnded, error: Exception | None = None) -> None:
    """End the run with its sentence. What was not sent yet never will be; what may have arrived is unknown."""
    if error is not None:
        run.record(end.reason, told=str(error))
    finish_run(run, end.status, reason=end.reason, details=end.details)
