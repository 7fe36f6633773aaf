"""The life of an evaluation: asked for, claimed by one worker, kept alive while it goes on, ended.

Only this module writes Evaluation.status, and what an evaluation found into its segment. A claim runs out two minutes
after its worker was last heard of; then the evaluation is handed to another one, with growing gaps, up to three times
(LIMITS.evaluation). To evaluate twice does no harm: the second answer is as true as the first. While the storage or the
disk is away it waits, also with growing gaps, for hours; `claimed_until` says until when.
"""

import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from engine.cancellation import StoppedError, TookTooLongError, run_stoppable
from engine.outages import MAX_WAITS, StorageUnavailableError, outage_gap
from jobs import attempts
from jobs.claims import Renewal
from jobs.constraints import violates
from jobs.limits import LIMITS, WAITS
from jobs.queue import enqueue, enqueue_at
from logs import bound, event
from profiles.databases.address import read_address
from profiles.databases.errors import DatabaseError
from profiles.errors import SourceUnavailableError
from segments.members.static_keys import delete_superseded_kept, discard_kept
from segments.models import Evaluation, Segment
from segments.signals import evaluation_ended
from web.messages import Message, MessageError

from .compute import Found, evaluate

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=LIMITS.evaluation.lease or 0)
LOST_AFTER = timedelta(seconds=WAITS.lost)
EVALUATE_SECONDS = LIMITS.evaluation.work or 0
MAX_ATTEMPTS = LIMITS.evaluation.attempts
CHANCES = 3  # to begin beside an evaluation that ended just now
TRANSIENT = "transient"  # beside a stored problem: the same evaluation may succeed a little later
HISTORY = timedelta(days=400)


def start_evaluation(
    segment: Segment, *, trigger: str, by: Any = None, afresh: bool = False
) -> tuple[Evaluation, bool]:
    """Have a worker evaluate the segment. Return (evaluation, True), or (the open one, False).

    `afresh`: what is under way began with other rules or other profiles, so it is cancelled. Row and message commit
    together. Raises Segment.DoesNotExist when it was deleted meanwhile.
    """
    return _begin(segment, afresh, trigger=trigger, started_by=by, status=Evaluation.Status.QUEUED)


def evaluate_now(segment: Segment, *, trigger: str, by: Any = None) -> Evaluation:
    """Evaluate the segment in this process and return how that ended; or the open one that somebody else works on.

    Raises Segment.DoesNotExist when it was deleted meanwhile.
    """
    now = timezone.now()
    claim: dict[str, Any] = {"started_at": now, "claimed_until": now + LEASE, "attempts": 1}
    running = Evaluation.Status.RUNNING
    evaluation, is_mine = _begin(segment, False, trigger=trigger, started_by=by, status=running, **claim)
    if is_mine:
        do_evaluation(evaluation)
        try:
            evaluation.refresh_from_db()
        except Evaluation.DoesNotExist:
            raise Segment.DoesNotExist from None
    return evaluation


def evaluate_anew(source_id: int) -> None:
    """Have workers evaluate the segments that follow the profiles of a source, in the transaction that gives it others.

    Each is a task of its own: none waits for another, or shares the time limit of the task that brought the profiles.
    """
    following = followers().filter(source=source_id).order_by("pk")
    # Held, so that none is deleted, deactivated or made static before its evaluation is there to be cancelled.
    for segment in following.select_for_update(of=("self",), no_key=True):
        start_evaluation(segment, trigger=Evaluation.Trigger.PROFILES, afresh=True)


def followers() -> Any:
    """Return the segments that are evaluated by themselves: dynamic and active ones."""
    following = Segment.objects.filter(type=Segment.Type.DYNAMIC, state=Segment.State.ACTIVE)
    return following.select_related("source")


def _is_pointless(evaluation: Evaluation, segment: Segment) -> bool:
    """Whether it was asked for only because of new profiles, which the segment does not follow any more."""
    return evaluation.trigger == Evaluation.Trigger.PROFILES and (segment.is_static or not segment.is_active)


def cancel_evaluation(segment: Segment) -> bool:
    """Stop what is under way. True: something was."""
    return bool(_cancel(segment))


def claim_evaluation(evaluation_id: int) -> Evaluation | None:
    """Return the evaluation if this worker may do it now, else None: it is over, or somebody else is at it."""
    now = timezone.now()
    claimed = Evaluation.objects.filter(_free(now), pk=evaluation_id).update(
        status=Evaluation.Status.RUNNING, claimed_until=now + LEASE, started_at=now, attempts=F("attempts") + 1
    )
    if not claimed:
        return None
    return Evaluation.objects.get(pk=evaluation_id)


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
    if _is_pointless(evaluation, segment):
        _cancelled(_mine(evaluation))
        return
    try:
        read_address(segment.source)
        found = run_stoppable(
            partial(evaluate, segment),
            seconds=EVALUATE_SECONDS,
            is_wanted=_Claim(evaluation).is_held,
            discard=lambda late: discard_kept(late.kept),
        )
    except TookTooLongError:
        _fail(evaluation, Message("evaluation_too_long", {"minutes": LIMITS.evaluation.minutes}))
    except StoppedError:
        # Cancelled, or claimed by somebody else, who will say how it ended.
        event(logger, "evaluation given up", attempt=evaluation.attempts)
    except StorageUnavailableError as error:
        _wait(evaluation, error)
    except MessageError as error:
        _fail(evaluation, error.message, transient=_is_transient(error))
    except (OperationalError, InterfaceError):
        raise  # our own database is away: the claim runs out, and the next worker goes on
    except Exception:
        logger.exception("The evaluation of segment %s failed unexpectedly", segment.pk)
        _fail(evaluation, Message("evaluation_failed"), transient=True)
    else:
        _succeed(evaluation, found)


