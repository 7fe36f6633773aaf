"""Cancelling stops what is not sent yet; what Constant Contact has is followed to its end."""

from exports.models import Batch, Run
from exports.plan import cut
from exports.runs import cancel_run, start_run
from tests.support.fixtures_exports import REACHED, on_list, work_once, work_until_over


def test_a_queued_run_that_is_cancelled_sends_nothing(export, sandbox, bob):
    run = start_run(export, by=bob)[0]
    assert cancel_run(run, by=bob)
    run = work_until_over(run)
    assert (run.status, sandbox.stats()["imports"]) == (Run.Status.CANCELLED, 0)


def test_what_was_sent_is_followed_to_its_end_and_the_rest_is_not_sent(export, sandbox, bob, monkeypatch):
    monkeypatch.setattr(cut, "MAX_ROWS", 1)
    sandbox.switch(job_seconds=60)
    sandbox.fault("POST /v3/activities/contacts_json_import", "503", skip=1, times=100)
    run = work_once(start_run(export, by=bob)[0])
    assert sandbox.stats()["imports"] == 1
    cancel_run(run, by=bob)
    sandbox.advance(120)
    run = work_until_over(run)
    assert run.status == Run.Status.CANCELLED
    # A 503 may come from something in between, after the import was queued.
    assert [batch.state for batch in run.batches.all()] == [
        Batch.State.COMPLETED,
        Batch.State.UNKNOWN,
        Batch.State.CANCELLED,
    ]
    assert run.reason_details == {"sent": 1}


def test_people_who_were_not_sent_before_the_cancellation_go_with_the_next_run(
    export, sandbox, list_id, bob, monkeypatch
):
    monkeypatch.setattr(cut, "MAX_ROWS", 1)
    sandbox.fault("POST /v3/activities/contacts_json_import", "503", skip=1)
    run = work_once(start_run(export, by=bob)[0])
    cancel_run(run, by=bob)
    work_until_over(run)
    again = work_until_over(start_run(type(export).objects.get(pk=export.pk), by=bob)[0])
    assert (again.counts["unchanged"], again.counts["send"]) == (1, 2)
    assert on_list(sandbox, list_id) == REACHED


def test_a_run_that_is_over_can_not_be_cancelled(export, bob):
    run = work_until_over(start_run(export, by=bob)[0])
    assert not cancel_run(run, by=bob)
