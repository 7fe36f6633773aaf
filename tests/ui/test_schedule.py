"""Schedules in a browser: in the time zone of whoever reads, another time of day, and the pane for many exports."""

import re

import pytest
from playwright.sync_api import expect

from exports.models import ExportSchedule, RefreshSchedule
from exports.schedule.timetables import in_words, save_export_schedule
from tests.exports.pages import plain_export
from tests.support.browser import PHONE, be, choose_language, picture, sideways_overflow

LIST = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"
SCHEDULE = "/admin/exports/refresh/"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def browser_context_args(browser_context_args):
    return {**browser_context_args, "timezone_id": "Asia/Shanghai"}


def test_an_administrator_sets_the_refresh_schedule(page, live_server, alice):
    be(page, live_server.url, alice)
    page.goto(live_server.url + SCHEDULE)
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Shanghai")  # where the reader is
    expect(page.get_by_text("On these days")).to_be_hidden()
    page.get_by_role("checkbox", name="Refresh by schedule").check()
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_role("checkbox", name="Monday").check()
    page.get_by_label("Time 1", exact=True).fill("02:30")
    expect(page.get_by_label("Time 2", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Add another time").click()
    page.get_by_label("Time 2", exact=True).fill("14:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The refresh schedule is saved.")).to_be_visible()
    assert in_words(RefreshSchedule.current()) == "Weekly on Monday at 02:30, 14:00 (Europe/Berlin)"
    # The first of the two on a Monday that has come, unless that is between them now.
    early = page.get_by_role("listitem").filter(has_text=re.compile(r" 2:30 AM.*Your time:", re.S)).first
    expect(early).to_contain_text(re.compile(r"Mon, .* 2:30 AM.*Europe/Berlin.*Your time: Mon, .* (8|9):30 AM", re.S))
    picture(page, "schedule")
    page.get_by_role("button", name="Refresh now").click()
    page.locator("#refresh-now").get_by_role("button", name="Refresh now").click()
    expect(page.get_by_role("heading", name=re.compile(r"^Refresh \d+$"))).to_be_visible()
    choose_language(page, "简体中文")
    page.goto(live_server.url + SCHEDULE)
    expect(page.locator(".cc-header__title")).to_contain_text(CHINESE)
    picture(page, "schedule-zh")


def test_many_exports_keep_their_schedules_or_get_a_new_one(page, live_server, alice, connection):
    own = plain_export(connection, LIST, "Own times")
    plain_export(connection, LIST, "With the system")
    save_export_schedule(own, by=alice, is_on=True, recurrence="daily", times=["05:00"], time_zone="UTC")
    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}/admin/exports/export/")
    page.get_by_role("button", name="More actions for “Own times”").click()
    page.get_by_role("link", name="Schedule").locator("visible=true").last.click()
    expect(page.get_by_role("radio", name="Daily")).to_be_checked()
    page.goto(
        f"{live_server.url}/admin/exports/export/schedule/?" + "&".join(f"export={n}" for n in (own.pk, own.pk + 1))
    )
    expect(page.get_by_text("Individual schedules will be overridden.")).to_be_hidden()
    picture(page, "schedule-many")
    page.get_by_role("radio", name="Define new schedule for all selected").check()
    expect(page.get_by_text("Individual schedules will be overridden.")).to_be_visible()
    page.get_by_role("radio", name="Monthly").check()
    page.get_by_role("checkbox", name="31", exact=True).check()
    page.get_by_label("Time", exact=True).fill("06:00")
    page.get_by_label("Time zone").fill("UTC")
    picture(page, "schedule-many-new")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The schedules of 2 exports are saved.")).to_be_visible()
    assert {in_words(each) for each in ExportSchedule.objects.all()} == {"Monthly on day 31 at 06:00 (UTC)"}


def test_the_pages_fit_a_phone(page, live_server, alice, connection):
    export = plain_export(connection, LIST)
    be(page, live_server.url, alice)
    page.set_viewport_size(PHONE)
    for address in (SCHEDULE, f"/admin/exports/export/schedule/?export={export.pk}", "/admin/exports/export/run-all/"):
        page.goto(live_server.url + address)
        assert sideways_overflow(page) == 0, address
