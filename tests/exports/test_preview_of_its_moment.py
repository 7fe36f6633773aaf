"""A preview is of its moment: whoever is no longer there is not sent, and what changed since is said."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from connections.models import Connection
from exports.messages import run_message
from exports.models import Export, Run
from exports.models.configuration import configuration_of, freeze
from exports.plan.inputs import plan_inputs, segments_of
from exports.plan.outdated import changes_since
from exports.runs import PlanOutdatedError, send_planned, start_run
from segments.models import Segment
from tests.exports.pages import sentences
from tests.support.fixtures_exports import (
    PEOPLE,
    make_export,
    make_segment,
    make_source,
    on_list,
    work_once,
    work_until_over,
)


def preview_of(export: Export, bob) -> Run:
    Connection.objects.filter(pk=export.connection_id).update(sharing="contributors")
    return work_once(start_run(Export.objects.get(pk=export.pk), by=bob, preview=True)[0])


def refusal_of(run: Run, bob) -> str:
    with pytest.raises(PlanOutdatedError) as refused:
        send_planned(run, by=bob)
    return " ".join(refused.value.changes)


def test_people_erased_from_a_file_are_not_sent(export, sandbox, list_id, tmp_path, bob, bob_client):
    run = preview_of(export, bob)
    make_source(tmp_path, PEOPLE[:2])
    address = reverse("admin:exports_run_change", args=[run.pk])

    page = bob_client.get(address).text
    answer = bob_client.post(reverse("admin:exports_run_send", args=[run.pk]), follow=True)

    assert "This preview is out of date." in page
    assert "the profiles of “Customers” were replaced." in page
    assert "Send this plan" not in page
    assert "Preview again" in page
    assert "the profiles of “Customers” were replaced." in sentences(answer)
    run.refresh_from_db()
    assert run.status == Run.Status.PLANNED
    assert sandbox.stats()["imports"] == 0


def test_changed_rule_of_a_segment_is_shown_on_the_preview(export, bob):
    run = preview_of(export, bob)
    segment = Segment.objects.get()
    segment.rules = {"op": "and", "rules": []}
    segment.save()

    assert "the segment “France” was changed." in refusal_of(run, bob)


def test_segment_that_can_not_be_used_any_more_is_shown_on_the_preview(export, bob):
    run = preview_of(export, bob)
    Segment.objects.update(state=Segment.State.INACTIVE)
    assert "The segment “France” is inactive." in refusal_of(run, bob)
    Segment.objects.all().delete()
    assert changes_since(run)


def test_another_day_is_said_where_rules_count_from_today(export, bob):
    recent = {"attribute": "seen", "operator": "isWithinLast", "value": 20}
    source = Segment.objects.get().source
    source.columns = [*source.columns, {**source.columns[0], "name": "seen", "type": "date"}]
    source.save()
    Segment.objects.update(rules={"op": "or", "rules": [recent]})
    run = Run.objects.create(export=export, preview=True)
    run.configuration = freeze(export)
    run.plan_file, run.status, run.read_at = "plans/some.parquet", Run.Status.PLANNED, timezone.now()
    run.plan_inputs = plan_inputs(segments_of(configuration_of(run)))
    run.save()
    assert not changes_since(run)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert "It is of another day" in refusal_of(run, bob)


def test_an_edited_export_is_said_and_another_name_changes_nothing(export, bob):
    run = preview_of(export, bob)
    Export.objects.filter(pk=export.pk).update(name="Another name")
    Segment.objects.update(name="Another segment")
    assert not changes_since(run)
    Export.objects.filter(pk=export.pk).update(mapping={"email": "email"})
    assert "the export was edited." in refusal_of(run, bob)


def test_another_run_of_the_export_is_shown_on_the_preview(export, bob):
    run = preview_of(export, bob)
    other = work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob)[0])
    assert f"Run {other.pk} of this export has ended." in refusal_of(run, bob)


def test_another_export_that_sent_to_the_same_fields_is_shown_on_the_preview(export, connection, sandbox, bob):
    run = preview_of(export, bob)
    other = make_export(connection, sandbox.add_list("Other"), *export.segments.all(), name="Other export")
    work_until_over(start_run(other, by=bob)[0])
    assert "“Other export” has sent values to fields" in refusal_of(run, bob)


def test_a_preview_whose_plan_is_no_longer_kept_is_not_sent(export, bob):
    run = preview_of(export, bob)
    Run.objects.filter(pk=run.pk).update(plan_file="")
    run.refresh_from_db()
    assert "no longer kept" in refusal_of(run, bob)


@pytest.fixture
def in_database(export, sqlite, sqlite_source):
    """The export, with its people in a database, which says nothing when they change."""
    sqlite.execute("CREATE TABLE people (id INTEGER, email TEXT, first_name TEXT, last_name TEXT, country TEXT)")
    for each in PEOPLE[:3]:
        sqlite.execute("INSERT INTO people VALUES (:id, :email, :first_name, :last_name, :country)", each)
    export.segments.set([make_segment(sqlite_source("people"), "In the database")])
    return export


def test_a_row_deleted_from_a_database_is_not_sent_and_the_new_plan_is_the_preview(
    in_database, sqlite, sandbox, list_id, bob, bob_client
):
    run = preview_of(in_database, bob)
    sqlite.execute("DELETE FROM people WHERE id = 1")
    sqlite.execute("UPDATE people SET first_name = 'Benjamin' WHERE id = 2")
    sqlite.execute("INSERT INTO people VALUES (9, 'new@example.com', 'New', 'Person', 'France')")

    run = work_until_over(send_planned(run, by=bob)[0])

    assert (run.status, run.preview, run.counts, run.lease) == (Run.Status.PLANNED, True, {"send": 3}, "")
    assert sandbox.stats()["imports"] == 0
    told = "1 are new, 1 are gone and 1 are different. Nothing was sent."
    assert told in str(run_message(run.reason, run.reason_details))
    page = bob_client.get(reverse("admin:exports_run_change", args=[run.pk])).text
    assert told in page
    assert "Send this plan" in page
    sent = work_until_over(send_planned(run, by=bob)[0])
    assert sent.status == Run.Status.SUCCEEDED
    assert on_list(sandbox, list_id) == {"ben@example.com", "chen@example.com", "new@example.com"}


def test_a_database_in_which_nothing_changed_is_sent_exactly_as_shown(in_database, sandbox, list_id, bob):
    run = preview_of(in_database, bob)
    shown = run.plan_file

    sent = work_until_over(send_planned(run, by=bob)[0])

    assert (sent.status, sent.plan_file) == (Run.Status.SUCCEEDED, shown)
    assert on_list(sandbox, list_id) == {each["email"] for each in PEOPLE[:3]}


def test_a_database_with_nobody_to_send_any_more_sends_nobody(in_database, sqlite, sandbox, bob, bob_client):
    run = preview_of(in_database, bob)
    sqlite.execute("DELETE FROM people")
    sqlite.execute("INSERT INTO people VALUES (9, '', 'No', 'Address', 'France')")
    run = work_until_over(send_planned(run, by=bob)[0])
    assert (run.status, run.reason, run.reason_details["gone"]) == (Run.Status.PLANNED, "plan_changed", 3)
    assert sandbox.stats()["imports"] == 0
    assert "Send this plan" not in bob_client.get(reverse("admin:exports_run_change", args=[run.pk])).text


def test_the_preview_of_a_database_says_that_it_is_read_again(in_database, bob, bob_client):
    run = preview_of(in_database, bob)
    page = bob_client.get(reverse("admin:exports_run_change", args=[run.pk])).text
    assert "they are read again when you send this plan." in page
