"""The form of an export: what it saves, what it refuses, and that nothing typed is ever lost."""

import pytest
from django.urls import reverse

from connections.models import Connection
from exports.models import Export, Run
from segments.models import Segment
from tests.exports.pages import filled_in, plain_export, plain_segment, plain_source, sentences
from tests.support.fixtures_exports import api_calls

ADD = "/admin/exports/export/add/"


def change_page(export: Export) -> str:
    return reverse("admin:exports_export_change", args=[export.pk])


@pytest.fixture
def segment(db) -> Segment:
    return plain_segment()


def test_saving_verifies_the_list_and_runs_nothing(alice, alice_client, connection, segment, list_id):
    address = f"https://app.constantcontact.com/pages/contacts/ui#contacts/{list_id}"
    answer = alice_client.post(ADD, filled_in(connection, address, segment), follow=True)
    export = Export.objects.get()
    assert answer.redirect_chain[-1][0] == change_page(export)
    assert "Saving does not run it" in sentences(answer)
    assert (export.list_id, export.list_name) == (list_id, "Newsletter for France")
    assert export.list_account_id == connection.account_id
    assert export.mapping == {"email": "email", "first_name": "first_name"}
    assert list(export.segments.all()) == [segment]
    assert (export.created_by, export.updated_by) == (alice, alice)
    assert not Run.objects.exists()


def test_brakes_are_saved_where_they_differ_and_shown_to_whoever_may_only_look(
    alice_client, carol_client, connection, segment, list_id
):
    data = filled_in(connection, list_id, segment, brake_shrank="30", brake_empty="", brake_removed="many")
    refused = alice_client.post(ADD, data)
    assert 'cc-brakes" open' in refused.text
    assert "Enter a whole number." in refused.text
    alice_client.post(ADD, data | {"brake_removed": ""})
    export = Export.objects.get()
    assert export.brakes == {"shrank": 30, "empty": None, "removed": None}
    page = carol_client.get(change_page(export)).text
    assert "<dt>The segments shrank by more than</dt><dd>30%</dd>" in page
    assert "<dt>The segments are empty</dt><dd>Off</dd>" in page
    data = filled_in(connection, list_id, segment, seen=export.updated_at.isoformat())
    alice_client.post(change_page(export), data)
    assert Export.objects.get().brakes == export.brakes  # a form that asks for none of them changes none


def test_a_chosen_custom_field_survives_a_failed_validation(alice_client, connection, segment):
    data = filled_in(connection, "some list", segment, name="", rows=[("cf:loyalty_level", "level")])
    page = alice_client.post(ADD, data).content.decode()
    assert '<option value="cf:loyalty_level" selected>loyalty_level</option>' in page


def test_too_many_profiles_are_warned_of_when_saving(alice_client, connection, segment, list_id, settings):
    settings.MAX_PROFILES_PER_EXPORT = 5
    answer = alice_client.post(ADD, filled_in(connection, list_id, segment), follow=True)
    assert "more profiles than an export can have" in sentences(answer)


def test_save_and_preview_plans_without_sending(alice_client, connection, segment, list_id):
    answer = alice_client.post(ADD, filled_in(connection, list_id, segment, then="preview"))
    run = Run.objects.get()
    assert run.preview
    assert answer.url == reverse("admin:exports_run_change", args=[run.pk])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Enter a display name."),
        ({"connection": ""}, "Choose a connection."),
        ({"list_id": ""}, "Choose the list that the profiles are sent to."),
        ({"email": ""}, "Choose the attribute that holds the email address."),
        ({"email": "gone"}, "There is no attribute with this name any more."),
        ({"segments": []}, "Select at least one segment."),
        ({"segments": ["999"]}, "One of the segments no longer exists."),
        ({"rows": [("city", "")]}, "Choose the attribute for “City”, or remove the row."),
        ({"rows": [("", "city")]}, "Choose what this attribute is called at Constant Contact"),
        ({"rows": [("town", "city")]}, "Choose what this attribute is called at Constant Contact"),
        ({"rows": [("email", "city")]}, "Choose what this attribute is called at Constant Contact"),
        ({"rows": [("city", "city"), ("city", "level")]}, "“City” is matched twice."),
        ({"rows": [("new", "level")]}, "Enter a name for the new custom field."),
        ({"rows": [("new", "level", "x" * 51)]}, "may have up to 50 characters"),
        ({"rows": [("new", "level", "Level"), ("new", "city", "level")]}, "“level” is matched twice."),
        ({"rows": [("birthday_day", "level")]}, "only with both month and day"),
        ({"rows": [("phone", "phone"), ("other_phone", "phone")]}, "Phone and Other phone in the same place"),
        ({"rows": [("city", "nowhere")]}, "The profiles of the segment “France” have no attribute “nowhere”."),
    ],
)
def test_what_can_not_be_saved_gets_a_sentence_and_costs_no_call(
    changes, sentence, alice_client, connection, sandbox, segment
):
    answer = alice_client.post(ADD, filled_in(connection, "some list", segment, **changes))
    page = answer.content.decode()
    assert sentence in page
    assert "everything you entered is kept" in page
    assert not Export.objects.exists()
    assert api_calls(sandbox) == []


