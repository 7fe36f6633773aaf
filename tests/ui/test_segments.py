"""Profiles and segments in a browser: a file is uploaded with a look at it first, conditions are built and counted."""

import json

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from profiles.imports.lifecycle import import_now
from profiles.models import ProfileSource
from profiles.tasks import import_profiles
from segments.models import Evaluation, Segment
from segments.tasks import evaluate_segment
from tests.support.browser import DESKTOP, PHONE, be, picture, sideways_overflow

PEOPLE = """\
customer_id,email,first_name,country,orders,updated_at,newsletter
001,ann@example.com,Ann,France,3,2026-01-10 08:00:00,yes
002,ben@example.com,Ben,Germany,0,2026-03-01 12:30:00,no
003,cleo@example.com,Cléo,France,12,2025-11-30 23:59:59,yes
004,dora@example.com,Dora,Spain,,2026-03-01 00:00:00,no
"""


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": backend, "OPTIONS": {"location": tmp_path / "files"}}
    }


@pytest.fixture
def people_csv(tmp_path):
    path = tmp_path / "spring_customers.csv"
    path.write_bytes(PEOPLE.encode("windows-1252"))
    return path


@pytest.fixture
def people(people_csv) -> ProfileSource:
    source = ProfileSource.objects.create(name="Customers", key_attribute="customer_id")
    import_now(source, people_csv, key="customer_id", updated="updated_at", encoding="windows-1252")
    source.refresh_from_db()
    return source


@pytest.fixture
def build(page: Page, live_server, bob, people):
    """Open the page for a new segment as a contributor."""
    be(page, live_server.url, bob)
    page.goto(f"{live_server.url}/admin/segments/segment/add/")
    page.get_by_label("Name").fill("Spring")
    expect(page.locator("[data-count-value]")).to_have_text("4")


def conditions(page: Page):
    return page.locator("[data-condition]")


def work():
    """What a worker does with the evaluations that wait."""
    for pk in Evaluation.objects.filter(status="queued").values_list("pk", flat=True):
        evaluate_segment(pk)


def test_a_file_is_looked_at_before_it_travels_and_then_imported(page: Page, live_server, bob, people_csv):
    be(page, live_server.url, bob)
    page.goto(f"{live_server.url}/admin/profiles/profilesource/add/file/")
    expect(page.get_by_label("Key attribute")).to_be_hidden()

    page.get_by_label("CSV, Excel or Parquet file").set_input_files(people_csv)

    expect(page.get_by_role("cell", name="Cléo")).to_be_visible()
    expect(page.get_by_text("They are read as Western European (Windows-1252), the most likely way.")).to_be_visible()
    page.get_by_role("button", name="The letters look right").click()
    expect(page.get_by_text("Recognized as Windows-1252")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("spring customers")
    expect(page.get_by_label("Key attribute")).to_have_value("customer_id")
    expect(page.get_by_label("Last updated attribute")).to_have_value("updated_at")
    picture(page, "profile-source-upload")

    page.get_by_role("button", name="Upload and import").click()
    expect(page.get_by_text("spring_customers.csv waits for a worker.")).to_be_visible()

    import_profiles(ProfileSource.objects.get().imports.get().pk)

    expect(page.get_by_role("cell", name="a…@example.com")).to_be_visible()
    expect(page.get_by_text("Ready")).to_be_visible()
    picture(page, "profile-source")


def test_what_is_wrong_with_a_file_is_said_before_it_travels(page: Page, live_server, bob, tmp_path):
    path = tmp_path / "twice.csv"
    path.write_text("id,email,Email\n1,a@example.com,b@example.com\n")
    be(page, live_server.url, bob)
    page.goto(f"{live_server.url}/admin/profiles/profilesource/add/file/")

    page.get_by_label("CSV, Excel or Parquet file").set_input_files(path)

    expect(page.get_by_role("alert")).to_contain_text("These column names occur more than once: email, Email.")


def test_conditions_are_built_and_counted_without_loading_the_page(page: Page, build):
    expect(page.get_by_text("No conditions: this means all profiles.")).to_be_visible()
    first = conditions(page).nth(0)
    first.get_by_label("Attribute").select_option("country")
    expect(page.get_by_text("Complete the conditions")).to_be_visible()
    expect(first.get_by_label("Comparison")).to_have_value("isIn")
    first.get_by_label("Add a value").fill("france")
    first.get_by_label("Add a value").press("Enter")
    expect(page.locator("[data-count-value]")).to_have_text("2")
    first.get_by_label("Add a value").fill("Germany")
    expect(page.locator("[data-count-value]")).to_have_text("3")
    expect(page.locator("[data-sample-rows] tr")).to_have_count(3)
    expect(page.locator("[data-sample-rows]")).to_contain_text("cleo@example.com")

    page.get_by_role("button", name="Add condition").click()
    second = conditions(page).nth(1)
    second.get_by_label("Attribute").select_option("orders")
    second.get_by_label("Comparison").select_option("≥")
    second.get_by_label("Value").fill("3")
    expect(page.locator("[data-count-value]")).to_have_text("2")
    page.get_by_label("Profiles that meet").select_option("any of these conditions")
    expect(page.locator("[data-count-value]")).to_have_text("3")
    picture(page, "segment-builder")

    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("The segment “Spring” is saved. Its members are being counted.")).to_be_visible()
    expect(page.get_by_text("Queued").first).to_be_visible()
    work()
    expect(page.locator(".cc-stat__value")).to_have_text("3")  # the page looked again by itself
    expect(page.locator("[data-progress]")).to_have_count(0)
    picture(page, "segment")
    assert Segment.objects.get().rules == {
        "op": "or",
        "rules": [
            {"attribute": "country", "operator": "isIn", "value": ["france", "Germany"], "ignore_case": True},
            {"attribute": "orders", "operator": "greaterThanOrEqualTo", "value": "3"},
        ],
    }


