"""A list that is gone is found by the one call that a run spends on it, and said."""

import pytest

from exports.models import Export, Run
from exports.plan import cut
from exports.runs import start_run
from tests.support.fixtures_exports import api_calls, work_once, work_until_over

IMPORT = "POST /v3/activities/contacts_json_import"


def run_again(export, bob):
    return work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob)[0])


@pytest.mark.parametrize("deleted_list", ["shown", "not_found"])
def test_list_gone_before_an_unchanged_run_fails_it(export, sandbox, list_id, bob, deleted_list):
    run_again(export, bob)
    sandbox.switch(deleted_list=deleted_list)
    sandbox.delete_list(list_id)
    run = run_again(export, bob)
    assert (run.status, run.reason, run.calls) == (Run.Status.FAILED, "list_gone", 1)


@pytest.mark.parametrize("unknown_list", ["refuse", "fail"])
def test_list_gone_between_two_imports_fails_the_run(export, sandbox, list_id, bob, monkeypatch, unknown_list):
    monkeypatch.setattr(cut, "MAX_ROWS", 1)
    sandbox.switch(unknown_list=unknown_list)
    sandbox.fault(IMPORT, "503", skip=1)
    run = work_once(start_run(export, by=bob)[0])
    sandbox.delete_list(list_id)
    run = work_until_over(run)
    assert (run.status, run.reason) == (Run.Status.FAILED, "list_gone")


def test_batch_refused_for_another_reason_leaves_the_list_alone(export, sandbox, bob, monkeypatch):
    monkeypatch.setattr(cut, "MAX_ROWS", 1)
    sandbox.fault(IMPORT, "400")
    run = work_until_over(start_run(export, by=bob)[0])
    assert sorted(batch.state for batch in run.batches.all()) == ["completed", "completed", "refused"]


def test_run_asks_for_its_list_once(export, sandbox, list_id, bob, monkeypatch):
    monkeypatch.setattr(cut, "MAX_ROWS", 1)
    sandbox.fault(IMPORT, "503", skip=1, times=3)
    work_until_over(start_run(export, by=bob)[0])
    assert api_calls(sandbox).count(f"GET /v3/contact_lists/{list_id}") == 1
