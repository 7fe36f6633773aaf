"""A preview by name in a real browser, in both languages: sought, chosen, and one row sent only to oneself."""

from playwright.sync_api import Page, expect

from exports.models import Run
from exports.runs import start_run
from tests.support.browser import PHONE, be, choose_language, picture, sideways_overflow
from tests.support.fixtures_exports import PEOPLE, make_source, work_until_over


def test_a_preview_by_name(page: Page, live_server, export, alice, tmp_path):
    alice.email = "alice@example.com"
    alice.save()
    work_until_over(start_run(export, by=alice)[0])
    people = [dict(each) for each in PEOPLE]
    people[0]["last_name"] = "Alvarez-Ruiz"
    eva = {"id": "8", "email": "eva@example.com", "first_name": "Eva", "last_name": "East", "country": "France"}
    make_source(tmp_path, [*people, eva])
    run = work_until_over(start_run(export, by=alice, trigger=Run.Trigger.PREVIEW, preview=True)[0])

    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}/admin/exports/run/{run.pk}/change/")
    page.get_by_role("link", name="See everybody by name").click()
    expect(page.get_by_role("row")).to_have_count(1 + 7)
    expect(page.get_by_text("Alvarez-Ruiz")).to_be_visible()
    picture(page, "by-name")
    page.get_by_role("searchbox").fill("EVA@")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row")).to_have_count(1 + 1)
    assert "EVA" not in page.url
    assert "eva" not in page.url
    page.get_by_role("searchbox").fill("")
    page.get_by_label("What happens").select_option("changed")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(1 + 1)
    choose_language(page, "简体中文")
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/admin/exports/run/{run.pk}/people/")
    picture(page, "by-name-zh-phone")
    assert sideways_overflow(page) == 0
    page.locator("table button[name=place]").first.click()
    page.wait_for_url("**/change/**")
    assert Run.objects.filter(trigger=Run.Trigger.TO_ME).count() == 1
    picture(page, "send-only-to-me-zh-phone")
