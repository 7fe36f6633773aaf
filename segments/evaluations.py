"""The life of an evaluation: asked for, claimed by one worker, kept alive while it goes on, ended.

Only this module writes Evaluation.status, and what an evaluation found into its segment. A claim runs out two minutes
after its worker was last heard of; then the tick of the next minute hands the evaluation to another one, up to three
times. To evaluate twice does no harm: the second answer is as true as the first. While the storage or the disk is away
it waits with growing gaps, for hours; `claimed_until` says until when.
"""

import logging
import time
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from django_q.tasks import async_task

from engine.outages import MAX_WAITS, StorageUnavailableError, gap_after

from .databases.address import read_address
from .errors import SegmentError, Sentence
from .evaluating import Found, evaluate
from .kept_members import delete_superseded_kept, discard_kept
from .models import Evaluation, Segment
from .stopping import StoppedError, TookTooLongError, run_stoppable

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
RENEW = 1  # seconds: how soon a cancelled evaluation is noticed
EVALUATE_SECONDS = 15 * 60
MAX_ATTEMPTS = 3
HISTORY = timedelta(days=400)

INTERRUPTED = _("The evaluation was interrupted several times. Refresh the segment to try again.")
TOO_LONG = _(
    "The members were not known within %(minutes)s minutes, so the evaluation was stopped. Refresh the segment at a "
    "quieter time, or divide its conditions among several segments."
)
GAVE_UP = _(
    "For hours the file storage could not be reached, or the disk was full, so the evaluation was given up. "
    "Refresh the segment once that is cured."
)
UNEXPECTED = _("The evaluation failed unexpectedly. Try again; if it fails again, show this to your administrator.")


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
    free = Q(status=Evaluation.Status.QUEUED, claimed_until=None) | Q(claimed_until__lt=now)
    claimed = Evaluation.objects.filter(free, pk=evaluation_id, status__in=Evaluation.OPEN).update(
        status=Evaluation.Status.RUNNING, claimed_until=now + LEASE, started_at=now, attempts=F("attempts") + 1
    )
    if not claimed:
        return None
    return Evaluation.objects.get(pk=evaluation_id)


def do_evaluation(evaluation: Evaluation) -> None:
    """Do a claimed evaluation to its end: succeeded, or failed with a sentence. Or put it down until storage and disk
    are back."""
    if evaluation.attempts - evaluation.waits > MAX_ATTEMPTS:
        return _fail(evaluation, Sentence(INTERRUPTED))
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
        _fail(evaluation, Sentence(TOO_LONG, {"minutes": EVALUATE_SECONDS // 60}))
    except StoppedError:
        pass  # cancelled, or claimed by somebody else, who will say how it ended
    except StorageUnavailableError as error:
        _wait(evaluation, error)
    except SegmentError as error:
        _fail(evaluation, error.sentence)
    except (OperationalError, InterfaceError):
        raise  # our own database is away: the claim runs out, and the tick hands the evaluation on
    except Exception:
        logger.exception("The evaluation of segment %s failed unexpectedly", segment.pk)
        _fail(evaluation, Sentence(UNEXPECTED))
    else:
        _succeed(evaluation, found)


def resume_evaluations() -> None:
    """Ring again for evaluations that waited, whose worker died, or whose message was lost. Runs every minute."""
    now = timezone.now()
    forgotten = Q(claimed_until=None, queued_at__lt=now - LEASE)
    left = Evaluation.objects.filter(Q(claimed_until__lt=now) | forgotten, status__in=Evaluation.OPEN)
    for pk in left.values_list("pk", flat=True):
        _ring(pk)


class _Claim:
    """A worker's claim, renewed now and then for as long as the evaluation is wanted."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.mine = _mine(evaluation)
        self.look_at = time.monotonic() + RENEW

    def is_held(self) -> bool:
        if time.monotonic() < self.look_at:
            return True
        self.look_at = time.monotonic() + RENEW
        return bool(self.mine.update(claimed_until=timezone.now() + LEASE))


def _begin(segment: Segment, afresh: bool, **columns: Any) -> tuple[Evaluation, bool]:
    while True:
        try:
            with transaction.atomic():
                if afresh:
                    _cancel(segment)
                evaluation = Evaluation.objects.create(segment=segment, **columns)
                if evaluation.status == Evaluation.Status.QUEUED:
                    _ring(evaluation.pk)
            return evaluation, True
        except IntegrityError:  # one_open_evaluation_per_segment, or the segment is gone
            Segment.objects.get(pk=segment.pk)
            open_one = Evaluation.objects.filter(segment=segment, status__in=Evaluation.OPEN).first()
            if open_one is not None and not afresh:
                return open_one, False


def _cancel(segment: Segment) -> int:
    return _cancelled(Evaluation.objects.filter(segment=segment, status__in=Evaluation.OPEN))


def _cancelled(evaluations: Any) -> int:
    ended: int = evaluations.update(status=Evaluation.Status.CANCELLED, finished_at=timezone.now(), claimed_until=None)
    return ended


def _ring(evaluation_id: int) -> None:
    async_task("segments.tasks.evaluate_segment", evaluation_id, timeout=EVALUATE_SECONDS + 60, save=False)


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
        with suppress(StorageUnavailableError):  # the daily sweep does it again
            delete_superseded_kept(evaluation.segment_id, found.kept)
    else:
        discard_kept(found.kept)


def _wait(evaluation: Evaluation, outage: StorageUnavailableError) -> None:
    """Put the evaluation down until the next try, and say why nothing moves. After many tries it is given up."""
    logger.warning("Evaluation %s waits for storage or disk: %s", evaluation.pk, outage.detail)
    if evaluation.waits >= MAX_WAITS:
        return _fail(evaluation, Sentence(GAVE_UP))
    _mine(evaluation).update(
        status=Evaluation.Status.QUEUED,
        waits=F("waits") + 1,
        claimed_until=timezone.now() + gap_after(evaluation.waits),
        stored_problem=Sentence(outage.waiting).as_json(),
    )


def _fail(evaluation: Evaluation, problem: Sentence) -> None:
    """A dynamic segment has no number then; a static one keeps its members of the last time."""
    now, stored = timezone.now(), problem.as_json()
    with transaction.atomic():
        _hold(evaluation.segment_id)
        ended = _mine(evaluation).update(
            status=Evaluation.Status.FAILED, finished_at=now, claimed_until=None, stored_problem=stored
        )
        if ended:
            segment = Segment.objects.filter(pk=evaluation.segment_id)
            segment.filter(kept_members="").update(member_count=None, counted_at=now)
            segment.update(stored_problem=stored)
