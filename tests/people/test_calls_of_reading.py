"""What reading costs: few calls whatever the size, none that import for an unchanged rerun, all counted."""

import pytest

from exports.models import Batch, OptOuts, Run
from exports.runs import send_planned, start_run
from tests.people.test_opt_outs import work_until_over_preview
from tests.people.test_reading_the_list import run_of
from tests.support.fixtures_exports import api_calls, work_until_over
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.django_db


def test_reading_costs_six_calls_with_the_look_at_the_list_and_a_rerun_imports_nothing(
    export, sandbox: Sandbox, list_id
):
    run_of(export)
    OptOuts.objects.update(read_at=None)
    before = len(api_calls(sandbox))
    run = run_of(export)
    made = api_calls(sandbox)[before:]
    assert sorted(call.replace(list_id, "<list>") for call in made[:4]) == [
        "GET /v3/contact_lists/<list>",
        "GET /v3/contacts",
        "GET /v3/contacts/counts",
        "POST /v3/activities/contact_exports",
    ]
    assert len(made) == run.calls == run.reading_calls == 6
    assert not any("import" in call for call in made)


def test_a_list_that_nobody_is_on_is_not_read_back(export, sandbox: Sandbox):
    run = run_of(export)
    assert (run.list_members, run.reading_calls) == (0, 2)
    assert "POST /v3/activities/contact_exports" not in api_calls(sandbox)


def test_after_a_run_the_list_is_read_only_where_not_everybody_was_accepted(
    export, sandbox: Sandbox, list_id, settings
):
    sandbox.add_contacts({"email": "ana@example.com", "permission": "unsubscribed"})
    run = run_of(export)
    assert run.reading_calls == 5
    batch = run.batches.get()
    assert (batch.cannot_add, batch.missing) == (1, 1)
    settings.READ_LIST_AFTER_RUNS = True
    again = run_of(export, everyone=True)
    assert all(batch.missing is not None for batch in Batch.objects.filter(run=again))


def test_a_preview_that_is_sent_much_later_reads_again_and_sends_nobody_by_an_old_reading(
    export, sandbox: Sandbox, list_id, settings
):
    preview = work_until_over_preview(start_run(export, by=None, preview=True)[0])
    assert preview.list_read_at is not None
    settings.OPT_OUTS_MAX_AGE = 0.001
    before = len(api_calls(sandbox))
    run, _new = send_planned(preview, by=None)
    assert run.stage == Run.Stage.READ
    work_until_over(run)
    assert (run.status, run.stage) == (Run.Status.COMPLETED_WITH_ERRORS, Run.Stage.SETTLE)
    assert api_calls(sandbox)[before:][:3] == [
        f"GET /v3/contact_lists/{list_id}",
        "GET /v3/contacts/counts",
        "GET /v3/contacts",
    ]
