"""The form of an export in a browser: rows without a reload, the list by search, and how many profiles that is."""

import pytest
from playwright.sync_api import Page, expect

from exports.models import Export
from profiles.attributes import Attribute
from tests.exports.pages import plain_export, plain_segment, plain_source
from tests.support.browser import PHONE, be, picture, sideways_overflow

ADD = "/admin/exports/export/add/"


@pytest.fixture
def segments(connection):
    source = plain_source("Customers")
    source.columns.append(Attribute("points", "whole").as_json())
    source.save()
    return [plain_segment("France", source, 6), plain_segment("Japan", source, 900_000)]


@pytest.fixture
def form(page: Page, live_server, alice, segments, list_id) -> Page:
    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}{ADD}")
    return page


def rows(page: Page) -> list[tuple[str, str]]:
    """The matched attributes as (field, attribute), as one reads them."""
    chosen = "select => select.selectedOptions[0].textContent"
    return [
        (row.locator("[name=target]").evaluate(chosen), row.locator("[name=attribute]").evaluate(chosen))
        for row in page.locator("[data-rows] [data-row]").all()
    ]


def choose_connection(page: Page) -> None:
    page.get_by_label("Connection for export").select_option(label="Newsletter")


def test_an_export_is_made_from_beginning_to_end(form, live_server):
    form.get_by_label("Display name").fill("French customers")
    choose_connection(form)
    form.get_by_label("Constant Contact List ID").fill("france")
    form.get_by_role("option", name="Newsletter for France").click()
    form.get_by_role("button", name="First name ← first_name").click()
    form.get_by_label("France").check()
    picture(form, "export-form")
    form.get_by_role("button", name="Save", exact=True).click()
    form.wait_for_url("**/change/")
    export = Export.objects.get()
    assert export.mapping == {"email": "email", "first_name": "first_name"}
    assert export.list_name == "Newsletter for France"


def test_attributes_are_added_and_removed_with_the_keyboard_alone(form):
    form.get_by_role("button", name="Add attribute").press("Enter")
    expect(form.locator("[data-row] [name=target]")).to_be_focused()
    form.keyboard.type("City")
    form.keyboard.press("Tab")
    form.keyboard.type("city")
    assert rows(form) == [("City", "city")]
    form.get_by_role("button", name="Add attribute").press("Enter")
    form.keyboard.type("Last name")
    form.get_by_role("button", name="Remove this attribute").first.press("Enter")
    assert [field for field, _attribute in rows(form)] == ["Last name"]
    expect(form.get_by_role("button", name="Remove this attribute")).to_be_focused()
    form.keyboard.press("Enter")
    assert rows(form) == []
    expect(form.get_by_role("button", name="Add attribute")).to_be_focused()


def test_what_the_names_of_attributes_say_is_suggested_and_email_is_filled_in(form):
    form.get_by_label("France").check()
    expect(form.get_by_label("Email", exact=False).first).to_have_value("email")
    form.get_by_role("button", name="Add all").click()
    assert rows(form) == [
        ("First name", "first_name"),
        ("Last name", "last_name"),
        ("Phone", "phone"),
        ("City", "city"),
    ]
    expect(form.locator("[data-suggestions]")).to_be_hidden()


def test_a_field_can_not_be_chosen_twice(form):
    form.get_by_role("button", name="City ← city").click()
    form.get_by_role("button", name="Add attribute").click()
    options = form.locator("[data-row]").last.locator("[name=target] option[value=city]")
    expect(options).to_be_disabled()


def test_rows_work_after_a_failed_validation(form):
    form.get_by_role("button", name="City ← city").click()
    form.get_by_role("button", name="Save", exact=True).click()
    expect(form.get_by_role("alert").first).to_contain_text("The export is not saved yet.")
    assert rows(form) == [("City", "city")]
    form.get_by_role("button", name="Add attribute").click()
    form.get_by_role("button", name="Remove this attribute").first.click()
    assert len(rows(form)) == 1


def test_a_new_custom_field_gets_a_name(form):
    form.get_by_role("button", name="Add attribute").click()
    row = form.locator("[data-row]")
    row.locator("[name=target]").select_option("new")
    expect(row.locator("[name=new_label]")).to_be_focused()
    row.locator("[name=target]").select_option("city")
    expect(row.locator("[name=new_label]")).to_be_hidden()


def test_a_row_that_is_added_asks_whether_the_value_or_the_person_is_left_out(form):
    form.get_by_label("France").check()
    form.get_by_role("button", name="Phone ← phone").click()
    form.get_by_role("button", name="City ← city").click()
    form.get_by_label("If not accepted").first.select_option("person")
    form.get_by_role("button", name="Save", exact=True).click()
    chosen = form.locator("[data-rows] [name=refused]").evaluate_all("all => all.map((one) => one.value)")
    assert chosen == ["person", ""]


