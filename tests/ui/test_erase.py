"""Erasing a person in a browser, in both languages."""

import re

from playwright.sync_api import expect

from exports.models import Erasure
from exports.tasks import advance_erasure
from tests.support.browser import PHONE, be, choose_language, picture, sideways_overflow

PAGE = "/admin/exports/erasure/"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_an_administrator_erases_a_person_and_opens_the_receipt(page, live_server, alice, source, connection):
    be(page, live_server.url, alice)
    page.goto(live_server.url + PAGE)
    page.get_by_label("Email address").fill("ana@example.com")
    page.get_by_role("button", name="Look for this person").click()
    expect(page.get_by_text("Customers")).to_be_visible()
    picture(page, "erase-confirm")
    page.get_by_label("Type the email address once more").fill("ana@example.com")
    page.get_by_label("I understand that this can't be undone.").check()
    page.get_by_role("button", name="Erase this person").click()
    expect(page.get_by_text("The erasure has begun.")).to_be_visible()
    advance_erasure(Erasure.objects.get().pk)
    page.get_by_role("link", name="Receipt").click()  # the page has found out by itself that it is over
    expect(page.get_by_role("heading", name="What remains, and why")).to_be_visible()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    picture(page, "erase-receipt")
    page.set_viewport_size(PHONE)
    assert sideways_overflow(page) == 0
    choose_language(page, "简体中文")
    page.goto(live_server.url + PAGE)
    expect(page.locator("main")).to_contain_text(CHINESE)
    assert sideways_overflow(page) == 0
    picture(page, "erase-zh-phone")