def test_everything_typed_is_still_there_after_a_refusal(alice_client, connection, segment):
    rows = [("city", "city"), ("new", "level", "Loyalty level")]
    answer = alice_client.post(ADD, filled_in(connection, "  Spring ", segment, name="", rows=rows))
    form = answer.context["form"]
    assert [(row.target, row.attribute, row.label) for row in form.rows] == [
        ("city", "city", ""),
        ("new", "level", "Loyalty level"),
    ]
    assert form["list_id"].value() == "  Spring "
    assert form.chosen_segments == {segment.pk}
    page = answer.content.decode()
    assert 'value="Loyalty level"' in page
    assert '<option value="city" selected>' in page


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("503", "can&#x27;t be reached"), ("429_quota", "are used up"), ("html", "can&#x27;t be reached")],
)
def test_constant_contact_being_away_loses_nothing(kind, sentence, alice_client, connection, sandbox, segment, list_id):
    sandbox.fault("GET /v3/contact_lists*", kind, times=20)
    answer = alice_client.post(ADD, filled_in(connection, list_id, segment))
    assert sentence in answer.content.decode()
    assert answer.context["form"]["list_id"].value() == list_id
    assert not Export.objects.exists()


def test_a_list_that_is_not_there_is_said_at_its_field(alice_client, connection, segment):
    answer = alice_client.post(ADD, filled_in(connection, "559a8e62-ae55-44cf-9c9c-c976ca9904ab", segment))
    assert "has no list with this ID" in str(answer.context["form"].errors["list_id"])


def test_a_deleted_list_is_said_at_its_field(alice_client, connection, sandbox, segment, list_id):
    sandbox.delete_list(list_id)
    answer = alice_client.post(ADD, filled_in(connection, list_id, segment))
    assert "was deleted at Constant Contact" in str(answer.context["form"].errors["list_id"])


def test_a_segment_of_a_source_without_the_attribute_is_refused_by_name(alice_client, connection, segment, list_id):
    leads = plain_segment("Leads", plain_source("Trade fair", ("id", "email")))
    answer = alice_client.post(ADD, filled_in(connection, list_id, segment, leads))
    errors = str(answer.context["form"].errors["segments"])
    assert "“Leads” have no attribute “first_name”" in errors
    assert "“France”" not in errors


def test_a_custom_field_is_made_on_saving_and_its_label_is_kept(alice_client, connection, sandbox, segment, list_id):
    rows = [("new", "level", "Loyalty level")]
    alice_client.post(ADD, filled_in(connection, list_id, segment, rows=rows))
    export = Export.objects.get()
    (target,) = set(export.mapping) - {"email"}
    assert export.mapping[target] == "level"
    assert export.custom_field_labels == {target: "Loyalty level"}
    assert "POST /v3/contact_custom_fields" in api_calls(sandbox)


def test_no_custom_field_is_made_for_an_export_that_is_refused(alice_client, connection, sandbox, segment):
    rows = [("new", "level", "Loyalty level")]
    alice_client.post(ADD, filled_in(connection, "no such list", segment, rows=rows))
    assert "POST /v3/contact_custom_fields" not in api_calls(sandbox)


def test_custom_field_that_the_account_lost_is_shown_with_the_form(alice_client, connection, segment, list_id):
    answer = alice_client.post(ADD, filled_in(connection, list_id, segment, rows=[("cf:loyalty", "level")]))
    assert "has no custom field “loyalty”" in str(answer.context["form"].matching_errors)
    assert not Export.objects.exists()


def renamed(client, export) -> str:
    """Save the export with another name and nothing else changed; returns its page."""
    data = filled_in(export.connection, export.list_id, *export.segments.all(), rows=[], name="Renamed")
    answer = client.post(change_page(export), {**data, "seen": export.updated_at.isoformat()})
    export.refresh_from_db()
    return answer.content.decode()


def test_renaming_asks_constant_contact_for_the_list_and_nothing_else(alice_client, connection, sandbox, list_id):
    export = plain_export(connection, list_id)
    renamed(alice_client, export)
    assert export.name == "Renamed"
    assert api_calls(sandbox) == [f"GET /v3/contact_lists/{list_id}"]


def test_saving_refuses_a_list_that_was_deleted_since_though_it_is_not_changed(
    alice_client, connection, sandbox, list_id
):
    export = plain_export(connection, list_id)
    sandbox.delete_list(list_id)
    assert "was deleted at Constant Contact. Choose another list." in renamed(alice_client, export)
    assert export.name == "Newsletter"


