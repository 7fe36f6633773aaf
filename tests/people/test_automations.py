"""Automations that start for whoever joins the list: asked with the permission alone, seldom, and taken calmly."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from connections import tokens
from connections.models import Connection, TokenSet
from exports.brakes.measure import tripped_by
from exports.models import AccountReading, Run
from exports.people import automations
from exports.people.automations import automations_of
from exports.plan.newcomers import automation_starts
from exports.runs import start_run
from tests.connections.walking import Wizard
from tests.people.test_meters import text_of
from tests.support.fixtures_connections import issued
from tests.support.fixtures_exports import work_once

WITH_AUTOMATIONS = "contact_data account_read offline_access campaign_data"


@pytest.fixture
def granted(export, sandbox) -> Connection:
    """The connection of the export, with the permission to read automations."""
    tokens.store_tokens(export.connection, issued(sandbox, scope=WITH_AUTOMATIONS))
    return export.connection


def preview(export, alice) -> Run:
    return work_once(start_run(export, by=alice, preview=True)[0])


def asked(sandbox) -> int:
    return len(sandbox.requests("/automations/workflows"))


def test_without_the_permission_nobody_looks_and_the_page_says_so(export, sandbox, alice, alice_client):
    sandbox.add_automation(export.list_id)
    run = preview(export, alice)

    assert asked(sandbox) == 0
    assert automation_starts(run) is None
    assert "Not looked" in text_of(alice_client.get(reverse("admin:exports_run_change", args=[run.pk])))


def test_a_preview_names_what_starts_for_the_people_of_the_list(export, granted, sandbox, alice, alice_client):
    sandbox.add_automation(export.list_id, name="Welcome series")
    sandbox.add_automation(sandbox.weekly_news, name="Of another list")
    sandbox.add_automation(export.list_id, name="A draft", is_active=False)
    sandbox.add_automation(name="Birthday", trigger="birthday")
    sandbox.switch(automation_lists="parameter_list_value")
    run = preview(export, alice)

    known = automations_of(granted, export.list_id)
    assert (known.names, known.not_looked, known.is_known) == (("Welcome series",), 0, True)
    assert automation_starts(run) == 3
    assert asked(sandbox) == 1 + 3  # the list, and what starts each active one
    granted.max_automation_starts = 2
    granted.save()
    run = Run.objects.get(pk=run.pk)
    (brake,) = tripped_by(run)
    assert (brake["code"], brake["value"], brake["limit"]) == ("automations", 3, 2)
    page = text_of(alice_client.get(reverse("admin:exports_run_change", args=[run.pk])))
    assert "Welcome series" in page
    assert "Of another list" not in page
    assert "At most 3 people of this plan would start them" in page
    assert "more than the 2 that the connection allows" in page

    preview(export, alice)
    assert asked(sandbox) == 4  # known for a day
    AccountReading.objects.update(automations_read_at=timezone.now() - timedelta(hours=25))
    preview(export, alice)
    assert asked(sandbox) == 5  # none was changed since: nothing but the list is read
    assert "Welcome series" in text_of(alice_client.get(reverse("admin:exports_export_change", args=[export.pk])))


def test_of_many_automations_a_reading_looks_into_some_and_says_so(export, granted, sandbox, alice, monkeypatch):
    monkeypatch.setattr(automations, "LOOKED_INTO_AT_ONCE", 1)
    for number in range(2):
        sandbox.add_automation(export.list_id, name=f"Automation {number}")

    preview(export, alice)
    assert automations_of(granted, export.list_id).not_looked == 1
    preview(export, alice)
    assert automations_of(granted, export.list_id).not_looked == 0
    assert len(automations_of(granted, export.list_id).names) == 2


@pytest.mark.parametrize("status", [403, 404])
def test_an_account_without_automations_is_taken_calmly_and_not_asked_again(export, granted, sandbox, alice, status):
    sandbox.switch(automations_status=status)
    run = preview(export, alice)

    assert run.status == Run.Status.PLANNED
    assert automations_of(granted, export.list_id).refused == status
    assert automation_starts(run) is None
    preview(export, alice)
    assert asked(sandbox) == 1


def test_a_service_that_does_not_answer_holds_up_no_run_and_is_asked_again_later(export, granted, sandbox, alice):
    sandbox.fault("*/automations/workflows", "503", times=1)
    assert preview(export, alice).status == Run.Status.PLANNED
    assert not automations_of(granted, export.list_id).is_known
    AccountReading.objects.update(automations_read_at=timezone.now() - timedelta(minutes=16))
    preview(export, alice)
    assert automations_of(granted, export.list_id).is_known


def test_the_wizard_asks_for_the_permission_only_with_the_tick_and_remembers_what_was_allowed(
    alice_client, constant_contact
):
    wizard = Wizard(alice_client, constant_contact)
    wizard.walk_to_connect()
    assert 'name="automations"' in wizard.open("connect").text

    def scopes(data: dict[str, str]) -> str:
        return parse_qs(urlsplit(alice_client.post(wizard_url(wizard), data).url).query)["scope"][0]

    assert scopes({}) == "contact_data account_read offline_access"
    assert scopes({"automations": "on"}) == WITH_AUTOMATIONS
    wizard.authenticate()
    assert not tokens.is_granted(wizard.draft(), "campaign_data")
    wizard.start_authenticating = lambda **how: alice_client.post(wizard_url(wizard), {"automations": "on"})
    wizard.authenticate()
    assert tokens.is_granted(wizard.draft(), "campaign_data")
    TokenSet.objects.update(expires_at=timezone.now())
    tokens.access_token(wizard.draft())
    assert tokens.is_granted(wizard.draft(), "campaign_data")  # a refresh changes nothing of it


def wizard_url(wizard: Wizard) -> str:
    return reverse("admin:connections_connection_authenticate", args=[wizard.draft().pk])


def test_the_page_of_a_connection_offers_the_permission_until_it_is_there(connection, sandbox, alice_client):
    page = reverse("admin:connections_connection_change", args=[connection.pk])
    assert "Authenticate with this permission" in alice_client.get(page).text
    tokens.store_tokens(connection, issued(sandbox, scope=WITH_AUTOMATIONS))
    answer = alice_client.get(page).text
    assert "Authenticate with this permission" not in answer
    assert 'name="automations" value="on"' in answer  # to reconnect keeps it