def test_rules_are_combined_each_with_its_numbers(page: Page, build):
    page.get_by_role("button", name="Add rule").click()
    operation = page.get_by_role("combobox", name="Combined with the rules above")
    expect(operation).to_be_focused()
    expect(operation.locator("option")).to_have_text(["Union", "Intersect", "Except"])
    operation.select_option("Except")
    second = conditions(page).nth(1)
    second.get_by_label("Attribute").select_option("country")
    second.get_by_label("Add a value").fill("France")
    expect(page.locator("[data-count-value]")).to_have_text("2")
    counts = page.locator("[data-rule-counts]")
    expect(counts.nth(0)).to_have_text("This rule: 4")
    expect(counts.nth(1)).to_have_text("This rule: 2With the rules above: 2")

    page.get_by_role("button", name="Add rule").click()
    page.get_by_role("combobox", name="Combined with the rules above").nth(1).select_option("Intersect")
    third = conditions(page).nth(2)
    third.get_by_label("Attribute").select_option("newsletter")
    third.get_by_label("Value").select_option("no")
    expect(counts.nth(2)).to_have_text("This rule: 2With the rules above: 2")
    page.get_by_role("button", name="Move this rule up").nth(1).click()
    expect(page.get_by_role("button", name="Move this rule up").first).to_be_focused()
    expect(counts.nth(1)).to_have_text("This rule: 2With the rules above: 2")
    picture(page, "segment-rules")

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is saved as a draft")).to_be_visible()
    expect(page.get_by_text("Except rule 3:")).to_be_visible()
    page.get_by_role("link", name="Edit").first.click()
    expect(page.get_by_role("combobox", name="Combined with the rules above")).to_have_count(2)
    page.get_by_role("button", name="Remove this rule").nth(2).click()
    expect(conditions(page)).to_have_count(2)
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("Its members are being counted.")).to_be_visible()
    assert [step["operation"] for step in Segment.objects.get().rules["then"]] == ["intersect"]


