"""The form of an export says what custom fields hold, and makes new ones with the type of the attribute."""

import json

import pytest

from connections.clients import client_for
from exports.destination import custom_fields
from exports.destination.field_types import type_label, types_for
from exports.models import Export
from profiles.attributes import Attribute
from profiles.models import ProfileSource
from tests.exports.pages import filled_in, plain_export, plain_segment
from tests.exports.test_form_page import ADD, change_page, renamed
from tests.support.fixtures_exports import api_calls

WHOLE = {"type": "number", "metadata": {"allow_negative": True, "integer": True}}
ATTRIBUTES = {
    "level": Attribute("level", "text", values=("Gold", "silver", "gold", " Bronze ")),
    "comment": Attribute("comment", "text"),
    "points": Attribute("points", "whole"),
    "balance": Attribute("balance", "number", sql_type="DECIMAL(18,2)"),
    "height": Attribute("height", "number", sql_type="DECIMAL(18,1)"),
    "latitude": Attribute("latitude", "number", sql_type="DECIMAL(18,6)"),
    "share": Attribute("share", "number"),
    "born": Attribute("born", "date", format="%d.%m.%Y"),
    "seen": Attribute("seen", "moment"),
    "member": Attribute("member", "boolean"),
}


def source_of(name, **changed):
    columns = [Attribute("id"), Attribute("email", looks_like_email=True), *(ATTRIBUTES | changed).values()]
    return ProfileSource.objects.create(
        name=name, key_attribute="id", columns=[each.as_json() for each in columns], row_count=10
    )


@pytest.fixture
def segment(db):
    return plain_segment("France", source_of("Customers"))


def made_types(connection):
    return {field.label: field.type for field in client_for(connection, for_page=False).custom_fields()}


@pytest.mark.parametrize(
    ("attribute", "type"),
    [
        ("level", {"type": "string"}),
        ("comment", {"type": "string"}),
        ("points", WHOLE),
        ("balance", {"type": "number", "metadata": {"allow_negative": True, "decimal_places": 2}}),
        ("height", {"type": "number", "metadata": {"allow_negative": True, "decimal_places": 1}}),
        ("latitude", {"type": "string"}),
        ("share", {"type": "string"}),
        ("born", {"type": "date", "version": 2}),
        ("seen", {"type": "string"}),
        ("member", {"type": "boolean"}),
    ],
)
def test_a_new_field_has_the_type_of_its_attribute(
    attribute, type, alice_client, connection, sandbox, segment, list_id
):
    rows = [("new", attribute, "The field")]
    alice_client.post(ADD, filled_in(connection, list_id, segment, rows=rows))
    export = Export.objects.get()
    assert made_types(connection) == {"The field": type}
    assert export.custom_field_types == {"cf:the_field": type}


@pytest.mark.parametrize(
    ("attribute", "chosen", "type"),
    [
        ("level", "single_select", {"type": "single_select", "choices": ["Bronze", "Gold", "silver"]}),
        ("points", "string", {"type": "string"}),
        ("points", "currency", {"type": "currency", "metadata": {"allow_negative": True, "decimal_places": 2}}),
        ("latitude", "number", {"type": "number", "metadata": {"allow_negative": True, "decimal_places": 4}}),
        ("seen", "date", {"type": "date", "version": 2}),
        ("seen", "datetime", {"type": "datetime"}),
        ("born", "string", {"type": "string"}),
    ],
)
def test_another_type_that_fits_can_be_chosen(
    attribute, chosen, type, alice_client, connection, sandbox, segment, list_id
):
    data = filled_in(connection, list_id, segment, rows=[("new", attribute, "The field")], new_type=[chosen])
    alice_client.post(ADD, data)
    assert made_types(connection) == {"The field": type}


@pytest.mark.parametrize(("attribute", "chosen"), [("comment", "single_select"), ("level", "number"), ("born", "blob")])
def test_a_type_that_does_not_fit_is_refused_and_makes_no_field(
    attribute, chosen, alice_client, connection, sandbox, segment, list_id
):
    data = filled_in(connection, list_id, segment, rows=[("new", attribute, "The field")], new_type=[chosen])
    page = alice_client.post(ADD, data).content.decode()
    assert f"The values of “{attribute}” do not fit the type of the new custom field." in page
    assert not Export.objects.exists()
    assert api_calls(sandbox) == []


def test_an_attribute_with_two_types_in_two_sources_becomes_text(alice_client, connection, sandbox, segment, list_id):
    other = plain_segment("Leads", source_of("Leads", born=Attribute("born", "text")))
    rows = [("new", "born", "Born"), ("new", "points", "Points")]
    alice_client.post(ADD, filled_in(connection, list_id, segment, other, rows=rows))
    assert made_types(connection) == {"Born": {"type": "string"}, "Points": WHOLE}


