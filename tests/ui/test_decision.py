"""A run that a brake holds, in a browser and in both languages: from Home to its page, and a decision."""

import re

from playwright.sync_api import expect

from exports.models import Export, Run
from exports.runs import start_run
from tests.support.browser import PHONE, be, choose_language, picture, sideways_overflow, words_of_another_language
from tests.support.fixtures_exports import make_segment, make_source, work_until_over

HELD = {"new_people": 3, "shrank": 30}


def hold(export: Export) -> Run:
    return work_until_over(start_run(Export.objects.get(pk=export.pk), by=None, trigger="scheduled")[0])


def test_an_administrator_decides_about_a_run_that_a_brake_holds(page, live_server, alice, export, tmp_path):
    people = [{"id": n, "email": f"p{n}@example.com", "first_name": f"Person {n}", "last_name": "", "country": "France"}
              for n in range(8)]  # fmt: skip
    export.segments.set([make_segment(make_source(tmp_path, people, "Many"), "Many")])
    Export.objects.update(brakes=HELD)
    held = hold(export)
    assert held.status == Run.Status.NEEDS_DECISION
    be(page, live_server.url, alice)

    page.goto(live_server.url)
    expect(page.get_by_text("The export “Newsletter” needs a decision.")).to_be_visible()
    picture(page, "decision-home")
    page.goto(f"{live_server.url}/admin/exports/export/")
    expect(page.get_by_role("link", name="Open the run of “Newsletter” that needs a decision")).to_be_visible()
    page.goto(f"{live_server.url}/admin/exports/export/{export.pk}/change/")
    page.get_by_role("heading", name="Brakes").click()
    expect(page.get_by_label("The segments shrank by more than")).to_have_value("30")
    expect(page.get_by_label("People who are new to the list: more than")).to_have_value("3")
    picture(page, "decision-form")
    page.goto(f"{live_server.url}/admin/connections/connection/{export.connection_id}/change/")
    picture(page, "decision-connection")

    address = f"{live_server.url}/admin/exports/run/{held.pk}/change/"
    page.goto(address)
    expect(page.get_by_text("8 people would be new to the list. The limit is 3.")).to_be_visible()
    picture(page, "decision")
    page.emulate_media(color_scheme="dark")
    picture(page, "decision-dark")
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Discard").click()
    page.locator("#discard-plan").get_by_role("button", name="Discard").click()
    expect(page.get_by_text("is discarded: it is never sent.")).to_be_visible()

    held = hold(export)
    address = f"{live_server.url}/admin/exports/run/{held.pk}/change/"
    choose_language(page, "简体中文")
    page.goto(address)
    expect(page.locator(".cc-callout__title").first).to_contain_text(re.compile(r"[\u4e00-\u9fff]"))
    shown = "Newsletter for France Many Person email first last name country List ID Run 8 people"
    assert words_of_another_language(page, shown) == set()
    picture(page, "decision-zh")
    page.set_viewport_size(PHONE)
    for name in ("decision-zh-phone", "decision-form-zh-phone"):
        assert sideways_overflow(page) == 0, name
        picture(page, name)
        page.goto(f"{live_server.url}/admin/exports/export/{export.pk}/change/")
    page.goto(address)
    page.locator("[popovertarget=send-plan]").click()
    picture(page, "decision-question-phone")
    page.locator("#send-plan button").click()
    expect(page.locator("[data-poll]")).to_be_visible()
    held.refresh_from_db()
    assert (held.status, held.decided_by) == (Run.Status.QUEUED, alice)
