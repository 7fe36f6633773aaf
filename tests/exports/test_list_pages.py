"""The lists of exports and runs: the last run that really happened, rights row by row, and few queries."""

import re

import pytest
from django.urls import reverse

from connections.models import Connection
from exports.models import Export, Run
from exports.permissions import can_detach, can_manage, can_run, with_rights_of
from tests.exports.pages import plain_export, sentences
from tests.support.batches import stored_batch
from tests.support.fixtures_connections import make_connection

EXPORTS = "/admin/exports/export/"
RUNS = "/admin/exports/run/"
LIST = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"


def rows_of(answer) -> list[str]:
    """The text of each row, in the order of the page."""
    body = answer.content.decode().split('id="result_list"')[-1]
    rows = re.findall(r"<tr class=\"data-row.*?</tr>", body, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def ended(export: Export, status: str, **columns) -> Run:
    over = status not in {"planned", "needs_decision", *Run.OPEN}
    columns = {"trigger": "on_demand", "configuration": {"mapping": export.mapping}, **columns}
    return Run.objects.create(export=export, status=status, finished_at=export.created_at if over else None, **columns)


@pytest.fixture
def hidden(connection, sandbox, alice) -> Connection:
    Connection.objects.filter(pk=connection.pk).update(sharing="contributors")
    return make_connection(sandbox, alice, "Board only")


def test_the_status_is_that_of_the_last_run_and_not_of_a_preview(alice_client, bob, connection):
    export = plain_export(connection, LIST)
    ended(export, "failed")
    ended(export, "succeeded", trigger="command", started_by=bob)
    ended(export, "planned", preview=True)
    (row,) = rows_of(alice_client.get(EXPORTS))
    assert "Successful" in row
    assert "Command line · bob" in row
    assert "Failed" not in row
    assert "Preview" not in row.split("Edit and run")[0]


def test_an_export_that_never_ran_says_so(alice_client, connection):
    plain_export(connection, LIST)
    assert "Never run" in rows_of(alice_client.get(EXPORTS))[0]


def test_a_detached_export_shows_no_connection_and_no_way_to_run_it(alice_client):
    plain_export(None, LIST)
    (row,) = rows_of(alice_client.get(EXPORTS))
    assert "No connection" in row
    assert "Run now" not in row
    assert "Detach" not in row


def test_your_permissions_tell_what_one_may_do_with_each_row(
    bob_client, alice_client, carol_client, connection, hidden
):
    plain_export(connection, LIST, "A shared one")
    plain_export(hidden, LIST, "B hidden one")

    def told(client):
        return ["Edit and run" if "Edit and run" in row else "View only" for row in rows_of(client.get(EXPORTS))]

    assert told(alice_client) == ["Edit and run", "Edit and run"]
    assert told(bob_client) == ["Edit and run", "View only"]
    assert told(carol_client) == ["View only", "View only"]


def test_the_rights_of_a_list_are_those_of_the_pages(alice, bob, carol, dave, connection, hidden):
    exports = [plain_export(each, LIST, f"Export {number}") for number, each in enumerate((connection, hidden, None))]
    for person in (alice, bob, carol, dave):
        for row in with_rights_of(person, Export.objects.filter(pk__in=[export.pk for export in exports])):
            assert row.may_manage == can_manage(person, row), (person, row.connection)
            assert row.may_run == can_run(person, row)
            assert row.may_detach == can_detach(person)


def test_viewers_are_offered_no_bulk_action(carol_client, connection):
    plain_export(connection, LIST)
    assert "run_selected" not in carol_client.get(EXPORTS).content.decode()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("spring", ["Spring sale"]),
        ("BOARD", ["Autumn"]),
        ("constant con", ["Autumn", "Spring sale"]),
        ("nothing like it", []),
    ],
)
def test_exports_are_searched_by_name_connection_and_type(words, found, alice_client, connection, hidden):
    plain_export(connection, LIST, "Spring sale")
    plain_export(hidden, LIST, "Autumn")
    rows = rows_of(alice_client.get(EXPORTS, {"q": words}))
    assert [name for name in ("Autumn", "Spring sale") if any(name in row for row in rows)] == found


