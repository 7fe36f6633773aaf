"""Many leavers go by a list made for them, which never stays in the account and never brings anybody back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exports.models import Removal, Run, ScratchList
from exports.people import scratch_lists
from exports.pipeline import remove
from exports.plan import removals
from exports.runs import finish_run
from exports.tasks import delete_scratch_list
from tests.people.listed import about_to_remove, known, leavers, roster_rows, write_roster
from tests.support.fixtures_exports import api_calls, on_list, work_once, work_until_over

EVERYBODY = ["ann@x.org", "bob@x.org", "cho@x.org"]
CREATE, IMPORT = "POST /v3/contact_lists", "POST /v3/activities/contacts_json_import"
BY_ID = "POST /v3/activities/remove_list_memberships"


@pytest.fixture(autouse=True)
def list_pays_from_three_people_on(monkeypatch):
    monkeypatch.setattr(remove, "MOST_BY_IDS", 2)


def lists_left(sandbox) -> list[str]:
    """What lists of ours are in the account."""
    account = sandbox.issue_tokens()["access_token"]
    answer = sandbox._session.get(f"{sandbox.api_url}/contact_lists", headers={"Authorization": f"Bearer {account}"})
    return [each["name"] for each in answer.json()["lists"] if each["name"].startswith("Temporary")]


@pytest.fixture
def run(export, sandbox) -> Run:
    known(export, sandbox, [*EVERYBODY, "stays@x.org"])
    return about_to_remove(export, leavers(*EVERYBODY))


def test_list_is_made_filled_taken_off_and_deleted(run, export, sandbox, list_id):
    run = work_until_over(run)
    assert (run.status, run.removed) == (Run.Status.SUCCEEDED, 3)
    assert on_list(sandbox, list_id) == {"stays@x.org"}
    assert lists_left(sandbox) == []
    assert [(job.kind, job.rows) for job in run.removals.all()] == [("fill", 3), ("remove_all", 3)]
    assert ScratchList.objects.get().state == ScratchList.State.DELETED
    assert {each for each, row in roster_rows(export).items() if row["removed_by_run"] == run.pk} == set(EVERYBODY)
    calls = [call for call in api_calls(sandbox) if "export" not in call]
    assert [call.split("/")[-1] for call in calls if call.startswith("POST")] == [
        "contact_lists",
        "contacts_json_import",
        "remove_list_memberships",
    ]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_list_whose_answer_was_lost_is_found_by_its_name(run, sandbox, list_id, kind):
    sandbox.fault(CREATE, kind)
    run = work_until_over(run)
    assert (run.status, run.removed) == (Run.Status.SUCCEEDED, 3)
    assert lists_left(sandbox) == []


def test_refused_list_is_done_without(run, sandbox, list_id):
    sandbox.switch(lists_per_account=1)
    run = work_until_over(run)
    assert (run.status, run.removed) == (Run.Status.SUCCEEDED, 3)
    assert on_list(sandbox, list_id) == {"stays@x.org"}
    assert [job.kind for job in run.removals.exclude(state=Removal.State.CANCELLED)] == ["remove"]


def test_list_that_could_not_be_filled_is_left_and_contact_ids_are_used(run, sandbox, list_id):
    sandbox.job_fault(outcome="failed", share=0)
    run = work_until_over(run)
    assert (run.status, run.removed, run.not_removed) == (Run.Status.SUCCEEDED, 3, 0)
    assert on_list(sandbox, list_id) == {"stays@x.org"}
    assert lists_left(sandbox) == []


def test_addresses_read_a_while_ago_are_not_imported_so_nobody_deleted_comes_back(run, export, sandbox, list_id):
    """An import revives who was deleted meanwhile; a contact id revives nobody."""
    work_rows = list(roster_rows(export).values())
    write_roster(export, work_rows, read_at=timezone.now() - timedelta(minutes=20))
    sandbox.delete_contact("bob@x.org")
    run = work_until_over(run)
    assert IMPORT not in api_calls(sandbox)
    assert (run.status, run.removed) == (Run.Status.SUCCEEDED, 2)
    assert sandbox.person("bob@x.org")["deleted"] is True
    # Which of the three it was not is told by the next look at the list.
    assert {row["removed"] for row in roster_rows(export).values()} == {None}


def test_list_made_a_while_ago_is_filled_no_more(run, sandbox, list_id, monkeypatch):
    sandbox.fault(IMPORT, "503")
    run = work_once(run)
    assert lists_left(sandbox) != []
    monkeypatch.setattr(removals, "age_of_list", lambda run: 3_600)
    run = work_until_over(run)
    assert (run.status, run.removed) == (Run.Status.SUCCEEDED, 3)
    assert sandbox.stats()["imports"] == 0
    assert lists_left(sandbox) == []


def left_behind(run: Run) -> ScratchList:
    """The list of a run that failed while it was being filled."""
    work_once(run)
    Run.objects.filter(pk=run.pk).update(lease="mine")
    run.refresh_from_db()
    assert finish_run(run, Run.Status.FAILED, reason="reconnect", details={"connection": "C"})
    return ScratchList.objects.get(state__in=ScratchList.OPEN)


def look_again(scratch: ScratchList, times: int = 3) -> ScratchList:
    for _time in range(times):
        ScratchList.objects.filter(pk=scratch.pk).exclude(claimed_until=None).update(
            claimed_until=timezone.now() - timedelta(hours=1)
        )
        delete_scratch_list(scratch.pk)
    scratch.refresh_from_db()
    return scratch


def test_list_of_a_run_that_failed_is_deleted_by_whoever_looks_next(run, export, sandbox, connection):
    sandbox.switch(job_seconds=60)
    scratch = left_behind(run)
    sandbox.switch(job_seconds=0)
    sandbox.advance(120)
    assert lists_left(sandbox) == [scratch.name]
    assert scratch.pk in scratch_lists.due_scratch_lists(timezone.now())
    # Not by a connection that may not be used, and as soon as it may again.
    type(connection).objects.update(state="needs_reconnecting")
    assert look_again(scratch).state == ScratchList.State.MADE
    type(connection).objects.update(state="connected")
    assert look_again(scratch).state == ScratchList.State.DELETED
    assert lists_left(sandbox) == []
    assert not scratch_lists.left_behind().exists()


def test_list_outlives_its_export_and_is_given_up_when_nothing_leads_to_its_account(run, export, sandbox, connection):
    sandbox.switch(job_seconds=60)
    scratch = left_behind(run)
    export.delete()
    type(connection).objects.update(account_id="another")
    assert look_again(scratch).state == ScratchList.State.MADE
    ScratchList.objects.update(made_at=timezone.now() - timedelta(days=8))
    assert look_again(scratch).state == ScratchList.State.GIVEN_UP
