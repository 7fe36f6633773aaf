"""A worker that was frozen for longer than its lease finds its run taken, and writes nothing any more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from constant_contact import RejectedError, UnavailableError, parsing
from exports.models import Batch, Run
from exports.pipeline import send
from exports.pipeline.confirm import confirm_batches
from exports.pipeline.send import send_batches
from exports.pipeline.work import Lease, LeaseLostError, Work
from exports.runs import claim_run, finish_run, release_run, start_run, take_list
from tests.support.fixtures_exports import work_once

ACTIVITY = parsing.activity({"activity_id": "late", "state": "initialized"})
REFUSAL = RejectedError("The list is gone.", status=400)


@pytest.fixture
def taken_over(export, sandbox, bob) -> Work:
    """The work of a worker that froze while its batch was sent; another one has claimed the run since."""
    sandbox.fault("POST /v3/activities/contacts_json_import", "drop_before")
    run = work_once(start_run(export, by=bob)[0])
    Run.objects.filter(pk=run.pk).update(resume_at=timezone.now())
    frozen = claim_run(run.pk)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert claim_run(run.pk) is not None
    return Work(frozen, Lease(frozen))


def batch_of(work: Work, state: str, **columns) -> Batch:
    work.run.batches.update(state=state, **columns)
    return work.run.batches.get()


@pytest.mark.parametrize(
    "write",
    [
        lambda work, batch: send.keep_activity(work, batch, ACTIVITY),
        lambda work, batch: send._keep_refusal(work, batch, REFUSAL),
        lambda work, batch: send._put_back(work, batch, UnavailableError()),
        lambda work, batch: send._settle_lost_answer(work, batch),
        lambda work, batch: send._give_up_unsent(work),
    ],
    ids=["its answer", "its refusal", "that nothing arrived", "that the answer is lost", "that it was cancelled"],
)
def test_frozen_worker_stores_nothing_of_its_answer(taken_over, write):
    batch = batch_of(taken_over, Batch.State.SENDING)
    before = Batch.objects.filter(pk=batch.pk).values().get()
    with pytest.raises(LeaseLostError):
        write(taken_over, batch)
    assert Batch.objects.filter(pk=batch.pk).values().get() == before


def test_frozen_worker_sends_nothing(taken_over, sandbox):
    batch_of(taken_over, Batch.State.PENDING)
    with pytest.raises(LeaseLostError):
        send_batches(taken_over)
    assert sandbox.stats()["imports"] == 0


def test_frozen_worker_does_not_confirm_what_its_successor_follows(taken_over, sandbox):
    """Two of two take-overs called 40,000 people not imported who all had arrived."""
    batch_of(taken_over, Batch.State.SENT, activity_id="a-job", sent_at=timezone.now() - timedelta(days=30))
    with pytest.raises(LeaseLostError):
        confirm_batches(taken_over)
    assert taken_over.run.batches.get().state == Batch.State.SENT


def test_frozen_worker_neither_ends_nor_moves_nor_frees_the_run(taken_over):
    run = taken_over.run
    before = Run.objects.filter(pk=run.pk).values().get()
    assert not take_list(run)
    assert not finish_run(run, Run.Status.FAILED)
    release_run(run, resume_at=timezone.now())
    with pytest.raises(LeaseLostError):
        taken_over.write(stage=Run.Stage.SETTLE)
    assert Run.objects.filter(pk=run.pk).values().get() == before
    assert run.batches.exclude(state=Batch.State.SENDING).count() == 0