def test_a_field_that_has_this_label_already_keeps_its_type(alice_client, connection, sandbox, segment, list_id):
    custom_fields.create(connection, "Points", {"type": "string"})
    alice_client.post(ADD, filled_in(connection, list_id, segment, rows=[("new", "points", "points")]))
    assert Export.objects.get().custom_field_types == {"cf:points": {"type": "string"}}


def test_a_list_of_more_than_100_values_or_of_longer_ones_is_not_proposed():
    many = Attribute("level", "text", values=tuple(str(number) for number in range(101)))
    assert list(types_for([many])) == ["string"]
    assert list(types_for([Attribute("level", "text", values=("x" * 256,))])) == ["string"]
    hundred = Attribute("level", "text", values=tuple(f"v{number}" for number in range(100)))
    assert len(types_for([hundred])["single_select"]["choices"]) == 100


@pytest.mark.parametrize(
    ("type", "label"),
    [
        ({"type": "string"}, "Text"),
        ({"type": "text_area"}, "Long text"),
        ({"type": "date", "version": 2}, "Date"),
        ({"type": "date", "version": 1}, "Text"),
        ({"type": "date"}, "Text"),
        ({"type": "datetime"}, "Date and time"),
        ({"type": "number"}, "Number"),
        ({"type": "currency"}, "Amount of money"),
        ({"type": "boolean"}, "Yes or no"),
        ({"type": "single_select"}, "One of a list"),
        ({"type": "multi_select"}, "Several of a list"),
        ({"type": "of the future"}, ""),
    ],
)
def test_types_have_plain_names(type, label):
    assert type_label(type) == label


def test_the_fields_of_the_account_are_shown_with_what_they_hold(alice_client, connection, sandbox, segment):
    custom_fields.create(connection, "Points", WHOLE)
    custom_fields.create(connection, "Level")
    answer = alice_client.get("/admin/exports/export/account/", {"connection": connection.pk})
    assert json.loads(answer.content)["custom_fields"] == [
        ["cf:level", "Level", "Text"],
        ["cf:points", "Points", "Number"],
    ]


def test_a_chosen_field_is_shown_with_what_it_holds_without_asking(alice_client, connection, sandbox, list_id, segment):
    export = plain_export(
        connection,
        list_id,
        mapping={"email": "email", "cf:points": "points"},
        custom_field_labels={"cf:points": "Points"},
        custom_field_types={"cf:points": WHOLE},
    )
    page = alice_client.get(change_page(export)).content.decode()
    assert '<option value="cf:points" selected data-label="Points">Points · Number</option>' in page
    assert api_calls(sandbox) == []


@pytest.fixture
def export_of_points(connection, list_id, segment):
    """An export of an earlier version to a field that holds a number by now."""
    custom_fields.create(connection, "Points", WHOLE)
    return plain_export(
        connection,
        list_id,
        mapping={"email": "email", "cf:points": "points"},
        custom_field_labels={"cf:points": "Points before"},
    )


def save_again(client, export):
    data = filled_in(export.connection, export.list_id, *export.segments.all(), rows=[("cf:points", "points")])
    answer = client.post(change_page(export), {**data, "seen": export.updated_at.isoformat()})
    export.refresh_from_db()
    return answer


def test_saving_reads_the_types_of_the_chosen_fields_anew_with_one_call(alice_client, sandbox, export_of_points):
    save_again(alice_client, export_of_points)
    assert export_of_points.custom_field_types == {"cf:points": WHOLE}
    assert export_of_points.custom_field_labels == {"cf:points": "Points"}
    assert api_calls(sandbox).count("GET /v3/contact_custom_fields") == 2  # one of them was to make the field


def test_while_the_account_can_not_be_asked_the_types_stay_as_they_were(alice_client, sandbox, export_of_points):
    Export.objects.update(custom_field_types={"cf:points": {"type": "currency"}})
    sandbox.fault("GET /v3/contact_custom_fields*", "503", times=20)
    save_again(alice_client, export_of_points)
    assert export_of_points.name == "US customers"
    assert export_of_points.custom_field_types == {"cf:points": {"type": "currency"}}


def test_an_export_without_custom_fields_asks_for_none(alice_client, connection, sandbox, list_id, segment):
    renamed(alice_client, plain_export(connection, list_id))
    assert "GET /v3/contact_custom_fields" not in api_calls(sandbox)
