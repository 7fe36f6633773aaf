"""SEND: each batch once. The intention is written before the call, the answer after.

A batch found in `sending` got no answer: its activity is looked for first, and only sent again when there is
none (an import is an upsert by e-mail, so a second one costs a call and changes nothing).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from constant_contact import (
    Activity,
    ConstantContactError,
    OutcomeUnknownError,
    RejectedError,
)
from exports.configuration import of
from exports.models import Batch, Run
from exports.runs import record

from .adopt import StillUnclearError, file_name, find_activity
from .bodies import Bodies, open_bodies
from .lease import LeaseLostError
from .outcome import Ended, Wait
from .work import Work


def send_batches(work: Work) -> Wait | None:
    """Send what has no activity yet, in order; stop when the work budget is used up and go on next time."""
    run = work.run
    if Run.objects.filter(pk=run.pk, cancel_requested_at__isnull=False).exists():
        run.batches.filter(state=Batch.State.PENDING).update(state=Batch.State.CANCELLED)
    first = next(_unsent(work), None)
    if first is None:
        return None
    with open_bodies(run) as bodies:
        bodies.expect(first.number)
        _check_list(work)
        wait = _send_one_after_the_other(work, bodies)
    if wait is None:
        Run.objects.filter(pk=run.pk, sent_at=None).update(sent_at=timezone.now())
    return wait


def _send_one_after_the_other(work: Work, bodies: Bodies) -> Wait | None:
    for batch in _unsent(work):
        if work.time_is_up:
            return Wait(timezone.now())
        if batch.state == Batch.State.SENDING and (wait := _adopt(work, batch)):
            return wait
        if batch.state == Batch.State.PENDING:
            _send(work, batch, bodies)
    return None


def _unsent(work: Work) -> Iterator[Batch]:
    """The next batch without an activity, read anew each time: somebody may have cancelled meanwhile."""
    last = 0
    while batch := (
        work.run.batches.filter(number__gt=last, state__in=(Batch.State.SENDING, Batch.State.PENDING))
        .order_by("number")
        .first()
    ):
        last = batch.number
        yield batch


def _check_list(work: Work) -> None:
    """One call before the first: a list deleted since the export was saved takes nothing."""
    run = work.run
    if run.batches.exclude(activity_id="").exists():
        return
    configuration = of(run)
    try:
        contact_list = work.client.contact_list(configuration["list_id"])
    except RejectedError as error:
        if error.not_found:
            raise Ended(Run.Status.FAILED, "list_gone", list=configuration["list_name"]) from error
        raise
    if contact_list.deleted_at is not None:
        raise Ended(Run.Status.FAILED, "list_gone", list=configuration["list_name"])


def _send(work: Work, batch: Batch, bodies: Bodies) -> None:
    body = bodies.of(batch)
    with _intention(work, batch):
        try:
            activity = _import(work, batch, body)
        except RejectedError as error:
            if error.forbidden:
                raise
            _refused(work, batch, error)
            return
    note_activity(work.run, batch, activity)


@contextmanager
def _intention(work: Work, batch: Batch) -> Iterator[None]:
    """Write that the batch is being sent, before it is. Only the holder of the run, only a batch still pending."""
    work.lease.check()
    taken = Batch.objects.filter(pk=batch.pk, state=Batch.State.PENDING, run__lease=work.run.lease).update(
        state=Batch.State.SENDING, sending_at=timezone.now(), posts=F("posts") + 1
    )
    if not taken:
        raise LeaseLostError
    try:
        yield
    except Exception as error:
        if _was_not_carried_out(error):
            Batch.objects.filter(pk=batch.pk, state=Batch.State.SENDING).update(
                state=Batch.State.PENDING, posts=F("posts") - 1
            )
        raise


def _was_not_carried_out(error: Exception) -> bool:
    """Everything but a lost answer tells that no import was queued."""
    return isinstance(error, ConstantContactError) and not isinstance(error, OutcomeUnknownError)


def _import(work: Work, batch: Batch, body: bytes) -> Activity:
    if work.run.encoding == Run.Encoding.CSV:
        return work.client.import_csv(body, [of(work.run)["list_id"]], file_name(batch))
    return work.client.import_json(body)


def note_activity(run: Run, batch: Batch, activity: Activity) -> None:
    """Write the answer: from now on the batch is Constant Contact's to import."""
    Batch.objects.filter(pk=batch.pk, state=Batch.State.SENDING).update(
        state=Batch.State.SENT,
        activity_id=activity.activity_id,
        activity_state=activity.state,
        sent_at=timezone.now(),
    )
    Run.objects.filter(pk=run.pk).update(attempts=0)


def _refused(work: Work, batch: Batch, error: RejectedError) -> None:
    """The import was refused as a whole: because the list is gone, then so is the run; else this batch alone."""
    record(work.run, "batch_refused", batch=batch.number, told=str(error))
    Batch.objects.filter(pk=batch.pk).update(
        state=Batch.State.REFUSED, reason="rejected", detail=error.detail[:255], confirmed_at=timezone.now()
    )
    _check_list(work)


def _adopt(work: Work, batch: Batch) -> Wait | None:
    """Settle a batch whose answer was lost: take over its activity, or make it pending again."""
    try:
        activity = find_activity(work.client, work.run, batch)
    except StillUnclearError:
        return Wait(timezone.now() + timedelta(seconds=2), "outcome_unknown")
    if activity is not None:
        record(work.run, "activity_adopted", batch=batch.number, activity=activity.activity_id)
        note_activity(work.run, batch, activity)
    else:
        record(work.run, "answer_lost", batch=batch.number)
        Batch.objects.filter(pk=batch.pk, state=Batch.State.SENDING).update(state=Batch.State.PENDING)
    batch.refresh_from_db()
    return None
