"""No batch is sent twice unless its answer was lost and its activity can't be found."""

from datetime import timedelta

from django.utils import timezone

from exports.models import Batch, Run
from exports.runs import start_run
from tests.support.fixtures_exports import REACHED, on_list, work_once, work_until_over

IMPORT = "POST /v3/activities/contacts_json_import"


def test_a_job_whose_answer_was_lost_is_found_and_not_sent_again(export, sandbox, list_id, bob):
    sandbox.fault(IMPORT, "drop_after")
    run = work_until_over(start_run(export, by=bob)[0])
    assert sandbox.stats()["imports"] == 1
    assert run.events.filter(code="activity_adopted").exists()
    assert on_list(sandbox, list_id) == REACHED


def test_a_request_that_never_arrived_is_sent_again(export, sandbox, list_id, bob):
    sandbox.fault(IMPORT, "drop_before")
    run = work_until_over(start_run(export, by=bob)[0])
    assert sandbox.stats()["imports"] == 1
    assert [batch.posts for batch in run.batches.all()] == [2]
    assert on_list(sandbox, list_id) == REACHED


def test_a_job_that_does_not_tell_its_rows_yet_is_waited_for(export, sandbox, bob):
    sandbox.switch(job_seconds=3600)
    sandbox.fault(IMPORT, "drop_after")
    run = work_once(start_run(export, by=bob)[0])
    run = work_once(run)
    assert (run.status, run.reason) == (Run.Status.WAITING, "outcome_unknown")
    assert sandbox.stats()["imports"] == 1
    sandbox.advance(3600)
    run = work_until_over(run)
    assert sandbox.stats()["imports"] == 1


def test_a_job_of_somebody_else_with_other_rows_is_not_adopted(export, sandbox, connection, list_id, bob):
    from connections.clients import client_for
    from constant_contact import json_body

    client_for(connection, for_page=True).import_json(json_body(['{"email":"x@example.com"}'], [list_id]))
    sandbox.fault(IMPORT, "drop_before")
    run = work_until_over(start_run(export, by=bob)[0])
    assert sandbox.stats()["imports"] == 2
    assert not run.events.filter(code="activity_adopted").exists()


def test_a_batch_left_in_sending_by_a_dead_worker_is_looked_for_first(export, sandbox, bob):
    run = work_once(start_run(export, by=bob)[0])
    run = work_until_over(run)
    # As a worker leaves it that dies between the answer and the commit.
    now = timezone.now()
    Batch.objects.filter(run=run).update(
        state=Batch.State.SENDING, activity_id="", sending_at=now - timedelta(seconds=5)
    )
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING, stage=Run.Stage.SEND, finished_at=None)
    run.refresh_from_db()
    run = work_until_over(run)
    assert sandbox.stats()["imports"] == 1
