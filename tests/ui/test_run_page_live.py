"""The page of a run in a browser: it follows the run by itself, and asks no more once it is over."""

from playwright.sync_api import expect

from exports.models import Run
from exports.runs import start_run
from tests.support.browser import PHONE, be, picture, sideways_overflow
from tests.support.fixtures_exports import work_once, work_until_over


def test_the_page_follows_the_run_and_then_asks_no_more(page, live_server, alice, export, sandbox):
    sandbox.switch(job_seconds=60)
    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}/admin/exports/export/{export.pk}/change/")
    page.get_by_role("button", name="Run now").click()
    page.wait_for_url("**/run/*/change/")
    expect(page.locator("[data-live] .cc-badge").first).to_contain_text("Queued")
    run = work_once(Run.objects.get())
    expect(page.get_by_text("Constant Contact is importing the profiles.")).to_be_visible()
    picture(page, "run-in-progress")
    sandbox.advance(120)
    work_until_over(run)
    expect(page.get_by_text("Completed with errors").first).to_be_visible()
    expect(page.locator("[data-poll]")).to_have_count(0)
    picture(page, "run")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2_500)
    assert asked == []


def test_a_run_is_cancelled_after_a_question(page, live_server, alice, export):
    run = start_run(export, by=alice)[0]
    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}/admin/exports/run/{run.pk}/change/")
    page.get_by_role("button", name="Cancel run").click()
    expect(page.get_by_text("What Constant Contact already has can't be called back.")).to_be_visible()
    page.locator("#cancel-run").get_by_role("button", name="Cancel run").click()
    expect(page.get_by_text("is being cancelled")).to_be_visible()
    assert work_until_over(run).status == Run.Status.CANCELLED


def test_a_preview_is_read_and_sent(page, live_server, alice, export):
    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}/admin/exports/export/{export.pk}/change/")
    page.get_by_role("button", name="Preview", exact=True).click()
    page.wait_for_url("**/run/*/change/")
    work_once(Run.objects.get())
    expect(page.get_by_role("heading", name="What would happen to everybody")).to_be_visible()
    page.get_by_text("Show the data itself").click()
    expect(page.get_by_text('{"email":"ana@example.com"')).to_be_visible()
    picture(page, "preview")
    page.get_by_role("button", name="Send this plan").click()
    expect(page.get_by_text("it sends exactly the plan you saw")).to_be_visible()


def test_the_page_fits_a_phone(page, live_server, alice, export):
    run = work_until_over(start_run(export, by=alice)[0])
    be(page, live_server.url, alice)
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/admin/exports/run/{run.pk}/change/")
    assert sideways_overflow(page) == 0
    picture(page, "run-phone")


def test_the_menu_of_a_row_opens_at_its_button_and_runs_the_export(page, live_server, alice, export):
    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}/admin/exports/export/")
    page.get_by_role("button", name="More actions for “Newsletter”").click()
    expect(page.get_by_role("link", name="Create duplicate")).to_be_visible()
    picture(page, "exports")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Run “Newsletter” now").click()
    page.wait_for_url("**/run/*/change/")
    assert Run.objects.count() == 1
