"""SEND: each batch once. The intention is written before the call, the answer after.

A batch found in `sending` got no answer that was kept: it is sent again, unless it is a file import whose activity is
found by its name. An import is an upsert by e-mail, so a second one costs a call and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from django.db import IntegrityError
from django.db.models import F
from django.utils import timezone

from connections.tokens import AnotherAccountError
from constant_contact import (
    Activity,
    ConstantContact,
    ConstantContactError,
    MisalignedColumnsError,
    OutcomeUnknownError,
    RejectedError,
    csv_body_of,
    csv_header,
    json_body_of,
)
from exports.models import Batch, Run
from exports.models.configuration import configuration_of
from exports.plan.reader import PlanReader, open_plan
from exports.runs import NotRunnableError, close_unsent
from exports.runs.to_me import check_recipient, own_address

from .work import Pause, RunEnded, Work, check_list, check_list_again

# Of the activities, each of 500. Their order is not documented, so none is left out because of its age.
MAX_PAGES = 2
# So often a batch is sent whose answers are all lost. Each time Constant Contact may have queued another import.
MAX_POSTS = 12


def send_batches(work: Work) -> Pause | None:
    """Send what has no activity yet, in order; stop when the work budget is used up and go on next time."""
    run = work.run
    if _is_cancelled(run):
        _give_up_unsent(work)
        return None
    check_list(work)
    _check_trial(run)
    first = next(_unsent(work), None)
    if first is None:
        return None
    with open_bodies(run) as bodies:
        bodies.expect(first.number)
        pause = _send_one_after_the_other(work, bodies)
    if pause is None:
        work.write(sent_at=timezone.now())
    return pause


def _check_trial(run: Run) -> None:
    """Whoever sends to themselves may have opted out since they clicked. Raises RunEnded."""
    if run.is_trial and run.started_by is not None:
        try:
            check_recipient(run, own_address(run.started_by))
        except NotRunnableError as error:
            raise RunEnded(Run.Status.SKIPPED, error.reason, **error.details) from error


def _send_one_after_the_other(work: Work, bodies: Bodies) -> Pause | None:
    for batch in _unsent(work):
        if work.time_is_up:
            return Pause(timezone.now())
        if _is_cancelled(work.run):
            _give_up_unsent(work)
            return None
        if batch.state == Batch.State.SENDING:
            _settle_lost_answer(work, batch)
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


def _is_cancelled(run: Run) -> bool:
    return Run.objects.filter(pk=run.pk, cancel_requested_at__isnull=False).exists()


def _give_up_unsent(work: Work) -> None:
    """Somebody cancelled the run: what was not sent never will be, and nothing is sent again to find out."""
    for batch in work.run.batches.filter(state=Batch.State.SENDING):
        if activity := find_activity(work.client, work.run, batch):
            keep_activity(work, batch, activity)
    with work.lease.writing():
        close_unsent(work.run, Batch.State.SENDING, Batch.State.PENDING)


def _send(work: Work, batch: Batch, bodies: Bodies) -> None:
    if batch.posts >= MAX_POSTS:
        raise RunEnded(Run.Status.FAILED, "answers_lost", batch=batch.number, times=batch.posts)
    body = bodies.of(batch)
    # The intention is written before the call. `posts` counts the times that the batch may have arrived.
    with work.lease.writing():
        pending = Batch.objects.filter(pk=batch.pk, state=Batch.State.PENDING)
        if not pending.update(state=Batch.State.SENDING, sending_at=timezone.now(), posts=F("posts") + 1):
            return  # cancelled meanwhile
    try:
        if work.run.encoding == Run.Encoding.CSV:
            activity = work.client.import_csv(body, [configuration_of(work.run)["list_id"]], file_name(work.run, batch))
        else:
            activity = work.client.import_json(body)
    except OutcomeUnknownError:
        raise  # it stays in `sending`
    except (ConstantContactError, AnotherAccountError, RunEnded) as error:
        if isinstance(error, RejectedError) and not error.forbidden:
            _keep_refusal(work, batch, error)
            check_list_again(work)
            return
        _put_back(work, batch, error)
        raise
    keep_activity(work, batch, activity)


def _put_back(work: Work, batch: Batch, error: Exception) -> None:
    """The import was not carried out: the batch goes again. An attempt that certainly did not arrive was none.

    Nothing was sent, or it was refused. A 503 says so too, but is often the word of something in between.
    """
    status = error.status if isinstance(error, ConstantContactError) else None
    never_arrived = status is None or status in range(400, 500)
    posts = F("posts") - 1 if never_arrived else F("posts")
    with work.lease.writing():
        Batch.objects.filter(pk=batch.pk, state=Batch.State.SENDING).update(state=Batch.State.PENDING, posts=posts)


def keep_activity(work: Work, batch: Batch, activity: Activity) -> None:
    """Write the answer: from now on the batch is Constant Contact's to import.

    Raises OutcomeUnknownError when another batch has this activity already: whose it is can't be told.
    """

    def write() -> None:
        with work.lease.writing(attempts=0):
            Batch.objects.filter(pk=batch.pk, state=Batch.State.SENDING).update(
                state=Batch.State.SENT,
                activity_id=activity.activity_id,
                activity_state=activity.state,
                sent_at=timezone.now(),
            )

    try:
        work.keep_answer(write)
    except IntegrityError as error:  # one_batch_per_activity, the only constraint that this write can break
        work.run.record("activity_taken", batch=batch.number, activity=activity.activity_id)
        raise OutcomeUnknownError("The answer names the job of another batch.") from error


def _keep_refusal(work: Work, batch: Batch, error: RejectedError) -> None:
    """The import was refused as a whole: this batch alone, unless the list is gone."""

    def write() -> None:
        with work.lease.writing(attempts=0):
            Batch.objects.filter(pk=batch.pk, state=Batch.State.SENDING).update(
                state=Batch.State.REFUSED, reason="rejected", detail=error.detail[:255], confirmed_at=timezone.now()
            )
            work.run.record("batch_refused", batch=batch.number, told=str(error))

    work.keep_answer(write)


def _settle_lost_answer(work: Work, batch: Batch) -> None:
    """Take over the activity of a batch whose answer was lost, or make the batch pending again."""
    activity = find_activity(work.client, work.run, batch)
    if activity is not None:
        work.run.record("activity_adopted", batch=batch.number, activity=activity.activity_id)
        keep_activity(work, batch, activity)
    else:
        with work.lease.writing():
            Batch.objects.filter(pk=batch.pk, state=Batch.State.SENDING).update(state=Batch.State.PENDING)
            work.run.record("answer_lost", batch=batch.number)
    batch.refresh_from_db()


def file_name(run: Run, batch: Batch) -> str:
    """Return the name of the file of a batch: of no other run, of this installation or another one, is it the same."""
    return f"run-{run.pk}-{run.reference.hex}-batch-{batch.number}.csv"


def find_activity(client: ConstantContact, run: Run, batch: Batch) -> Activity | None:
    """Return the activity of a batch whose answer was lost, if it can be proved that it is this batch's.

    A JSON import has nothing that tells it from another one: not its number of rows, which another export's or another
    program's import may share. So it is sent again, which costs a call and changes nothing, since an import is an
    upsert by e-mail (API reference, 6.3). A file import keeps the name of its file, and no other file has it.
    """
    if run.encoding != Run.Encoding.CSV:
        return None
    name = file_name(run, batch)
    return next((one for one in client.activities(pages=MAX_PAGES) if one.source_file_name == name), None)


class Bodies:
    """Reads one batch ahead, in a thread of its own: reading and sending take about as long as each other."""

    def __init__(self, run: Run, plan: PlanReader, reader: ThreadPoolExecutor) -> None:
        self._run, self._plan, self._reader = run, plan, reader
        self._separator = "\n" if run.encoding == Run.Encoding.CSV else ","
        self._ahead: dict[int, Future[tuple[bytes, int]]] = {}

    def of(self, batch: Batch) -> bytes:
        """Return the body of the import of `batch`. Raises RunEnded when the plan doesn't hold what it should,
        and when values would land in other fields than their own."""
        reading = self._ahead.pop(batch.number, None) or self._read(batch.number)
        self.expect(batch.number + 1)
        contacts, count = reading.result()
        if count != batch.rows:
            raise RunEnded(Run.Status.FAILED, "plan_damaged")
        if self._run.encoding == Run.Encoding.CSV:
            try:
                return csv_body_of(contacts, count, csv_header(batch.header))
            except MisalignedColumnsError as error:
                raise RunEnded(Run.Status.FAILED, "columns_differ", batch=batch.number) from error
        return json_body_of(contacts, count, [configuration_of(self._run)["list_id"]])

    def expect(self, number: int) -> None:
        """Begin to read the batch that will be asked for next."""
        self._ahead = {number: self._read(number)}

    def _read(self, number: int) -> Future[tuple[bytes, int]]:
        return self._reader.submit(self._plan.contacts, number, self._separator)


@contextmanager
def open_bodies(run: Run) -> Iterator[Bodies]:
    """Open the plan of a run for sending. Raises RunEnded when it is gone."""
    try:
        with open_plan(run) as plan, ThreadPoolExecutor(1, f"plan of run {run.pk}") as reader:
            yield Bodies(run, plan, reader)
    except FileNotFoundError as error:
        raise RunEnded(Run.Status.FAILED, "plan_damaged") from error