def test_saving_refuses_a_list_that_the_account_does_not_know_though_it_is_not_changed(alice_client, connection):
    export = plain_export(connection, "559a8e62-ae55-44cf-9c9c-c976ca9904ab")
    assert "has no list with this ID" in renamed(alice_client, export)
    assert export.name == "Newsletter"


@pytest.mark.parametrize("kind", ["503", "429_quota", "html", "drop_before", "403"])
def test_while_constant_contact_can_not_be_asked_a_list_that_is_not_changed_is_saved(
    kind, alice_client, connection, sandbox, list_id
):
    export = plain_export(connection, list_id)
    sandbox.fault("GET /v3/contact_lists*", kind, times=20)
    renamed(alice_client, export)
    assert export.name == "Renamed"


def test_a_connection_that_has_to_be_reconnected_keeps_nobody_from_renaming(alice_client, connection, sandbox, list_id):
    export = plain_export(connection, list_id)
    sandbox.revoke()
    sandbox.expire_access_tokens()
    renamed(alice_client, export)
    assert export.name == "Renamed"


def test_another_list_means_that_the_next_run_sends_everyone(alice_client, connection, sandbox, list_id):
    export = plain_export(connection, list_id)
    configuration = {"account_id": connection.account_id, "list_id": list_id, "mapping": export.mapping}
    export.baseline = Run.objects.create(
        export=export, trigger="on_demand", status="planned", configuration=configuration
    )
    export.save()
    seen = export.updated_at.isoformat()
    other = sandbox.add_list("Spring")
    data = filled_in(connection, other, *export.segments.all(), rows=[], name="Renamed", seen=seen)
    answer = alice_client.post(change_page(export), data, follow=True)
    assert "the next run sends everyone" in sentences(answer)


def test_what_somebody_else_saved_meanwhile_is_not_overwritten_unseen(alice_client, connection, list_id):
    export = plain_export(connection, list_id)
    stale = export.updated_at.isoformat()
    Export.objects.get(pk=export.pk).save()  # somebody else
    data = filled_in(connection, list_id, *export.segments.all(), rows=[], name="Mine", seen=stale)
    answer = alice_client.post(change_page(export), data)
    assert "Somebody else saved this export" in answer.content.decode()
    assert Export.objects.get().name == "Newsletter"
    alice_client.post(change_page(export), {**data, "seen": answer.context["seen"]})  # knowingly
    assert Export.objects.get().name == "Mine"


def test_two_exports_can_not_have_one_name(alice_client, connection, segment, list_id):
    plain_export(connection, list_id, "US customers")
    answer = alice_client.post(ADD, filled_in(connection, list_id, segment, name="us CUSTOMERS"))
    assert "Another export has this name already" in answer.content.decode()


def test_a_duplicate_is_prefilled_and_exists_only_once_it_is_saved(alice_client, connection, list_id):
    export = plain_export(connection, list_id, mapping={"email": "email", "city": "city"})
    address = reverse("admin:exports_export_duplicate", args=[export.pk])
    form = alice_client.get(address).context["form"]
    assert form["name"].value() == "Copy of Newsletter"
    assert form["list_id"].value() == list_id
    assert [(row.target, row.attribute) for row in form.rows] == [("city", "city")]
    assert Export.objects.count() == 1
    data = filled_in(connection, list_id, *export.segments.all(), name="Copy of Newsletter", rows=[("city", "city")])
    alice_client.post(address, data)
    copy = Export.objects.exclude(pk=export.pk).get()
    assert (copy.name, copy.mapping, copy.baseline) == ("Copy of Newsletter", export.mapping, None)


def test_another_export_on_the_same_list_is_pointed_out(alice_client, connection, list_id):
    export = plain_export(connection, list_id)
    plain_export(connection, list_id, "Product news")
    assert "“Product news” writes to the same list." in alice_client.get(change_page(export)).content.decode()


def test_without_a_segment_the_form_leads_to_making_one(alice_client, connection):
    assert "No segments yet" in alice_client.get(ADD).content.decode()


def test_a_detached_export_can_get_another_connection(alice_client, connection, list_id):
    export = plain_export(None, list_id)
    data = filled_in(connection, list_id, *export.segments.all(), rows=[], seen=export.updated_at.isoformat())
    alice_client.post(change_page(export), data)
    export.refresh_from_db()
    assert (export.connection, export.list_account_id) == (connection, connection.account_id)


def test_a_revoked_authorization_is_said_and_marks_the_connection(alice_client, connection, sandbox, segment, list_id):
    sandbox.revoke()
    answer = alice_client.post(ADD, filled_in(connection, list_id, segment))
    assert "An administrator has to reconnect it." in answer.content.decode()
    connection.refresh_from_db()
    assert connection.state == Connection.State.NEEDS_RECONNECTING
