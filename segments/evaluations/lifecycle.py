"""The life of an evaluation: asked for, claimed by one worker, kept alive while it goes on, ended.

Only this module writes Evaluation.status, and what an evaluation found into its segment. A claim runs out two minutes
after its worker was last heard of; then the evaluation is handed to another one, with growing gaps, up to three times
(LIMITS.evaluation). To evaluate twice does no harm: the second answer is as true as the first. While the storage or the
disk is away it waits, also with growing gaps, for hours; `claimed_until` says until when.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from engine.cancellation import StoppedError, TookTooLongError, run_cancellable
from engine.files import discard
from engine.outages import MAX_WAITS, StorageUnavailableError, outage_gap
from jobs.claims import Claims, Renewal
from jobs.constraints import violates
from jobs.limits import LIMITS
from jobs.queue import enqueue
from logs import bound, event
from profiles.errors import SourceUnavailableError
from segments.members.static_keys import delete_superseded_kept
from segments.models import Evaluation, Segment
from segments.signals import evaluation_ended
from web.messages import Message, MessageError

from .compute import Found, evaluate

logger = logging.getLogger(__name__)

CLAIMS = Claims(LIMITS.evaluation, asked_at="queued_at")
EVALUATE_SECONDS = LIMITS.evaluation.work or 0
MAX_ATTEMPTS = LIMITS.evaluation.attempts
CHANCES = 3  # to begin beside an evaluation that ended just now
TRANSIENT = "transient"  # beside a stored problem: the same evaluation may succeed a little later
HISTORY = timedelta(days=400)


def start_evaluation(
    segment: Segment, *, trigger: str, by: Any = None, restart: bool = False
) -> tuple[Evaluation, bool]:
    """Have a worker evaluate the segment. Return (evaluation, True), or (the open one, False).

    `restart`: what is under way began with other rules or other profiles, so it is cancelled. Row and message commit
    together. Raises Segment.DoesNotExist when it was deleted meanwhile.
    """
    return _open(segment, restart, trigger=trigger, started_by=by, status=Evaluation.Status.QUEUED)


def evaluate_now(segment: Segment, *, trigger: str, by: Any = None) -> Evaluation:
    """Evaluate the segment in this process and return how that ended; or the open one that somebody else works on.

    Raises Segment.DoesNotExist when it was deleted meanwhile.
    """
    now = timezone.now()
    claim: dict[str, Any] = {"started_at": now, "claimed_until": now + CLAIMS.lease, "attempts": 1}
    running = Evaluation.Status.RUNNING
    evaluation, is_mine = _open(segment, False, trigger=trigger, started_by=by, status=running, **claim)
    if is_mine:
        do_evaluation(evaluation)
        try:
            evaluation.refresh_from_db()
        except Evaluation.DoesNotExist:
            raise Segment.DoesNotExist from None
    return evaluation


def reevaluate_source(source_id: int) -> None:
    """Have workers evaluate the segments that follow the profiles of a source, in the transaction that gives it others.

    Each is a task of its own: none waits for another, or shares the time limit of the task that brought the profiles.
    """
    following = auto_evaluated().filter(source=source_id).order_by("pk")
    # Held, so that none is deleted, deactivated or made static before its evaluation is there to be cancelled.
    for segment in following.select_for_update(of=("self",), no_key=True):
        start_evaluation(segment, trigger=Evaluation.Trigger.PROFILES, restart=True)


def auto_evaluated() -> Any:
    """Return the segments that are evaluated by themselves: dynamic and active ones."""
    following = Segment.objects.filter(type=Segment.Type.DYNAMIC, state=Segment.State.ACTIVE)
    return following.select_related("source")


def cancel_evaluation(segment: Segment) -> bool:
    """Stop what is under way. True: something was."""
    return _cancel(_open_ones().filter(segment=segment))


def claim_evaluation(evaluation_id: int) -> Evaluation | None:
    """Return the evaluation if this worker may do it now, else None: it is over, or somebody else is at it."""
    rows = _open_ones().filter(pk=evaluation_id)
    claimed = CLAIMS.take(rows, status=Evaluation.Status.RUNNING, started_at=timezone.now())
    return Evaluation.objects.get(pk=evaluation_id) if claimed else None


def do_evaluation(evaluation: Evaluation) -> None:
    """Do a claimed evaluation to its end: succeeded, or failed with a sentence. Or put it down until storage and disk
    are back."""
    with bound(evaluation_id=evaluation.pk, segment_id=evaluation.segment_id):
        event(logger, "evaluation claimed", attempt=evaluation.attempts, trigger=evaluation.trigger)
        _do(evaluation)


def _do(evaluation: Evaluation) -> None:
    if evaluation.attempts > MAX_ATTEMPTS:
        return _give_up(evaluation)
    segment = Segment.objects.select_related("source").filter(pk=evaluation.segment_id).first()
    if segment is None:  # deleted with all its evaluations
        return
    if evaluation.trigger == Evaluation.Trigger.PROFILES and (segment.is_static or not segment.is_active):
        _cancel(_claimed(evaluation))  # nobody but the new profiles asked for it, and it does not follow them any more
        return
    claimed = _claimed(evaluation)
    claim = Renewal(
        lambda: bool(claimed.update(claimed_until=timezone.now() + CLAIMS.lease)), lease=CLAIMS.lease.total_seconds()
    )
    try:
        if segment.source.is_in_database:
            segment.source.address()  # read now, for a query on a thread that must not
        found = run_cancellable(
            partial(evaluate, segment),
            seconds=EVALUATE_SECONDS,
            is_wanted=claim.is_held,
            discard=lambda late: discard(late.kept),
        )
    except TookTooLongError:
        _fail(evaluation, Message("evaluation_too_long", {"minutes": LIMITS.evaluation.minutes}))
    except StoppedError:
        # Cancelled, or claimed by somebody else, who will say how it ended.
        event(logger, "evaluation given up", attempt=evaluation.attempts)
    except StorageUnavailableError as error:
        _wait(evaluation, error)
    except MessageError as error:
        is_too_slow = error.message.code == "database_too_long"
        _fail(evaluation, error.message, transient=isinstance(error, SourceUnavailableError) and not is_too_slow)
    except (OperationalError, InterfaceError):
        raise  # our own database is away: the claim runs out, and the next worker goes on
    except Exception:
        logger.exception("The evaluation of segment %s failed unexpectedly", segment.pk)
        _fail(evaluation, Message("evaluation_failed"), transient=True)
    else:
        _succeed(evaluation, found)


def due_evaluations(before: datetime) -> QuerySet[Any, int]:
    """Return the evaluations that any worker could have begun before that moment."""
    return CLAIMS.due(_open_ones(), before)


def resume_evaluations() -> None:
    """Ask again for evaluations that nobody works on, whatever became of their message. Runs every minute."""
    CLAIMS.resume(_open_ones(), _give_up)


def is_transient(evaluation: Evaluation) -> bool:
    """Whether what a failed evaluation met may be over a little later: its source was away, or it was our own fault."""
    return bool(evaluation.stored_problem.get(TRANSIENT))


def _give_up(evaluation: Evaluation) -> None:
    logger.error("Evaluation %s was given up after %s attempts", evaluation.pk, evaluation.attempts)
    _fail(evaluation, Message("evaluation_interrupted"))


def _open(segment: Segment, restart: bool, **columns: Any) -> tuple[Evaluation, bool]:
    for chances in reversed(range(CHANCES)):
        try:
            with transaction.atomic():
                if restart:
                    cancel_evaluation(segment)
                evaluation = Evaluation.objects.create(segment=segment, **columns)
                if evaluation.status == Evaluation.Status.QUEUED:
                    enqueue(LIMITS.evaluation, evaluation.pk)
            return evaluation, True
        except IntegrityError as error:
            Segment.objects.get(pk=segment.pk)  # it may be gone
            if not violates(error, Evaluation, "one_open_evaluation_per_segment"):
                raise
            open_one = _open_ones().filter(segment=segment).first()
            if open_one is not None and not restart:
                return open_one, False
            if not chances:
                raise
    raise AssertionError("the last chance returns or raises")


def _cancel(evaluations: QuerySet[Evaluation]) -> bool:
    now = timezone.now()
    return bool(evaluations.update(status=Evaluation.Status.CANCELLED, finished_at=now, claimed_until=None))


def _open_ones() -> QuerySet[Evaluation]:
    return Evaluation.objects.filter(status__in=Evaluation.OPEN)


def _claimed(evaluation: Evaluation) -> QuerySet[Evaluation]:
    """The evaluation, unless it was cancelled or somebody else has claimed it since."""
    running = Evaluation.objects.filter(pk=evaluation.pk, status=Evaluation.Status.RUNNING)
    return running.filter(attempts=evaluation.attempts)


def _lock_segment(segment_id: int) -> None:
    """First the segment, then its evaluation: whoever changes a segment and evaluates it anew takes them so too."""
    Segment.objects.select_for_update(no_key=True).filter(pk=segment_id).first()


def _succeed(evaluation: Evaluation, found: Found) -> None:
    """Write what was found into history and segment, in one commit."""
    now = timezone.now()
    with transaction.atomic():
        _lock_segment(evaluation.segment_id)
        ended = _claimed(evaluation).update(
            status=Evaluation.Status.SUCCEEDED,
            finished_at=now,
            claimed_until=None,
            member_count=found.count,
            stored_problem={},
        )
        if ended:
            Segment.objects.filter(pk=evaluation.segment_id).update(
                member_count=found.count,
                counted_at=now,
                stored_problem={},
                kept_members=found.kept,
                kept_key=found.key,
            )
            Evaluation.objects.filter(segment=evaluation.segment_id, finished_at__lt=now - HISTORY).delete()
    if ended:
        _log_end(evaluation, Evaluation.Status.SUCCEEDED, members=found.count)
        evaluation_ended.send_robust(Evaluation, evaluation_id=evaluation.pk)
        with suppress(StorageUnavailableError):  # the daily sweep does it again
            delete_superseded_kept(evaluation.segment_id, found.kept)
    else:
        discard(found.kept)


def _wait(evaluation: Evaluation, outage: StorageUnavailableError) -> None:
    """Put the evaluation down until the next try, and say why nothing moves. After many tries it is given up."""
    logger.warning("Evaluation %s waits for storage or disk: %s", evaluation.pk, outage.detail)
    if evaluation.waits >= MAX_WAITS:
        return _fail(evaluation, Message("evaluation_gave_up"))
    CLAIMS.put_off(
        _claimed(evaluation),
        evaluation.pk,
        timezone.now() + outage_gap(evaluation.waits),
        status=Evaluation.Status.QUEUED,
        waits=F("waits") + 1,
        stored_problem=outage.waiting.as_json(),
    )


def _fail(evaluation: Evaluation, problem: Message, *, transient: bool = False) -> None:
    """A dynamic segment has no number then; a static one keeps its members of the last time."""
    now, stored = timezone.now(), problem.as_json() | ({TRANSIENT: True} if transient else {})
    with transaction.atomic():
        _lock_segment(evaluation.segment_id)
        ended = _claimed(evaluation).update(
            status=Evaluation.Status.FAILED, finished_at=now, claimed_until=None, stored_problem=stored
        )
        if ended:
            segment = Segment.objects.filter(pk=evaluation.segment_id)
            segment.filter(kept_members="").update(member_count=None, counted_at=now)
            segment.update(stored_problem=stored)
    if ended:
        # The sentence without what is put into it: names of the customer's columns and tables are not for a log.
        _log_end(evaluation, Evaluation.Status.FAILED, reason=problem.code)
        evaluation_ended.send_robust(Evaluation, evaluation_id=evaluation.pk)


def _log_end(evaluation: Evaluation, status: str, **fields: Any) -> None:
    took = (timezone.now() - (evaluation.started_at or evaluation.queued_at)).total_seconds()
    event(logger, "evaluation ended", status=str(status), seconds=round(took, 3), **fields)
