"""Undo a run: whom it added is taken off the list, whom it took off is put back, and nobody else is touched."""

from typing import Any

import pytest
from django.utils import timezone

from exports.models import Export, Run, Suppression
from exports.models.configuration import freeze
from exports.people import suppressions
from exports.plan import removals
from exports.plan.baseline import publish
from exports.reports.numbers import numbers_of
from exports.reports.sentence import headline, run_sentence
from exports.runs import NotRunnableError, cancel_run, check_undoable, start_run, start_undo
from tests.people.listed import LONG_AGO, PLAN, opted_out, put_on_list, roster_rows, stored, utc_now, write_roster
from tests.support.batches import stored_batch
from tests.support.fixtures_exports import REACHED, api_calls, make_export, on_list, work_until_over


def ended_run(export: Export, rows: list[dict[str, Any]], **columns: Any) -> Run:
    """A run that has sent these rows of its plan."""
    now = timezone.now()
    run = Run.objects.create(
        **{
            "export": export,
            "stage": Run.Stage.SETTLE,
            "status": Run.Status.SUCCEEDED,
            "finished_at": now,
            "configuration": freeze(export),
            "plan_file": stored("plans", PLAN, [{"profile_id": "9", "reason": "", **row} for row in rows]),
            "counts": {"send": len(rows)},
            "started_at": now,
            "planned_at": now,
            "in_roster": True,
            **columns,
        }
    )
    if rows:
        stored_batch(run, len(rows), posts=1, sent_at=now, confirmed_at=now)
        publish(run)
    return run


def sent(*addresses: str, was_on_list: bool | None = False) -> list[dict[str, Any]]:
    return [{"email": each, "disposition": "send", "batch": 1, "on_list": was_on_list} for each in addresses]


def row(run: Run, email: str, contact_id: str, **columns: Any) -> dict[str, Any]:
    """Of the roster: somebody whom the run sent and who is on the list."""
    moment = utc_now()
    return {
        "email": email,
        "contact_id": contact_id,
        "profile_id": "9",
        "export_id": run.export_id,
        "run_id": run.pk,
        **dict.fromkeys(("first_sent", "last_sent", "imported", "confirmed"), moment),
        "on_list": True,
        **columns,
    }


@pytest.fixture
def undone(export, sandbox, list_id) -> Run:
    """A run that added two people, and changed one who was there before."""
    run = ended_run(export, [*sent("new-1@x.org", "new-2@x.org"), *sent("old@x.org", was_on_list=True)])
    addresses = ["new-1@x.org", "new-2@x.org", "old@x.org", "theirs@x.org"]
    ids = put_on_list(sandbox, list_id, *addresses)
    rows = [row(run, address, contact_id) for address, contact_id in zip(addresses, ids, strict=True)]
    rows[2]["first_sent"] = LONG_AGO
    rows[3] |= {"export_id": None, "run_id": None}
    write_roster(export, rows)
    return run


def test_whom_it_added_goes_and_whom_it_took_off_comes_back(undone, export, sandbox, list_id, bob):
    gone, out, unwanted = sandbox.add_contacts(
        {"email": "gone@x.org"}, {"email": "out@x.org", "permission": "unsubscribed"}, {"email": "unwanted@x.org"}
    )
    key = suppressions.key_maker()("unwanted@x.org")
    Suppression.objects.create(email="unwanted@x.org", key=key, reason="They asked us")
    removed = {"on_list": False, "removed": utc_now(), "removed_by_run": undone.pk, "run_id": None}
    rows = [
        *roster_rows(export).values(),
        row(undone, "gone@x.org", gone, **removed),
        row(undone, "out@x.org", out, **removed),
        row(undone, "unwanted@x.org", unwanted, **removed),
    ]
    write_roster(export, rows)
    opted_out(export, "out@x.org")
    file = [
        {"email": f"{name}@x.org", "change": "remove", "kind": "leaver", "place": at}
        for at, name in enumerate(("gone", "out", "unwanted"))
    ]
    Run.objects.filter(pk=undone.pk).update(removal_file=stored("removals", BEFORE, file))
    undone.refresh_from_db()
    expected, people = removals.expect_undo(undone, 10)
    assert (expected.remove, expected.add) == (2, 1)
    assert [each.email for each in people] == ["new-1@x.org", "new-2@x.org", "gone@x.org"]

    undo, started = start_undo(undone, by=bob)
    assert started
    undo = work_until_over(undo)
    assert (undo.status, undo.removed, undo.put_back) == (Run.Status.SUCCEEDED, 2, 1)
    assert on_list(sandbox, list_id) == {"old@x.org", "theirs@x.org", "gone@x.org"}
    assert "Messages that Constant Contact sent them already stay sent." in run_sentence(undo)
    assert headline(undo, numbers_of(undo)) == "2 taken off the list, 1 put back"
    assert not any("import" in call for call in api_calls(sandbox))
    rows = roster_rows(export)
    assert {each for each, known in rows.items() if known["removed"]} == {
        f"{each}@x.org" for each in ("new-1", "new-2", "out", "unwanted")
    }
    assert (rows["gone@x.org"]["removed_by_run"], rows["gone@x.org"]["export_id"]) == (None, export.pk)
    # The values it sent are at Constant Contact, so its plan is still what the next run compares itself with.
    export.refresh_from_db()
    assert export.baseline == undone
    with pytest.raises(NotRunnableError, match="undone already"):
        check_undoable(undone)


