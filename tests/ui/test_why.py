"""Why is this person (not) on the list? In a real browser, in both languages."""

from playwright.sync_api import Page, expect

from exports.runs import start_run
from tests.support.browser import PHONE, be, choose_language, picture, sideways_overflow
from tests.support.fixtures_exports import work_until_over


def test_the_page_says_why_and_keeps_the_address_out_of_its_own_address(page: Page, live_server, export, alice):
    work_until_over(start_run(export, by=alice)[0])
    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}/")
    page.get_by_role("link", name="Find a person").click()
    page.get_by_role("searchbox").fill("Goro@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_text("is not a member.")).to_be_visible()
    expect(page.get_by_text("does not hold").first).to_be_visible()
    assert "@" not in page.url
    picture(page, "why-not")
    choose_language(page, "简体中文")
    page.set_viewport_size(PHONE)
    page.get_by_role("searchbox").fill("ana@example.com")
    page.keyboard.press("Enter")
    expect(page.locator(".cc-person__who")).to_be_visible()
    picture(page, "why-zh-phone")
    assert sideways_overflow(page) == 0
