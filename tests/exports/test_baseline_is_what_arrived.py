"""However a run ends, the next one does not take for unchanged what may have been overwritten meanwhile."""

import pytest

from exports.models import Batch, Export, Run
from exports.runs import cancel_run, start_run
from tests.support.fixtures_exports import PEOPLE, make_source, work_once, work_until, work_until_over

IMPORT = "POST /v3/activities/contacts_json_import"


def run_again(export, bob):
    return work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob)[0])


def name_of_ana(sandbox) -> str:
    return sandbox.person("ana@example.com")["last_name"]


def give_ana(tmp_path, last_name: str) -> None:
    make_source(tmp_path, [{**PEOPLE[0], "last_name": last_name}, *PEOPLE[1:]])


def detach(run, connection, bob):
    Export.objects.filter(pk=run.export_id).update(connection=None)
    return lambda: Export.objects.filter(pk=run.export_id).update(connection=connection)


def cancel(run, connection, bob):
    cancel_run(run, by=bob)
    return lambda: None


@pytest.mark.parametrize("kind", ["slow job", "drop_after", "500"])
@pytest.mark.parametrize("end", [detach, cancel])
def test_value_that_went_back_is_sent_when_the_other_one_may_have_arrived(
    export, sandbox, connection, tmp_path, bob, end, kind
):
    run_again(export, bob)
    give_ana(tmp_path, "Changed")
    run = work_once(start_run(Export.objects.get(pk=export.pk), by=bob)[0])  # the list is being read back
    sandbox.switch(job_seconds=3600 if kind == "slow job" else 0)
    if kind != "slow job":
        sandbox.fault(IMPORT, kind, after=True)
    run = work_until(run, Run.Stage.SEND)
    assert [batch.posts for batch in run.batches.all()] == [1]
    undo = end(run, connection, bob)
    sandbox.advance(7200)
    sandbox.settle()
    if end is detach or kind != "slow job":
        run = work_until_over(run)
        assert [batch.state for batch in run.batches.all()] == [Batch.State.UNKNOWN]
    else:
        run = work_until_over(run)
    undo()
    sandbox.switch(job_seconds=0)
    assert name_of_ana(sandbox) == "Changed"

    give_ana(tmp_path, PEOPLE[0]["last_name"])
    again = run_again(export, bob)
    assert again.counts["send"] == 1
    assert name_of_ana(sandbox) == PEOPLE[0]["last_name"]


def test_run_that_ended_before_anything_was_sent_leaves_the_baseline(export, sandbox, tmp_path, bob):
    first = run_again(export, bob)
    give_ana(tmp_path, "Changed")
    run = start_run(Export.objects.get(pk=export.pk), by=bob)[0]
    cancel_run(run, by=bob)
    work_until_over(run)
    assert Export.objects.get(pk=export.pk).baseline == first


def test_no_batch_of_an_ended_run_is_under_way(export, sandbox, connection, bob):
    sandbox.switch(job_seconds=3600)
    run = work_once(start_run(export, by=bob)[0])
    assert [batch.state for batch in run.batches.all()] == [Batch.State.SENT]
    Export.objects.filter(pk=export.pk).update(connection=None)
    run = work_until_over(run)
    assert (run.status, [batch.state for batch in run.batches.all()]) == (Run.Status.FAILED, [Batch.State.UNKNOWN])
