"""The life of an erasure: asked for, claimed by one worker, gone on with by the next one, ended.

Only this module writes Erasure.state. A worker does step after step and puts the erasure down when it has to wait: for
a run that is sending the person, for storage, for Constant Contact. Whatever is lost goes on with the first step that
is not over; a worker that dies again and again ends it as "not completely erased", and it may be asked for once more.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

import audit_trail
from engine.cancellation import StoppedError
from engine.outages import MAX_WAITS, StorageUnavailableError, disk_outages, outage_gap
from exports.models import Erasure, ErasureStep
from jobs.constraints import violates
from jobs.limits import LIMITS
from jobs.queue import enqueue
from logs import bound, event
from profiles.attributes import masked
from profiles.erasing import normalised_address
from web.messages import Message

from .finding import accounts
from .remembering import key_of, remember_erased
from .steps import STEPS, steps_of
from .work import CLAIMS, ErasureWaits, LostErasureError, StepFailed, Work

logger = logging.getLogger(__name__)


class AnotherPersonError(Exception):
    """The address that was typed is not the one that the erasure is of."""


def start_erasure(text: str, *, by: Any) -> tuple[Erasure, bool]:
    """Return (erasure, True), or (the open one of the same person, False). Row and message commit together.

    From this moment no plan sends the person.
    """
    address = normalised_address(text)
    key = key_of(address)
    try:
        with transaction.atomic():
            erasure = Erasure.objects.create(masked=masked(address)[:100], key=key, address=address, asked_by=by)
            ErasureStep.objects.bulk_create(steps_of(erasure))
            remember_erased(address, by=by)
            audit_trail.record(erasure, "erasure_asked", by=by)
            enqueue(LIMITS.erasure, erasure.pk)
            return erasure, True
    except IntegrityError as error:
        under_way = Erasure.objects.filter(key=key, state__in=Erasure.OPEN).first()
        if under_way is None or not violates(error, Erasure, "one_open_erasure_per_person"):
            raise
        return under_way, False


def delete_at_account(erasure: Erasure, connection_id: int, text: str, *, by: Any) -> bool:
    """Have the contact deleted in the account of a connection as well; False: that was asked for already.

    `text` is the address, typed once more: an erasure that is over does not know it any longer. Raises
    AnotherPersonError.
    """
    address = normalised_address(text)
    if key_of(address) != erasure.key:
        raise AnotherPersonError
    connection = next((each for each in accounts() if each.pk == connection_id), None)
    if connection is None:
        return False
    with transaction.atomic():
        locked = Erasure.objects.select_for_update().get(pk=erasure.pk)
        step = locked.steps.filter(kind=ErasureStep.Kind.ACCOUNT, connection=connection).first()
        if step is None:
            name = connection.organization_name or connection.display_name
            step = ErasureStep(erasure=locked, kind=ErasureStep.Kind.ACCOUNT, connection=connection, name=name)
        elif step.state != ErasureStep.State.FAILED:
            return False
        step.state, step.asked_by, step.stored_note, step.finished_at = ErasureStep.State.PENDING, by, {}, None
        step.save()
        audit_trail.record(locked, "erasure_at_account", by=by, connection=connection.display_name)
        _reopen(locked, address)
    return True


def ask_again(erasure: Erasure, text: str, *, by: Any) -> bool:
    """Have what failed tried again. Raises AnotherPersonError."""
    address = normalised_address(text)
    if key_of(address) != erasure.key:
        raise AnotherPersonError
    with transaction.atomic():
        locked = Erasure.objects.select_for_update().get(pk=erasure.pk)
        if locked.state != Erasure.State.FAILED:
            return False
        locked.steps.filter(state=ErasureStep.State.FAILED).update(
            state=ErasureStep.State.PENDING, stored_note={}, finished_at=None, asked_by=by
        )
        audit_trail.record(locked, "erasure_asked", by=by)
        _reopen(locked, address)
    return True


def _reopen(erasure: Erasure, address: str) -> None:
    columns: dict[str, Any] = {"address": address}
    if not erasure.is_open:
        columns |= {"state": Erasure.State.QUEUED, "asked_at": erasure.asked_at, "finished_at": None, "attempts": 0}
        columns |= {"waits": 0, "stored_problem": {}, "claimed_until": None}
    Erasure.objects.filter(pk=erasure.pk).update(**columns)
    enqueue(LIMITS.erasure, erasure.pk)


def advance_erasure(erasure_id: int) -> None:
    """Do what can be done now, unless somebody else is at it or it is over."""
    if not CLAIMS.take(_open_ones().filter(pk=erasure_id), state=Erasure.State.RUNNING):
        return
    erasure = Erasure.objects.select_related("asked_by").get(pk=erasure_id)
    with bound(erasure_id=erasure_id):
        event(logger, "erasure claimed", attempt=erasure.attempts)
        if erasure.attempts > LIMITS.erasure.attempts:
            return give_up(erasure)
        work = Work(erasure)
        try:
            with disk_outages():
                _go_through_steps(work)
        except ErasureWaits as wait:
            _put_down(work, wait.until, wait.message, waits=0)
        except StorageUnavailableError as error:
            _wait_for_storage(work, error)
        except (LostErasureError, StoppedError):
            event(logger, "erasure given up", attempt=erasure.attempts)  # somebody else claimed it
        except (OperationalError, InterfaceError):
            raise  # our own database is away: the claim runs out, and the next worker goes on
        except Exception:
            logger.exception("Erasure %s met an unexpected error", erasure.pk)
            _end(erasure, Erasure.State.FAILED, Message("erasure.unexpected"))


def due_erasures(before: datetime) -> QuerySet[Any, int]:
    """Return the erasures that any worker could have gone on with before that moment."""
    return CLAIMS.due(_open_ones(), before)


def resume_erasures() -> None:
    """Ask again for erasures that nobody works on, whatever became of their message. Runs every minute."""
    CLAIMS.resume(_open_ones(), give_up)


def give_up(erasure: Erasure) -> None:
    """End an erasure whose workers died again and again."""
    logger.error("Erasure %s was given up after %s attempts", erasure.pk, erasure.attempts)
    _end(erasure, Erasure.State.FAILED, Message("erasure.gave_up"))


def _open_ones() -> QuerySet[Erasure]:
    return Erasure.objects.filter(state__in=Erasure.OPEN)


def _go_through_steps(work: Work) -> None:
    """Do the steps that are not over, one after the other; what is asked for meanwhile comes last."""
    while True:
        step = (
            work.erasure.steps.select_related("source", "connection", "asked_by")
            .filter(state=ErasureStep.State.PENDING)
            .first()
        )
        if step is None:
            break
        event(logger, "erasure step", kind=step.kind)
        try:
            STEPS[step.kind](work, step)
        except StepFailed as failure:
            work.end(step, ErasureStep.State.FAILED, failure.message)
        if work.time_is_up:
            raise ErasureWaits(timezone.now(), "goes_on")
    failed = work.erasure.steps.filter(state=ErasureStep.State.FAILED).exists()
    _end(work.erasure, Erasure.State.FAILED if failed else Erasure.State.DONE, Message())


def _end(erasure: Erasure, state: str, problem: Message) -> None:
    """Write how it ended, and forget the address. Not while a step is asked for in this very moment."""
    with transaction.atomic():
        mine = Erasure.objects.select_for_update().filter(
            pk=erasure.pk, state__in=Erasure.OPEN, attempts=erasure.attempts
        )
        if mine.first() is None:
            return
        pending = ErasureStep.objects.filter(erasure=erasure, state=ErasureStep.State.PENDING)
        if state == Erasure.State.DONE and pending.exists():
            return _ask_at_once(mine)
        pending.update(state=ErasureStep.State.FAILED, finished_at=timezone.now(), progress={})
        mine.update(
            state=state,
            address="",
            profiles="{}",
            claimed_until=None,
            finished_at=timezone.now(),
            stored_problem=problem.as_json(),
        )
        audit_trail.record(erasure, "erasure_done" if state == Erasure.State.DONE else "erasure_failed", by=None)
    event(logger, "erasure ended", status=str(state))


def _ask_at_once(mine: QuerySet[Erasure]) -> None:
    for pk in mine.values_list("pk", flat=True):
        mine.update(claimed_until=timezone.now(), attempts=0)
        enqueue(LIMITS.erasure, pk)


def _put_down(work: Work, until: datetime, problem: Message, **columns: Any) -> None:
    CLAIMS.put_off(
        work.held,
        work.erasure.pk,
        until,
        state=Erasure.State.QUEUED,
        stored_problem=problem.as_json(),
        **columns,
    )


def _wait_for_storage(work: Work, outage: StorageUnavailableError) -> None:
    """Put the erasure down until the next try, and say why nothing moves. After many tries it is given up."""
    erasure = work.erasure
    logger.warning("Erasure %s waits for storage or disk: %s", erasure.pk, outage.detail)
    if erasure.waits >= MAX_WAITS:
        return _end(erasure, Erasure.State.FAILED, Message("erasure.gave_up_waiting"))
    _put_down(work, timezone.now() + outage_gap(erasure.waits), outage.waiting, waits=erasure.waits + 1)
