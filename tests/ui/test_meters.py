"""Meters and automations in a browser: on a preview, the form of its export and Home, in both languages."""

import pytest
from playwright.sync_api import Page, expect

from connections import tokens
from connections.models import Connection
from exports.runs import start_run
from tests.support.browser import PHONE, be, choose_language, picture, sideways_overflow
from tests.support.fixtures_connections import issued
from tests.support.fixtures_exports import work_once

pytestmark = pytest.mark.ui


def test_meters_and_automations_in_both_languages_and_on_a_phone(page: Page, live_server, alice, export, sandbox):
    tokens.store_tokens(
        export.connection, issued(sandbox, scope="contact_data account_read offline_access campaign_data")
    )
    sandbox.add_automation(export.list_id, name="Welcome series")
    sandbox.add_contacts(*({"email": f"person{number}@example.com"} for number in range(60)))
    run = work_once(start_run(export, by=alice, preview=True)[0])
    Connection.objects.update(contract_contacts=run.contacts_before + 1, max_automation_starts=2)
    be(page, live_server.url, alice)

    page.goto(f"{live_server.url}/admin/exports/run/{run.pk}/change/")
    meters = page.get_by_role("region", name="Limits at Constant Contact")
    expect(meters.get_by_role("img")).to_have_count(3)
    expect(meters.get_by_text("may pass the number in the contract")).to_be_visible()
    expect(page.get_by_role("region", name="Automations of this list")).to_contain_text("Welcome series")
    picture(page, "meters-preview")
    page.emulate_media(color_scheme="dark")
    page.goto(f"{live_server.url}/admin/exports/export/{export.pk}/change/")
    expect(page.get_by_text("At most 3 people of this plan would start them")).to_be_visible()
    picture(page, "meters-form-dark")
    page.emulate_media(color_scheme="light")
    page.goto(f"{live_server.url}/admin/connections/connection/{export.connection_id}/change/")
    expect(page.get_by_label("Active contacts in the contract")).to_have_value(str(run.contacts_before + 1))
    picture(page, "meters-connection")

    page.goto(live_server.url)
    choose_language(page, "简体中文")
    expect(page.get_by_role("region", name="Constant Contact 的限额")).to_be_visible()
    picture(page, "meters-home-zh")
    page.set_viewport_size(PHONE)
    for address in ("", f"/admin/exports/run/{run.pk}/change/", f"/admin/exports/export/{export.pk}/change/"):
        page.goto(f"{live_server.url}{address}")
        assert sideways_overflow(page) == 0
    page.goto(f"{live_server.url}/admin/exports/run/{run.pk}/change/")
    picture(page, "meters-preview-zh-phone")
