"""System › Erasures: who may, what is asked before, what the page and the receipt say."""

import re

import pytest
from auditlog.models import LogEntry
from django.urls import reverse

from exports.erasing.lifecycle import start_erasure
from exports.models import Erasure, ErasureStep
from exports.runs import start_run
from exports.tasks import advance_erasure
from tests.support.fixtures_exports import work_until_over

ANA = "ana@example.com"
LIST, LOOK, START = (reverse(f"admin:exports_erasure_{name}") for name in ("changelist", "look", "start"))
CONFIRMED = {"address": ANA, "repeated": " ANA@example.com", "understood": "on"}


def of(name: str, erasure: Erasure) -> str:
    return reverse(f"admin:exports_erasure_{name}", args=[erasure.pk])


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def erasure(source, alice) -> Erasure:
    erasure = start_erasure(ANA, by=alice)[0]
    advance_erasure(erasure.pk)
    erasure.refresh_from_db()
    return erasure


def test_only_administrators_see_erasures_and_erase(erasure, bob_client, carol_client, alice_client):
    pages = [LIST, *(of(name, erasure) for name in ("change", "progress", "receipt"))]
    actions = [LOOK, START, of("at_account", erasure), of("again", erasure)]
    for client in (bob_client, carol_client):
        assert {client.get(page).status_code for page in pages} == {403}
        assert {client.post(action, CONFIRMED).status_code for action in actions} == {403}
        assert LIST not in client.get("/").content.decode()
    assert {alice_client.get(page).status_code for page in pages} == {200}
    assert LIST in alice_client.get("/").content.decode()
    assert {alice_client.get(action).status_code for action in actions} == {302}  # nothing happens without a POST
    assert Erasure.objects.count() == 1


def test_a_person_is_shown_before_and_erased_only_when_the_address_is_typed_again(source, alice_client):
    shown = text_of(alice_client.post(LOOK, {"address": " ANA@Example.com "}))
    assert re.search(r"Customers id: 1 , 6 ", shown)
    assert "keyed hash" in shown
    assert Erasure.objects.count() == 0
    assert "whole email address" in text_of(alice_client.post(LOOK, {"address": "ana"}))
    for missing in ({"repeated": "ben@example.com"}, {"understood": ""}, {"repeated": ""}):
        data = {name: value for name, value in (CONFIRMED | missing).items() if value}
        answer = alice_client.post(START, data)
        assert answer.status_code == 200
        assert Erasure.objects.count() == 0
    assert "Tick the box" in text_of(alice_client.post(START, {"address": ANA, "repeated": ANA}))
    answer = alice_client.post(START, CONFIRMED, follow=True)
    assert "The erasure has begun" in text_of(answer)
    assert "data-poll" in answer.content.decode()
    assert "being erased already" in text_of(alice_client.post(START, CONFIRMED, follow=True))
    assert ANA not in answer.content.decode()


def test_receipt_says_what_was_erased_and_what_remains_and_names_nobody(erasure, source, alice_client):
    assert erasure.state == Erasure.State.DONE
    ErasureStep.objects.create(erasure=erasure, kind="table", name="Shop: public.people", state="remains")
    page = text_of(alice_client.get(of("receipt", erasure)))
    file = alice_client.get(of("receipt", erasure), {"format": "text"})
    assert f"erasure-{erasure.pk}.txt" in file["Content-Disposition"]
    written = file.content.decode()
    for receipt in (page, written):
        assert "a…@example.com" in receipt
        assert ANA not in receipt
        for said in ("2 entries erased.", "keyed hash", "alice", "Shop: public.people", "Back-ups", "Constant Contact"):
            assert said in receipt
    assert "data-poll" not in alice_client.get(of("progress", erasure)).content.decode()
    listed = alice_client.get(LIST).content.decode()
    assert "a…@example.com" in listed
    assert ANA not in listed
    events = [entry.additional_data["event"] for entry in LogEntry.objects.get_for_object(erasure).order_by("pk")]
    assert events == ["erasure_asked", "erasure_done", "erasure_receipt", "erasure_receipt"]
    audit = text_of(alice_client.get(reverse("admin:system_audit")))
    assert "alice asked for a person to be erased" in audit
    assert ANA not in audit


def test_deleting_at_constant_contact_needs_the_address_once_more(erasure, connection, alice_client):
    page = alice_client.get(of("change", erasure)).content.decode()
    assert f'name="connection" value="{connection.pk}"' in page
    address = of("at_account", erasure)
    wrong = {"connection": connection.pk, "address": "ben@example.com", "understood": "on"}
    assert "not the address" in text_of(alice_client.post(address, wrong, follow=True))
    not_ticked = {"connection": connection.pk, "address": ANA}
    assert "Tick the box" in text_of(alice_client.post(address, not_ticked, follow=True))
    assert not erasure.steps.filter(kind="account").exists()
    right = not_ticked | {"understood": "on"}
    assert "is being deleted at Constant Contact" in text_of(alice_client.post(address, right, follow=True))
    assert erasure.steps.get(kind="account").name == connection.organization_name


def test_what_failed_can_be_tried_again(erasure, alice_client):
    Erasure.objects.update(state=Erasure.State.FAILED, stored_problem={"code": "erasure.gave_up", "details": {}})
    assert "Try again what failed" in text_of(alice_client.get(of("change", erasure)))
    alice_client.post(of("again", erasure), {"address": ANA})
    erasure.refresh_from_db()
    assert erasure.state == Erasure.State.QUEUED


def test_whoever_is_found_can_be_erased_from_there(export, alice, bob_client, alice_client):
    run = work_until_over(start_run(export, by=alice)[0])
    found = (reverse("admin:exports_run_person", args=[run.pk]), {"person": ANA})
    asked_why = (reverse("admin:exports_why"), {"address": f" {ANA.upper()}"})
    export.connection.sharing = "contributors"
    export.connection.save()
    for page, asked in (found, asked_why):
        button = (
            alice_client.post(page, asked).content.decode().partition(f'action="{LOOK}"')[2].partition("</form>")[0]
        )
        assert f'name="address" value="{ANA}"' in button
        answer = bob_client.post(page, asked)
        assert ANA in answer.content.decode()
        assert LOOK not in answer.content.decode()
