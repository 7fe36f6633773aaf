"""When in doubt, a batch is sent again; only what is provably its own is taken for its job."""

import pytest
from django.utils import timezone

from connections.clients import client_for
from constant_contact import OutcomeUnknownError, json_body, parsing
from exports.models import Batch, Run
from exports.pipeline.send import MAX_POSTS, keep_activity
from exports.pipeline.work import Work, kept_lease
from exports.plan import cut
from exports.runs import claim_run, start_run
from tests.support.batches import stored_batch
from tests.support.fixtures_exports import REACHED, make_export, on_list, work_once, work_until_over

IMPORT = "POST /v3/activities/contacts_json_import"
FILE_IMPORT = "POST /v3/activities/contacts_file_import"


def left_in_sending(run: Run) -> Run:
    """As a worker leaves it that dies between the request and the commit."""
    Batch.objects.filter(run=run).update(state=Batch.State.SENDING, activity_id="", sending_at=timezone.now(), posts=1)
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING, stage=Run.Stage.SEND, finished_at=None)
    run.refresh_from_db()
    return run


def somebody_imports(connection, list_id: str, rows: int) -> None:
    """Another program imports as many people into the same account."""
    people = [f'{{"email":"other-{number}@example.com"}}' for number in range(rows)]
    client_for(connection, for_page=True).import_json(json_body(people, [list_id]))


@pytest.fixture
def file_imports(monkeypatch):
    """Runs are sent as files, however few people they have."""
    monkeypatch.setattr("exports.plan.build._choose_encoding", lambda duck, request: (
        "csv", cut.cut_csv(duck, request.targets, fewer_than=100)
    ))  # fmt: skip


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "500", "html", "garbage", "empty"])
def test_batch_whose_answer_was_lost_is_sent_again(export, sandbox, list_id, bob, kind):
    sandbox.fault(IMPORT, kind)
    run = work_until_over(start_run(export, by=bob)[0])
    assert [(batch.state, batch.posts) for batch in run.batches.all()] == [(Batch.State.COMPLETED, 2)]
    assert on_list(sandbox, list_id) == REACHED


@pytest.mark.parametrize("kind", ["drop_before", "500"])
def test_import_of_another_program_with_as_many_rows_is_not_adopted(export, sandbox, connection, list_id, bob, kind):
    other_list = sandbox.add_list("Of another program")
    somebody_imports(connection, other_list, rows=3)
    sandbox.fault(IMPORT, kind)
    run = work_once(start_run(export, by=bob)[0])
    somebody_imports(connection, other_list, rows=3)
    run = work_until_over(run)
    assert on_list(sandbox, list_id) == REACHED
    assert not run.events.filter(code="activity_adopted").exists()


def test_contact_export_of_another_program_is_not_adopted(export, sandbox, connection, list_id, bob):
    sandbox.fault(IMPORT, "drop_before")
    run = work_once(start_run(export, by=bob)[0])
    client_for(connection, for_page=True).export_contacts([list_id])
    run = work_until_over(run)
    assert on_list(sandbox, list_id) == REACHED


def test_batch_left_in_sending_by_a_dead_worker_is_sent_again(export, sandbox, list_id, bob):
    run = left_in_sending(work_until_over(start_run(export, by=bob)[0]))
    run = work_until_over(run)
    assert sandbox.stats()["imports"] == 2
    assert [(batch.state, batch.posts) for batch in run.batches.all()] == [(Batch.State.COMPLETED, 2)]


def test_file_import_is_found_by_the_name_that_no_other_file_has(export, sandbox, list_id, bob, file_imports):
    sandbox.fault(FILE_IMPORT, "drop_after")
    run = work_until_over(start_run(export, by=bob)[0])
    assert run.encoding == Run.Encoding.CSV
    assert [batch.posts for batch in run.batches.all()] == [1, 1]
    assert sandbox.stats()["imports"] == 2
    assert run.events.filter(code="activity_adopted").exists()
    assert on_list(sandbox, list_id) == REACHED


def test_file_import_of_another_installation_with_the_same_numbers_is_not_adopted(
    export, sandbox, connection, list_id, bob, file_imports
):
    run = start_run(export, by=bob)[0]
    names = [f"run-{run.pk}-batch-1.csv", f"run-{run.pk}-{'0' * 32}-batch-1.csv"]
    for name in names:
        client_for(connection, for_page=True).import_csv(b"email\r\nx@example.com\r\n", [list_id], name)
    sandbox.fault(FILE_IMPORT, "drop_before")
    work_until_over(run)
    assert on_list(sandbox, list_id) == REACHED | {"x@example.com"}


def test_answer_that_names_the_job_of_another_batch_counts_as_lost(export, connection, bob):
    """Earlier versions adopted jobs by their number of rows, so a run may find its own job taken."""
    other = make_export(connection, "another-list", name="Other")
    holder = Run.objects.create(export=other, configuration={}, status="cancelled", finished_at=timezone.now())
    stored_batch(holder, 3, Batch.State.SENT, activity_id="taken")
    run = claim_run(start_run(export, by=bob)[0].pk)
    batch = stored_batch(run, 3, Batch.State.SENDING, posts=1)
    taken = parsing.activity({"activity_id": "taken", "state": "initialized"})
    with kept_lease(run) as lease, pytest.raises(OutcomeUnknownError):
        keep_activity(Work(run, lease), batch, taken)
    batch.refresh_from_db()
    assert (batch.state, batch.activity_id) == (Batch.State.SENDING, "")
    assert list(run.events.values_list("code", flat=True)) == ["activity_taken"]


def test_batch_whose_answers_are_all_lost_ends_the_run_with_a_sentence(export, sandbox, bob):
    sandbox.fault(IMPORT, "drop_before", times=1000)
    run = work_until_over(start_run(export, by=bob)[0])
    assert (run.status, run.reason) == (Run.Status.FAILED, "answers_lost")
    assert [(batch.state, batch.posts) for batch in run.batches.all()] == [(Batch.State.UNKNOWN, MAX_POSTS)]