@pytest.mark.parametrize("column", range(1, 6))
def test_every_column_can_be_sorted(column, alice_client, connection):
    for name in "ab":
        ended(plain_export(connection, LIST, name), "succeeded")
    there = rows_of(alice_client.get(EXPORTS, {"o": column}))
    assert len(there) == 2


def test_more_exports_cost_no_more_queries(alice_client, bob, connection, django_assert_max_num_queries):
    def make(count):
        for number in range(count):
            export = plain_export(connection, LIST, f"Export {Export.objects.count() + number}")
            export.updated_by = bob
            export.save()
            ended(export, "succeeded", started_by=bob)

    make(2)
    with django_assert_max_num_queries(40) as few:
        alice_client.get(EXPORTS)
    make(10)
    with django_assert_max_num_queries(len(few)):
        alice_client.get(EXPORTS)


def test_more_runs_cost_no_more_queries(alice_client, bob, connection, django_assert_max_num_queries):
    export = plain_export(connection, LIST)
    for _number in range(2):
        ended(export, "succeeded", started_by=bob)
    with django_assert_max_num_queries(40) as few:
        alice_client.get(RUNS)
    for _number in range(10):
        ended(export, "failed", started_by=bob)
    with django_assert_max_num_queries(len(few)):
        assert len(rows_of(alice_client.get(RUNS))) == 12


def test_runs_are_filtered_by_export_and_status(carol_client, connection):
    first, second = plain_export(connection, LIST, "First"), plain_export(connection, LIST, "Second")
    ended(first, "succeeded")
    ended(first, "failed")
    ended(second, "failed")
    assert len(rows_of(carol_client.get(RUNS, {"export__id__exact": first.pk}))) == 2
    assert len(rows_of(carol_client.get(RUNS, {"status__exact": "failed"}))) == 2
    assert len(rows_of(carol_client.get(RUNS, {"export__id__exact": first.pk, "status__exact": "failed"}))) == 1


def test_a_run_in_the_list_shows_what_became_of_it(alice_client, connection):
    run = ended(plain_export(connection, LIST), "completed_with_errors", counts={"send": 5, "no_email": 2})
    stored_batch(run, 5, activity_id="a", refused=1)
    (row,) = rows_of(alice_client.get(RUNS))
    assert "4 of 7 selected" in row


def test_nobody_adds_or_deletes_a_run_by_hand(alice_client, connection):
    run = ended(plain_export(connection, LIST), "succeeded")
    assert alice_client.get(f"{RUNS}add/").status_code == 404
    assert alice_client.post(f"{RUNS}{run.pk}/delete/", {"post": "yes"}).status_code == 404
    assert alice_client.post(reverse("admin:exports_run_change", args=[run.pk])).status_code == 405


def test_empty_lists_say_what_comes_here(alice_client, carol_client, db):
    assert "No exports yet" in alice_client.get(EXPORTS).content.decode()
    assert "Add export" not in carol_client.get(EXPORTS).content.decode()
    assert "No runs yet" in carol_client.get(RUNS).content.decode()


def test_bulk_remove_asks_first_and_takes_only_what_one_may_remove(bob_client, connection, hidden):
    mine, theirs = plain_export(connection, LIST, "Mine"), plain_export(hidden, LIST, "Theirs")
    data = {"action": "remove_selected", "_selected_action": [mine.pk, theirs.pk]}
    page = bob_client.post(EXPORTS, data).content.decode()
    assert "Remove 1 export?" in page
    assert "1 export is left alone" in page
    assert Export.objects.count() == 2
    answer = bob_client.post(EXPORTS, {**data, "confirmed": "yes"}, follow=True)
    assert list(Export.objects.all()) == [theirs]
    assert "1 export was removed." in sentences(answer)
    assert "1 export was skipped" in sentences(answer)


def test_bulk_remove_leaves_exports_that_run(alice_client, connection):
    export = plain_export(connection, LIST)
    ended(export, "running")
    data = {"action": "remove_selected", "_selected_action": [export.pk], "confirmed": "yes"}
    assert "a run of it is in progress" in sentences(alice_client.post(EXPORTS, data, follow=True))
    assert Export.objects.exists()
