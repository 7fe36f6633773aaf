"""The list is read back before the plan, and whoever is found there or missing has their row in the roster."""

import duckdb
import pytest

from exports.models import OptOuts, Roster, Run
from exports.people import roster as rosters
from exports.runs import start_run
from tests.support.fixtures_exports import work_until_over
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.django_db


def rows_of(list_id: str) -> dict[str, dict]:
    """The roster of a list by address."""
    roster = Roster.objects.get(list_id=list_id)
    path = rosters.path_of(roster)
    assert path is not None
    with duckdb.connect() as duck:
        found = duck.execute("SELECT * FROM read_parquet($path)", {"path": str(path)})
        names = [column[0] for column in found.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}


def run_of(export, **how) -> Run:
    return work_until_over(start_run(export, by=None, **how)[0])


@pytest.mark.parametrize("answer", ["403", "429_quota"])
def test_a_list_that_cannot_be_read_back_after_a_run_holds_up_nobody(export, sandbox: Sandbox, answer):
    sandbox.add_contacts({"email": "ana@example.com", "permission": "unsubscribed"})
    sandbox.fault("POST /v3/activities/contact_exports", answer)
    run = run_of(export)
    assert (run.status, run.reason) == (Run.Status.COMPLETED_WITH_ERRORS, "some_left_out_and_not_added")
    assert run.events.last().code == "list_unreadable"


def test_who_is_there_and_who_is_missing_is_known_by_name(export, sandbox: Sandbox, list_id):
    sandbox.add_contacts(
        {"email": "Ben@Example.com", "lists": [list_id]}, {"email": "zoe@example.com", "lists": [list_id]}
    )
    first = run_of(export)
    assert first.in_roster
    assert first.list_members == 2
    second = run_of(export)
    assert (second.status, second.to_send) == (Run.Status.SUCCEEDED, 0)
    people = rows_of(list_id)
    assert set(people) == {"ana@example.com", "ben@example.com", "chen@example.com", "zoe@example.com"}
    assert all(each["on_list"] and each["confirmed"] and each["contact_id"] for each in people.values())
    # Whoever was there before we sent for the first time, or was never sent, is not ours.
    ours = {email for email, each in people.items() if each["export_id"] == export.pk}
    assert ours == {"ana@example.com", "chen@example.com"}

    sandbox.leave_list("chen@example.com", list_id)
    sandbox.unsubscribe("ana@example.com")
    OptOuts.objects.update(read_at=None)
    third = run_of(export)

    people = rows_of(list_id)
    assert people["chen@example.com"]["left"]
    assert not people["chen@example.com"]["on_list"]
    # The opt-out says it of Ana, so she is not said to have left this list.
    assert not people["ana@example.com"]["left"]
    assert not people["ana@example.com"]["on_list"]
    assert third.list_read_at
    assert third.reading_calls == 6

    sandbox.add_contacts({"email": "chen@example.com", "lists": [list_id]})
    preview = run_of(export, preview=True)  # a run would send her, and from then on not know
    assert preview.counts["send"] == 1
    came_back = rows_of(list_id)["chen@example.com"]
    assert came_back["on_list"]
    assert not came_back["left"]
    assert came_back["export_id"] is None
