"""One run, end to end: plan → send → confirm → settle. Run now, a schedule, a retry and recovery all call `advance`.

A stage looks at the rows and does what is missing; it knows nothing of the other stages. This is the only place
where an error becomes a status, each with a sentence for the user:

- quota used up: wait until 00:00 UTC, go on by itself;
- throttled, unavailable, or an answer lost: wait with growing gaps, many times, before anything is called failed;
- authorization revoked, refused, no right any more: failed, with what to do;
- our own database away: left as it is; whoever gets the message of the claim goes on;
- a source of profiles that can't be read, or too many profiles: skipped, and nothing is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from connections.budget import quota_used_up
from connections.export_users import export_user_problem
from connections.tokens import needs_reconnecting
from constant_contact import (
    AuthorizationRevokedError,
    ConstantContactError,
    OutcomeUnknownError,
    QuotaExceededError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)
from exports.baseline import publish
from exports.models import Batch, Run
from exports.plan.build import TooManyProfilesError
from exports.runs import finish_run, list_of, put_down_as_preview, record, release_run, take_list
from segments.errors import SegmentError, SegmentUnusableError, SourceUnavailableError

from .confirm import confirm_batches
from .lease import LeaseLostError, kept_lease
from .outcome import Ended, Wait
from .planning import plan_run
from .send import send_batches
from .settle import settle_run
from .work import Work

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 60  # about five hours of growing gaps
LONGEST_GAP = timedelta(minutes=5)
BETWEEN_LOOKS_AT_A_LIST = timedelta(seconds=20)

STAGES: dict[str, Callable[[Work], Wait | None]] = {
    Run.Stage.PLAN: plan_run,
    Run.Stage.SEND: send_batches,
    Run.Stage.CONFIRM: confirm_batches,
    Run.Stage.SETTLE: settle_run,
}


def advance(run: Run) -> None:
    """Do what is missing in a claimed run, then end it or put it down until it can go on."""
    try:
        with kept_lease(run) as lease:
            _check_rights(run)
            wait = _wait_for_list(run) or _go_through_stages(Work(run, lease))
    except LeaseLostError:
        logger.info("run %s was taken over by another worker", run.pk)
    except Ended as end:
        _end(run, end)
    except QuotaExceededError as error:
        quota_used_up(settings.CONSTANT_CONTACT_CLIENT_ID, error.resets_at)
        release_run(run, resume_at=error.resets_at, reason="quota_exceeded", details=_at(error.resets_at), moved=True)
    except (ThrottledError, UnavailableError, OutcomeUnknownError) as error:
        _try_again_later(run, error)
    except AuthorizationRevokedError:
        if run.export.connection is not None:
            needs_reconnecting(run.export.connection)
        _end(run, Ended(Run.Status.FAILED, "reconnect", connection=run.configuration["connection_name"]))
    except RejectedError as error:
        _end(run, Ended(Run.Status.FAILED, "forbidden" if error.forbidden else "rejected", told=error.detail), error)
    except TooManyProfilesError as error:
        _end(run, Ended(Run.Status.SKIPPED, "too_many_profiles", found=error.found, most=error.most))
    except SegmentError as error:
        _end(run, _segment_trouble(error))
    except (OperationalError, InterfaceError):
        # The database is away, or too busy. The lease lapses and the message of its claim brings the run on again.
        logger.warning("run %s was left where it stands: the database does not answer", run.pk)
        raise
    except Exception:
        # A bug stays loud: the log has the traceback, the person a sentence.
        logger.exception("run %s ended by an unexpected error", run.pk)
        _end(run, Ended(Run.Status.FAILED, "unexpected"))
        raise
    else:
        if wait is not None:
            release_run(run, resume_at=wait.until, reason=wait.reason, details=wait.details, moved=wait.moved)


def _wait_for_list(run: Run) -> Wait | None:
    """Two exports to one list take turns, so that a person in both ends with the values of one of them."""
    if run.preview or run.list_taken or take_list(run):
        return None
    other = Run.objects.open().filter(list_taken=list_of(run)).select_related("export").first()
    details = {"export": other.export.name if other else "–", "list": run.configuration["list_name"]}
    return Wait(timezone.now() + BETWEEN_LOOKS_AT_A_LIST, "list_in_use", details, moved=True)


def _go_through_stages(work: Work) -> Wait | None:
    """Run one stage after the other from where the run stands; stop at the first that has to wait."""
    order = list(STAGES)
    while True:
        stage = work.run.stage
        wait = STAGES[stage](work)
        if wait is not None:
            return wait
        if stage == Run.Stage.PLAN and work.run.preview:
            put_down_as_preview(work.run)
            return None
        if stage == Run.Stage.SETTLE:
            return None
        work.enter(order[order.index(stage) + 1])


def _check_rights(run: Run) -> None:
    """Before every piece of unattended work: the connection is still there, and its export user still allowed."""
    under_way = run.batches.filter(state__in=(Batch.State.SENDING, Batch.State.SENT))
    if run.cancel_requested_at is not None and not under_way.exists():
        raise Ended(Run.Status.CANCELLED, "cancelled", sent=sum(batch.accepted for batch in run.batches.all()))
    connection = run.export.connection
    if connection is None or connection.pk != run.configuration["connection_id"]:
        raise Ended(Run.Status.FAILED, "detached_while_open")
    problem = export_user_problem(connection)
    if problem is not None:
        raise Ended(Run.Status.FAILED, problem, connection=connection.display_name)
    if connection.account_id != run.configuration["account_id"]:
        raise Ended(Run.Status.FAILED, "list_of_another_account", list=run.configuration["list_name"])
    if run.attempts > MOST_ATTEMPTS:
        raise Ended(Run.Status.FAILED, "gave_up", told=str(run.reason_details.get("told", "")))


def _try_again_later(run: Run, error: ConstantContactError) -> None:
    """Growing gaps: 2, 4, 8 … seconds up to five minutes; a full queue at Constant Contact takes a minute to ease."""
    gap = min(timedelta(seconds=2 ** min(run.attempts, 12)), LONGEST_GAP)
    if isinstance(error, ThrottledError) and error.queue_full:
        gap = max(gap, timedelta(minutes=1))
        reason = "queue_full"
    elif isinstance(error, UnavailableError) and error.unauthorized:
        reason = "unauthorized"
    else:
        reason = {ThrottledError: "throttled", UnavailableError: "unavailable"}.get(type(error), "outcome_unknown")
    record(run, reason, told=str(error))
    release_run(run, resume_at=timezone.now() + gap, reason=reason, details={"told": error.detail})


def _end(run: Run, end: Ended, error: Exception | None = None) -> None:
    """End the run with its sentence. What was not sent yet never will be; what was imported counts as a baseline."""
    if error is not None:
        record(run, end.reason, told=str(error))
    Batch.objects.filter(run=run, state=Batch.State.PENDING).update(state=Batch.State.CANCELLED)
    if finish_run(run, end.status, reason=end.reason, details=end.details) and run.batches.filter(
        state=Batch.State.COMPLETED
    ):
        publish(run)


def _segment_trouble(error: SegmentError) -> Ended:
    is_only_skipped = isinstance(error, SourceUnavailableError | SegmentUnusableError)
    status = Run.Status.SKIPPED if is_only_skipped else Run.Status.FAILED
    return Ended(status, "segment", **error.sentence.as_json())


def _at(moment: datetime) -> dict[str, str]:
    return {"at": moment.isoformat()}