BEFORE = {
    "place": "BIGINT",
    **dict.fromkeys(("email", "contact_id", "change", "kind"), "VARCHAR"),
    "was_removed": "TIMESTAMP",
    "was_removed_by": "BIGINT",
}


def test_nobody_is_taken_from_another_export_of_the_list_and_nobody_who_left_is_counted(
    undone, export, sandbox, list_id, bob
):
    other = make_export(export.connection, list_id, *export.segments.all(), name="Other")
    ended_run(other, sent("new-1@x.org"))
    rows = roster_rows(export)
    rows["new-2@x.org"] |= {"left": utc_now(), "on_list": False}
    sandbox.leave_list("new-2@x.org", list_id)
    write_roster(export, list(rows.values()))
    undo = work_until_over(start_undo(undone, by=bob)[0])
    assert (undo.status, undo.removed, undo.removal_file) == (Run.Status.SUCCEEDED, 0, "")
    assert "There was nobody to take off the list or to put back" in run_sentence(undo)
    assert on_list(sandbox, list_id) == {"new-1@x.org", "old@x.org", "theirs@x.org"}


def test_first_run_of_a_list_that_nobody_had_read_is_undone_by_when_they_were_first_sent(undone, export):
    plan = stored("plans", PLAN, sent("new-1@x.org", "new-2@x.org", "old@x.org", was_on_list=None))
    Run.objects.filter(pk=undone.pk).update(plan_file=plan)
    undone.refresh_from_db()
    _expected, people = removals.expect_undo(undone, 10)
    assert [each.email for each in people] == ["new-1@x.org", "new-2@x.org"]


def refusal(run: Run) -> str:
    with pytest.raises(NotRunnableError) as error:
        check_undoable(run)
    return error.value.reason


def test_only_the_newest_run_that_changed_the_list_can_be_undone(undone, export, bob):
    ended_run(export, [])  # it sent nobody, so it stands in nobody's way
    check_undoable(undone)
    later = ended_run(export, sent("new-3@x.org"))
    assert refusal(undone) == "undo_newer_first"
    undo = Run.objects.create(
        export=export, undoes=later, trigger=Run.Trigger.UNDO, status=Run.Status.SUCCEEDED, finished_at=timezone.now()
    )
    check_undoable(undone)
    assert refusal(undo) == "undo_of_nothing"
    assert refusal(ended_run(export, [])) == "undo_of_nothing"
    Run.objects.filter(pk=undone.pk).update(plan_file="")
    undone.refresh_from_db()
    assert refusal(undone) == "undo_plan_gone"
    export.connection.state = "needs_reconnecting"
    undone.plan_file = "a"
    undone.export = export
    assert refusal(undone) == "reconnect"


def test_cancelled_undo_says_so_and_can_be_begun_again(undone, export, sandbox, list_id, bob):
    undo, _started = start_undo(undone, by=bob)
    cancel_run(undo, by=bob)
    undo = work_until_over(undo)
    assert (undo.status, undo.removed) == (Run.Status.CANCELLED, 0)
    assert run_sentence(undo) == "The undo was cancelled. To take back the rest, undo the run again."
    assert "new-1@x.org" in on_list(sandbox, list_id)
    check_undoable(undone)


def test_page_says_what_an_undo_does_before_it_does_it(undone, export, bob, bob_client, carol_client):
    address = f"/admin/exports/run/{undone.pk}/undo/"
    assert carol_client.get(address).status_code == 403
    assert carol_client.post(address).status_code == 403
    assert bob_client.post(address).status_code == 403  # the connection is not shared with them
    type(export.connection).objects.update(sharing="contributors")
    shown = bob_client.get(address).content.decode()
    for text in ("new-1@x.org", "Messages that were already sent stay sent.", "sends the same people again"):
        assert text in shown
    assert Run.objects.filter(trigger=Run.Trigger.UNDO).count() == 0
    assert "Undo this run" in bob_client.get(f"/admin/exports/run/{undone.pk}/change/").content.decode()
    answer = bob_client.post(address, follow=True)
    undo = Run.objects.get(undoes=undone)
    assert f"{undo} started: it undoes {undone}." in answer.content.decode()
    undo = work_until_over(undo)
    page = bob_client.get(f"/admin/exports/run/{undo.pk}/change/").content.decode()
    assert "2 people were taken off the list" in page
    assert "Run again" not in page
    file = b"".join(bob_client.get(f"/admin/exports/run/{undo.pk}/removed/").streaming_content).decode()
    assert "new-1@x.org,Take off the list,Added by the run that is undone" in file
    found = bob_client.post(f"/admin/exports/run/{undo.pk}/person/", {"person": "NEW-1@x.org"}).content.decode()
    assert "Taken off the list by this run." in found
    assert "This run has been undone already." in bob_client.get(address).content.decode()


def test_whom_an_undo_took_off_is_not_unchanged_in_the_next_run(export, sandbox, list_id, bob):
    """Nor do they count as people who left: nobody but us took them off."""
    first = work_until_over(start_run(export, by=bob)[0])
    assert on_list(sandbox, list_id) == REACHED
    undo = work_until_over(start_undo(first, by=bob)[0])
    assert (undo.status, undo.removed) == (Run.Status.SUCCEEDED, 3)
    assert on_list(sandbox, list_id) == set()
    again = work_until_over(start_run(export, by=bob)[0])
    assert (again.to_send, again.counts.get("unchanged", 0), again.counts.get("left_list", 0)) == (3, 0, 0)
    assert on_list(sandbox, list_id) == REACHED
