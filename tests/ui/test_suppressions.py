"""Suppressions in the browser, in both languages: add one, find it, upload a file, remove it with a reason."""

from exports.models import Suppression, SuppressionUpload
from exports.tasks import add_suppressions
from tests.support.browser import PHONE, be, choose_language, picture, sideways_overflow, words_of_another_language

FILE = {"name": "old.csv", "mimeType": "text/csv", "buffer": b"email\nben@example.com\nchen@example.com\nnobody\n"}


def test_who_must_not_be_sent_is_said_found_uploaded_and_taken_back(page, live_server, alice):
    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}/admin/exports/suppression/")
    page.get_by_role("link", name="Add address or domain").first.click()
    page.get_by_label("Email address or domain").fill("ana@example.com")
    page.get_by_label("Reason").fill("Asked us by phone")
    picture(page, "suppression-add")
    page.get_by_role("button", name="Suppress").click()
    page.get_by_text("Nobody with this address is sent.").wait_for()

    page.goto(f"{live_server.url}/admin/exports/suppression/upload/")
    page.get_by_label("File of email addresses").set_input_files(FILE)
    page.get_by_label("Reason").fill("From the old system")
    page.get_by_role("button", name="Upload and count").click()
    page.get_by_role("button", name="Suppress 2 addresses").wait_for()
    picture(page, "suppression-upload")
    page.get_by_role("button", name="Suppress 2 addresses").click()
    page.get_by_text("0 of 2 are suppressed").wait_for()
    add_suppressions(SuppressionUpload.objects.get().pk)
    page.get_by_text("2 suppressions of this file are in force.").wait_for()

    page.goto(f"{live_server.url}/admin/exports/suppression/")
    page.get_by_label("Address, domain, reason").fill("ana@example.com")
    page.get_by_role("button", name="Search", exact=True).click()
    assert page.get_by_role("row").count() == 2  # with the head
    assert "ana@" not in page.url
    picture(page, "suppressions")
    choose_language(page, "简体中文")
    page.goto(f"{live_server.url}/admin/exports/suppression/")
    page.set_viewport_size(PHONE)
    assert sideways_overflow(page) == 0
    assert (
        words_of_another_language(page, "ana example com ben chen old csv Asked us by phone From the system") == set()
    )
    picture(page, "suppressions-phone")
    page.get_by_role("link", name="ana@example.com").click()
    page.locator("textarea[name=reason]").fill("弄错了")
    page.locator("form .cc-button--danger").click()
    page.wait_for_load_state()
    assert Suppression.objects.get(email="ana@example.com").removed_reason == "弄错了"
    assert words_of_another_language(page, "ana example com Asked us by phone") == set()
    picture(page, "suppression-removed-phone")
