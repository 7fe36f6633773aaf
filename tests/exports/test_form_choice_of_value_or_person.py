"""The form asks, for each matched attribute, whether a refused value is left out, or the person."""

import re

import pytest
from django.urls import reverse

from exports.models import Export, Run
from segments.models import Segment
from tests.exports.pages import filled_in, plain_export, plain_segment, sentences

ADD = "/admin/exports/export/add/"
ROWS = [("first_name", "first_name"), ("phone", "phone")]


@pytest.fixture
def segment(db) -> Segment:
    return plain_segment()


def change_page(export: Export) -> str:
    return reverse("admin:exports_export_change", args=[export.pk])


def choices_on(page: str) -> dict[str, str]:
    """What is chosen for each field, without the row that scripts copy."""
    rows = page.split("<template")[0].split(" data-row ")[1:]
    targets = [re.findall(r'<option value="(\w+)" selected>', row)[0] for row in rows]
    return {
        target: "person" if 'value="person" selected' in row else "value"
        for target, row in zip(targets, rows, strict=True)
    }


def test_without_a_choice_the_value_is_left_out(alice_client, connection, segment, list_id):
    alice_client.post(ADD, filled_in(connection, list_id, segment, rows=ROWS))
    export = Export.objects.get()
    assert export.strict_targets == []
    assert choices_on(alice_client.get(change_page(export)).text) == {"first_name": "value", "phone": "value"}


def test_the_choice_is_saved_and_shown_for_its_field(alice_client, connection, segment, list_id):
    alice_client.post(ADD, filled_in(connection, list_id, segment, rows=ROWS, refused=["", "person"]))
    export = Export.objects.get()
    assert export.strict_targets == ["phone"]
    page = alice_client.get(change_page(export)).text
    assert choices_on(page) == {"first_name": "value", "phone": "person"}
    assert "Leave the value out" in page
    copied = alice_client.get(reverse("admin:exports_export_duplicate", args=[export.pk])).text
    assert choices_on(copied) == {"first_name": "value", "phone": "person"}


def test_the_choice_survives_a_refusal(alice_client, connection, segment):
    data = filled_in(connection, "some list", segment, name="", rows=ROWS, refused=["person", ""])
    assert choices_on(alice_client.post(ADD, data).text) == {"first_name": "person", "phone": "value"}


def test_the_choice_of_a_row_that_is_removed_goes_with_it(alice_client, connection, list_id, segment):
    export = plain_export(connection, list_id, mapping={"email": "email", "phone": "phone"}, strict_targets=["phone"])
    data = filled_in(connection, list_id, segment, rows=[("city", "city")], seen=export.updated_at.isoformat())
    alice_client.post(change_page(export), {**data, "refused": [""]})
    export.refresh_from_db()
    assert (export.mapping, export.strict_targets) == ({"email": "email", "city": "city"}, [])


def test_a_custom_field_that_is_made_on_saving_keeps_its_choice(alice_client, connection, sandbox, segment, list_id):
    rows = [("phone", "phone"), ("new", "level", "Loyalty level"), ("new", "city", "Town")]
    alice_client.post(ADD, filled_in(connection, list_id, segment, rows=rows, refused=["", "person", ""]))
    export = Export.objects.get()
    assert [export.custom_field_labels[target] for target in export.strict_targets] == ["Loyalty level"]


def test_what_else_is_posted_leaves_the_value_out(alice_client, connection, segment, list_id):
    alice_client.post(ADD, filled_in(connection, list_id, segment, rows=ROWS, refused=["on", "no such choice"]))
    assert Export.objects.get().strict_targets == []


def test_another_choice_is_in_the_audit_trail_and_sends_nobody_again(alice_client, connection, list_id, segment):
    export = plain_export(connection, list_id, mapping={"email": "email", "phone": "phone"})
    configuration = {"account_id": connection.account_id, "list_id": list_id, "mapping": export.mapping}
    export.baseline = Run.objects.create(
        export=export, trigger="on_demand", status="planned", configuration=configuration
    )
    export.save()
    data = filled_in(connection, list_id, segment, name=export.name, rows=[("phone", "phone")], refused=["person"])
    answer = alice_client.post(change_page(export), {**data, "seen": export.updated_at.isoformat()}, follow=True)
    assert "is saved" in sentences(answer)
    assert "sends everyone" not in sentences(answer)
    trail = alice_client.get(reverse("admin:system_audit")).text
    assert "“Fields whose faulty values leave the person out” of the export “Newsletter” from “–” to “Phone”" in trail


def test_who_may_not_change_the_export_reads_the_choice(carol_client, connection, list_id, segment):
    columns = {"mapping": {"email": "email", "first_name": "first_name", "phone": "phone"}, "strict_targets": ["phone"]}
    page = carol_client.get(change_page(plain_export(connection, list_id, **columns))).text
    rows = re.findall(r"<tr><td>(.*?)</td><td.*?</td><td[^>]*>(.*?)</td></tr>", page)
    assert rows[:3] == [
        ("Email", "Leave the person out"), ("First name", "Leave the value out"), ("Phone", "Leave the person out"),
    ]  # fmt: skip