def test_what_is_wrong_with_a_later_rule_is_shown_there(page: Page, build):
    page.get_by_role("button", name="Add rule").click()
    page.get_by_role("button", name="Run").click()

    expect(page.locator("[data-rule]").nth(1)).to_contain_text("This rule has no conditions.")


def test_comparisons_and_values_follow_the_type_of_the_attribute(page: Page, build):
    condition = conditions(page).nth(0)
    attribute = condition.get_by_label("Attribute")

    attribute.select_option("updated_at")
    assert condition.get_by_label("Comparison").locator("option").all_inner_texts() == [
        "is within the last",
        "is on",
        "is before",
        "is after",
        "is between",
        "is empty",
        "is not empty",
    ]
    condition.get_by_label("Number of days").fill("36500")
    expect(page.locator("[data-count-value]")).to_have_text("4")

    condition.get_by_label("Comparison").select_option("is on")
    expect(condition.get_by_label("Value")).to_have_attribute("type", "date")

    attribute.select_option("newsletter")
    condition.get_by_label("Value").select_option("no")
    expect(page.locator("[data-count-value]")).to_have_text("2")

    attribute.select_option("orders")
    condition.get_by_label("Comparison").select_option("is between")
    condition.get_by_label("Lower bound").fill("1")
    condition.get_by_label("Upper bound").fill("3")
    expect(page.locator("[data-count-value]")).to_have_text("1")

    attribute.select_option("country")
    offered = condition.get_by_label("Add a value").get_attribute("list")
    assert page.locator(f"#{offered} option").count() == 3


def test_what_is_wrong_is_shown_at_its_condition_and_everything_is_kept(page: Page, build):
    for value in ("3", "many"):
        if value == "many":
            page.get_by_role("button", name="Add condition").click()
        condition = conditions(page).last
        condition.get_by_label("Attribute").select_option("orders")
        condition.get_by_label("Value").fill(value)

    page.get_by_role("button", name="Run").click()

    expect(page.get_by_text("The segment is not saved yet.")).to_be_visible()
    expect(conditions(page).nth(0).get_by_label("Value")).to_have_value("3")
    expect(conditions(page).nth(1)).to_contain_text("“many” is not a number.")
    expect(conditions(page).nth(1).get_by_label("Attribute")).to_be_focused()
    picture(page, "segment-wrong")
    conditions(page).nth(1).get_by_label("Value").fill("12")
    expect(conditions(page).nth(1)).not_to_contain_text("is not a number")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("The segment “Spring” is saved.")).to_be_visible()


def test_groups_within_groups_are_built_saved_and_opened_again(page: Page, build):
    conditions(page).nth(0).get_by_label("Attribute").select_option("newsletter")
    page.get_by_role("button", name="Add sub-rule").click()
    inner = page.get_by_role("group", name="Group of conditions").nth(1)
    inner.get_by_label("Attribute").select_option("country")
    inner.get_by_label("Add a value").fill("Germany")
    inner.get_by_role("button", name="Add condition").click()
    inner.get_by_label("Attribute").nth(1).select_option("email")
    inner.get_by_label("Comparison").nth(1).select_option("starts with")
    inner.get_by_label("Value", exact=True).fill("cl")
    expect(page.locator("[data-count-value]")).to_have_text("1")

    page.get_by_role("button", name="Run").click()

    expect(page.get_by_text("Its members are being counted.")).to_be_visible()
    page.get_by_role("link", name="Edit").first.click()
    expect(conditions(page)).to_have_count(3)
    expect(inner.get_by_label("Profiles that meet")).to_have_value("or")


def test_a_segment_is_built_with_the_keyboard_alone(page: Page, build):
    page.get_by_role("button", name="Remove this condition").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Add condition")).to_be_focused()
    page.keyboard.press("Enter")
    expect(conditions(page).nth(0).get_by_label("Attribute")).to_be_focused()
    page.keyboard.type("country")
    page.keyboard.press("Tab")
    page.keyboard.type("is any")
    page.keyboard.press("Tab")
    page.keyboard.type("Spain")
    page.keyboard.press("Enter")
    page.keyboard.type("Germany")
    page.keyboard.press("Enter")
    expect(page.locator("[data-count-value]")).to_have_text("2")
    page.keyboard.press("Backspace")
    expect(page.locator("[data-count-value]")).to_have_text("1")
    page.get_by_role("button", name="Remove this condition").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Add condition")).to_be_focused()
    expect(page.locator("[data-count-value]")).to_have_text("4")


