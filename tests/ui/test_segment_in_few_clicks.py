"""Somebody who never saw the builder makes a segment of three conditions in fewer than twelve clicks."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from profiles.imports.lifecycle import import_now
from profiles.models import ProfileSource
from segments.models import Evaluation, Segment
from segments.tasks import evaluate_segment
from tests.support.browser import be, picture

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "adventureworks_profiles.csv"
COLUMNS = ("person_id", "email", "first_name", "country", "email_promotion", "updated_at")
COUNTRIES = ("France", "Germany", "United States", "Australia", "Canada")
DAYS = 5000

# A list that opens takes one click, and the choice in it another; the browser tells only that something was chosen.
COUNT_CLICKS = """
    const add = (number) => sessionStorage.setItem("clicks", Number(sessionStorage.getItem("clicks")) + number);
    addEventListener("click", (event) => event.isTrusted && add(1), true);
    addEventListener("change", (event) => event.target.matches("select") && add(2), true);
"""


def stand_in(path: Path) -> Path:
    """Profiles like those of the AdventureWorks sample, some of them updated not long ago."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(400):
            moment = date.today() - timedelta(days=number * 31)
            name = f"Person{number}"
            country = COUNTRIES[number % len(COUNTRIES)]
            writer.writerow([number + 1, f"{name}@example.com", name, country, number % 3, f"{moment} 10:00:00"])
    return path


def wanted(path: Path) -> Iterator[str]:
    """Plain Python's answer: the keys of whoever is meant."""
    since = date.today() - timedelta(days=DAYS)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            is_there = row["country"] in ("France", "Germany")
            accepts = int(row["email_promotion"] or 0) >= 1
            if is_there and accepts and since <= date.fromisoformat(row["updated_at"][:10]) <= date.today():
                yield row["person_id"]


@pytest.fixture(params=["sample", "stand-in"])
def profiles(request, tmp_path) -> Path:
    if request.param == "stand-in":
        return stand_in(tmp_path / "profiles.csv")
    if not SAMPLE.exists():
        pytest.skip("The AdventureWorks sample file is not on this machine.")
    return SAMPLE


@pytest.fixture
def customers(profiles) -> ProfileSource:
    source = ProfileSource.objects.create(name="Customers", key_attribute="person_id")
    import_now(source, profiles, key="person_id", updated="updated_at")
    return source


def choose(condition: Locator, name: str, option: str) -> None:
    condition.get_by_label(name).focus()  # the click that opens the list leaves it focused
    condition.get_by_label(name).select_option(option)


def test_in_france_or_germany_accepts_promotions_and_was_updated(page: Page, live_server, bob, customers, profiles):
    page.add_init_script(COUNT_CLICKS)
    be(page, live_server.url, bob)
    page.goto(f"{live_server.url}/admin/segments/segment/add/")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Promotions in France and Germany")
    one, two, three = (page.locator("[data-condition]").nth(number) for number in range(3))

    choose(one, "Attribute", "country")
    page.keyboard.press("Tab")  # past "is any of"
    page.keyboard.press("Tab")
    for country in ("France", "Germany"):
        page.keyboard.type(country)
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Add condition").click()
    choose(two, "Attribute", "email_promotion")
    choose(two, "Comparison", "≥")
    page.keyboard.press("Tab")
    page.keyboard.type("1")
    page.get_by_role("button", name="Add condition").click()
    choose(three, "Attribute", "updated_at")
    page.keyboard.press("Tab")  # past "is within the last"
    page.keyboard.press("Tab")
    page.keyboard.type(str(DAYS))
    members = len(list(wanted(profiles)))
    expect(page.locator("[data-count-value]")).to_have_text(f"{members:,}")
    picture(page, "segment-few-clicks")
    page.get_by_role("button", name="Run").click()

    expect(page.get_by_text("Its members are being counted.")).to_be_visible()
    assert int(page.evaluate("sessionStorage.getItem('clicks')")) < 12
    evaluate_segment(Evaluation.objects.get().pk)
    assert members > 0 or profiles == SAMPLE  # whose last updates are more than 5000 days ago
    assert Segment.objects.get().member_count == members
    expect(page.locator(".cc-stat__value")).to_have_text(f"{members:,}")