def due_evaluations(before: datetime) -> Iterable[int]:
    """Return the evaluations that any worker could have begun before that moment."""
    just_asked_for = Q(claimed_until=None, queued_at__gte=before)
    due = Evaluation.objects.exclude(just_asked_for).filter(_free(before))
    return due.order_by("pk").values_list("pk", flat=True).iterator()


def resume_evaluations() -> None:
    """Ask again for evaluations that waited, whose worker died, or whose message was lost. Runs every minute.

    One that has had all its attempts is ended here: whatever kills the workers that begin it is not met.
    """
    now = timezone.now()
    running = Evaluation.objects.filter(status=Evaluation.Status.RUNNING)
    for evaluation in running.filter(attempts.spent(now, MAX_ATTEMPTS)):
        _give_up(evaluation)
    forgotten = Q(status=Evaluation.Status.QUEUED, claimed_until=None, queued_at__lt=now - LOST_AFTER)
    left = Evaluation.objects.filter(attempts.lapsed(now) | forgotten, status__in=Evaluation.OPEN)
    for pk in left.values_list("pk", flat=True):
        _ask_worker(pk)


def _free(now: datetime) -> Q:
    """Evaluations that nobody is at: they were asked for, have waited for long enough, or their worker died."""
    asked_for = Q(status=Evaluation.Status.QUEUED, claimed_until=None)
    return asked_for | attempts.lapsed(now) & Q(status__in=Evaluation.OPEN)


def is_transient(evaluation: Evaluation) -> bool:
    """Whether what a failed evaluation met may be over a little later: its source was away, or it was our own fault."""
    return bool(evaluation.stored_problem.get(TRANSIENT))


def _is_transient(error: MessageError) -> bool:
    too_long = isinstance(error, DatabaseError) and error.message.code == "database_too_long"
    return isinstance(error, SourceUnavailableError) and not too_long


class _Claim(Renewal):
    """A worker's claim, renewed now and then for as long as the evaluation is wanted."""

    def __init__(self, evaluation: Evaluation) -> None:
        mine = _mine(evaluation)
        super().__init__(lambda: bool(mine.update(claimed_until=timezone.now() + LEASE)), lease=LEASE.total_seconds())


def _give_up(evaluation: Evaluation) -> None:
    logger.error("Evaluation %s was given up after %s attempts", evaluation.pk, evaluation.attempts)
    _fail(evaluation, Message("evaluation_interrupted"))


def _begin(segment: Segment, afresh: bool, **columns: Any) -> tuple[Evaluation, bool]:
    for chances in reversed(range(CHANCES)):
        try:
            with transaction.atomic():
                if afresh:
                    _cancel(segment)
                evaluation = Evaluation.objects.create(segment=segment, **columns)
                if evaluation.status == Evaluation.Status.QUEUED:
                    _ask_worker(evaluation.pk)
            return evaluation, True
        except IntegrityError as error:
            Segment.objects.get(pk=segment.pk)  # it may be gone
            if not violates(error, Evaluation, "one_open_evaluation_per_segment"):
                raise
            open_one = Evaluation.objects.filter(segment=segment, status__in=Evaluation.OPEN).first()
            if open_one is not None and not afresh:
                return open_one, False
            if not chances:
                raise
    raise AssertionError("the last chance returns or raises")


def _cancel(segment: Segment) -> int:
    return _cancelled(Evaluation.objects.filter(segment=segment, status__in=Evaluation.OPEN))


def _cancelled(evaluations: Any) -> int:
    ended: int = evaluations.update(status=Evaluation.Status.CANCELLED, finished_at=timezone.now(), claimed_until=None)
    return ended


def _ask_worker(evaluation_id: int) -> None:
    enqueue(LIMITS.evaluation, evaluation_id)


def _mine(evaluation: Evaluation) -> Any:
    running = Evaluation.objects.filter(pk=evaluation.pk, status=Evaluation.Status.RUNNING)
    return running.filter(attempts=evaluation.attempts)


def _hold(segment_id: int) -> None:
    """First the segment, then its evaluation: whoever changes a segment and evaluates it anew takes them so too."""
    Segment.objects.select_for_update(no_key=True).filter(pk=segment_id).first()


def _succeed(evaluation: Evaluation, found: Found) -> None:
    """Write what was found into history and segment, in one commit."""
    now = timezone.now()
    with transaction.atomic():
        _hold(evaluation.segment_id)
        ended = _mine(evaluation).update(
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
        discard_kept(found.kept)


def _wait(evaluation: Evaluation, outage: StorageUnavailableError) -> None:
    """Put the evaluation down until the next try, and say why nothing moves. After many tries it is given up.

    Its worker lives, so this is none of the attempts that are counted.
    """
    logger.warning("Evaluation %s waits for storage or disk: %s", evaluation.pk, outage.detail)
    if evaluation.waits >= MAX_WAITS:
        return _fail(evaluation, Message("evaluation_gave_up"))
    until = timezone.now() + outage_gap(evaluation.waits)
    with transaction.atomic():
        if _mine(evaluation).update(
            status=Evaluation.Status.QUEUED,
            attempts=0,
            waits=F("waits") + 1,
            claimed_until=until,
            stored_problem=outage.waiting.as_json(),
        ):
            enqueue_at(until, LIMITS.evaluation, evaluation.pk)


def _fail(evaluation: Evaluation, problem: Message, *, transient: bool = False) -> None:
    """A dynamic segment has no number then; a static one keeps its members of the last time."""
    now, stored = timezone.now(), problem.as_json() | ({TRANSIENT: True} if transient else {})
    with transaction.atomic():
        _hold(evaluation.segment_id)
        ended = _mine(evaluation).update(
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