def test_another_source_means_other_attributes_for_the_same_conditions(page: Page, live_server, build, tmp_path):
    path = tmp_path / "others.csv"
    path.write_text("id,country\n1,France\n")
    others = ProfileSource.objects.create(name="Others", key_attribute="id")
    import_now(others, path, key="id", updated="")
    page.reload()
    page.get_by_label("Profile source").select_option("Customers")
    expect(page.locator("[data-count-value]")).to_have_text("4")
    conditions(page).nth(0).get_by_label("Attribute").select_option("country")
    conditions(page).nth(0).get_by_label("Add a value").fill("France")
    expect(page.locator("[data-count-value]")).to_have_text("2")

    page.get_by_label("Profile source").select_option("Others")

    expect(page.locator("[data-count-value]")).to_have_text("1")
    assert json.loads(page.locator("[name=rules]").input_value())["rules"][0]["value"] == ["France"]


def test_a_segment_is_refreshed_and_deactivated_from_the_list(page: Page, live_server, bob, people):
    Segment.objects.create(name="Everybody", source=people)
    be(page, live_server.url, bob)
    page.goto(f"{live_server.url}/admin/segments/segment/")

    page.get_by_role("button", name="Refresh “Everybody”").click()
    expect(page.get_by_text("The segment “Everybody” is being refreshed.")).to_be_visible()
    work()
    page.goto(f"{live_server.url}/admin/segments/segment/")
    expect(page.get_by_role("row", name="Everybody")).to_contain_text("Successful")

    page.get_by_role("button", name="More actions for “Everybody”").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Edit")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Deactivate")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_text("This segment is inactive.")).to_be_visible()
    page.get_by_role("button", name="Activate", exact=True).first.click()
    expect(page.get_by_text("is active and is being refreshed.")).to_be_visible()


def test_what_is_built_while_the_attributes_of_a_source_are_on_their_way_stays(page: Page, build):
    ProfileSource.objects.create(name="Others", key_attribute="id", refreshed_at=timezone.now())
    page.reload()
    page.get_by_label("Profile source").select_option("Customers")
    conditions(page).nth(0).get_by_label("Attribute").select_option("country")
    page.route("**/attributes/**", lambda route: page.wait_for_timeout(600) or route.continue_())
    page.get_by_label("Profile source").select_option("Others")

    page.get_by_role("button", name="Add condition").click()
    conditions(page).nth(1).get_by_label("Attribute").select_option("orders")
    page.get_by_label("Profile source").select_option("Customers")
    page.get_by_role("button", name="Add condition").click()

    page.wait_for_timeout(1500)
    expect(conditions(page)).to_have_count(3)
    expect(conditions(page).nth(1).get_by_label("Attribute")).to_have_value("orders")
    assert "email" in conditions(page).nth(2).get_by_label("Attribute").locator("option").all_inner_texts()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_is_wider_than_its_window(page: Page, live_server, bob, people, size):
    segment = Segment.objects.create(name="S" * 60, source=people, description="long " * 30)
    page.set_viewport_size(size)
    be(page, live_server.url, bob)
    for path in (
        "profilesource/",
        "profilesource/add/",
        f"profilesource/{people.pk}/change/",
        f"profilesource/{people.pk}/upload/",
        f"profilesource/{people.pk}/delete/",
        "segment/",
        "segment/add/",
        f"segment/{segment.pk}/change/",
        f"segment/{segment.pk}/edit/",
        f"segment/{segment.pk}/members/",
        f"segment/{segment.pk}/delete/",
    ):
        page.goto(f"{live_server.url}/admin/segments/{path}")
        assert sideways_overflow(page) == 0, path