def test_the_type_of_a_new_custom_field_follows_the_attribute_until_another_is_chosen(form):
    form.get_by_role("button", name="Add attribute").click()
    row = form.locator("[data-row]")
    type = row.get_by_label("Type of the new custom field")
    expect(type).to_be_hidden()
    row.locator("[name=target]").select_option("new")
    shown = "select => [...select.options].filter((option) => !option.hidden).map((option) => option.textContent)"
    assert type.evaluate(shown) == ["As the attribute"]
    row.locator("[name=attribute]").select_option("points")
    assert type.evaluate(shown) == ["Number (as the attribute)", "Text", "Amount of money"]
    type.select_option("currency")
    row.locator("[name=attribute]").select_option("city")
    assert type.evaluate(shown) == ["Text (as the attribute)"]
    expect(type).to_have_value("")
    picture(form, "export-form-new-field")


def test_the_custom_fields_of_the_account_are_offered(form, connection):
    from exports.destination import custom_fields

    target, _field = custom_fields.create(connection, "Loyalty level")
    choose_connection(form)
    form.get_by_role("button", name="Add attribute").click()
    form.locator("[data-row] [name=target]").select_option(label="Loyalty level · Text")
    assert form.locator("[data-row] [name=target]").input_value() == target


def test_a_list_is_found_with_the_keyboard(form, list_id):
    choose_connection(form)
    box = form.get_by_label("Constant Contact List ID")
    box.fill("NEWS fra")
    expect(form.locator("#list-options [role=option]")).to_have_count(1)
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value(list_id)
    expect(form.locator("[data-chosen]")).to_contain_text("Newsletter for France")
    box.press("ArrowDown")
    box.press("Escape")
    expect(form.get_by_role("listbox")).to_be_hidden()


def test_a_pasted_address_shrinks_to_the_id_and_says_which_list_it_is(form, list_id):
    choose_connection(form)
    box = form.get_by_label("Constant Contact List ID")
    box.fill(f"https://app.constantcontact.com/pages/contacts/ui#contacts/{list_id}")
    expect(box).to_have_value(list_id)
    expect(form.locator("[data-chosen]")).to_contain_text("Newsletter for France")


def test_a_list_is_created_after_a_question(form, sandbox):
    choose_connection(form)
    form.get_by_role("button", name="Create a list").click()
    dialog = form.get_by_role("dialog")
    dialog.get_by_role("button", name="Create list").click()
    expect(dialog).to_contain_text("Enter a name for the new list.")
    dialog.get_by_label("Name of the list").fill("Spring")
    dialog.get_by_label("Name of the list").press("Enter")
    expect(form.locator("[data-chosen]")).to_contain_text("Spring")
    expect(dialog).to_be_hidden()


def test_an_account_that_does_not_answer_is_a_sentence(form, sandbox):
    sandbox.fault("GET /v3/contact_lists*", "503", times=10)
    choose_connection(form)
    expect(form.locator("[data-problem]")).to_contain_text("can't be reached")


def test_the_segments_are_summed_up_and_too_many_are_warned_of(form):
    form.get_by_label("France").check()
    total = form.locator("[data-sum-text]")
    expect(total).to_contain_text("1 selected, 6 profiles")
    form.get_by_label("Japan").check()
    expect(total).to_contain_text("2 selected, 900,006 profiles")
    expect(form.get_by_text("This is close to the limit of 1,000,000 profiles")).to_be_visible()
    form.get_by_label("Select all").uncheck()
    expect(total).to_have_text("No segment selected")


def test_more_than_an_export_can_have_is_shown(page, live_server, alice, segments):
    plain_segment("The world", segments[0].source, 1_000_001)
    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}{ADD}")
    page.get_by_label("The world").check()
    expect(page.get_by_text("With more, the run is skipped and nothing is sent.")).to_be_visible()


def test_attributes_that_a_selected_segment_lacks_are_not_offered(page, live_server, alice, segments):
    plain_segment("Leads", plain_source("Trade fair", ("id", "email")), 3)
    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}{ADD}")
    page.get_by_role("button", name="Add attribute").click()
    city = page.locator("[data-row] [name=attribute] option[value=city]")
    expect(city).to_be_enabled()
    page.get_by_label("Leads").check()
    expect(city).to_be_disabled()
    page.get_by_label("Leads").uncheck()
    expect(city).to_be_enabled()


def test_leaving_with_changes_asks_first(form, live_server):
    form.get_by_label("Display name").fill("Half-finished")
    asked = []
    form.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    form.get_by_role("link", name="Cancel").click()
    form.wait_for_url(f"{live_server.url}/admin/exports/export/")
    assert asked == ["beforeunload"]


def test_the_form_fits_a_phone(form):
    form.set_viewport_size(PHONE)
    form.get_by_role("button", name="Add all").click()
    assert sideways_overflow(form) == 0
    picture(form, "export-form-phone")


def test_an_export_to_another_list_that_fills_the_same_field_is_shown(form, connection, sandbox):
    mapping = {"email": "email", "first_name": "level"}
    plain_export(connection, sandbox.add_list("Other list"), name="Loyal customers", mapping=mapping)
    warning = form.get_by_text("“Loyal customers” also fills First name, in the same account.")
    form.get_by_label("France").check()
    choose_connection(form)
    expect(warning).not_to_be_visible()
    form.get_by_role("button", name="First name ← first_name").click()
    expect(warning).to_be_visible()
    form.get_by_role("button", name="Remove this attribute").click()
    expect(warning).not_to_be_visible()
