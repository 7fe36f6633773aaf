"""The three meters: calls left today, unfinished jobs, active contacts before and after a plan."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from connections.models import Connection
from exports.brakes.measure import sentences_of, tripped_by
from exports.models import AccountReading, Run
from exports.people.account_counts import reading_of
from exports.plan.newcomers import contacts_after, newcomers_of
from exports.reports.meters import Planned, meters_of, meters_of_accounts
from exports.runs import start_run
from tests.support.batches import stored_batch
from tests.support.fixtures_exports import api_calls, work_once, work_until_over

COUNTS = {"explicit": 40, "implicit": 50, "pending": 2, "unsubscribed": 7, "total": 99}


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def planned_run(export, **columns) -> Run:
    return Run.objects.create(
        export=export, trigger="preview", status="planned", configuration={"list_id": "a", "account_id": "x"}, **columns
    )


def contacts_meter(connection, run=None, newcomers=None):
    planned = Planned(run, 3, 1, newcomers) if run else None
    return next(meter for meter in meters_of(connection, planned) if meter.name == "contacts")


def test_a_preview_says_how_many_contacts_there_are_before_and_at_most_after(export, sandbox, alice, alice_client):
    sandbox.add_contacts({"email": "old@example.com"}, {"email": "gone@example.com", "permission": "unsubscribed"})
    before = len(api_calls(sandbox))
    run = work_once(start_run(export, by=alice, preview=True)[0])

    assert api_calls(sandbox)[before:].count("GET /v3/contacts/counts") == 1
    active = reading_of(export.connection.account_id).active_contacts
    assert run.contacts_before == active
    assert reading_of(export.connection.account_id).counts["unsubscribed"] == 1
    assert newcomers_of(run) == 3
    assert contacts_after(run, 3) == active + 3

    page = text_of(alice_client.get(reverse("admin:exports_run_change", args=[run.pk])))
    assert "Limits at Constant Contact" in page
    assert f"After this plan at most {active + 3}" in page
    assert "This plan adds 1." in page
    assert "An administrator can enter the number in your contract" in page
    Connection.objects.update(contract_contacts=active + 2)
    form = text_of(alice_client.get(reverse("admin:exports_export_change", args=[export.pk])))
    assert f"of {active + 2} in the contract" in form
    assert "This plan may pass the number in the contract." in form
    assert "which was not sent" in form

    held = work_until_over(start_run(export, by=alice)[0])
    assert held.status == Run.Status.NEEDS_DECISION
    assert [(brake["code"], brake["value"], brake["limit"]) for brake in held.brakes] == [
        ("contract", active + 3, active + 2)
    ]
    assert f"up to {active + 3} active contacts, and its contract has {active + 2}" in str(sentences_of(held)[0])
    Connection.objects.update(contract_contacts=active + 3)
    assert tripped_by(Run.objects.get(pk=held.pk)) == []  # the number itself is no more than the number


def test_counts_that_are_refused_fail_no_run_and_are_not_known(export, sandbox, alice):
    sandbox.fault("*/contacts/counts", "503")

    run = work_until_over(start_run(export, by=alice)[0])

    assert run.finished_at
    assert run.status != Run.Status.FAILED
    assert run.contacts_before is None
    assert len(sandbox.requests("/contacts/counts")) == 1  # once a run, whatever the answer
    assert contacts_meter(export.connection).value == "–"
    assert "Not known" in contacts_meter(export.connection).text


@pytest.mark.parametrize(
    ("contract", "newcomers", "tone", "said"),
    [
        (None, 5, "accent", "enter the number in your contract"),
        (1_000, 5, "accent", "at most 97"),
        (105, 5, "warning", "at least 90 %"),
        (96, 5, "danger", "may pass"),
        (90, 0, "danger", "more than the contract has"),
        (1_000, None, "accent", "is not known"),
    ],
)
def test_the_meter_of_contacts_warns_before_the_number_in_the_contract(export, contract, newcomers, tone, said):
    connection = export.connection
    connection.contract_contacts = contract
    AccountReading.objects.create(account_id=connection.account_id, counts=COUNTS, read_at=timezone.now())

    meter = contacts_meter(connection, planned_run(export, contacts_before=92), newcomers)

    assert (meter.value, meter.tone) == ("92", tone)
    assert said in meter.text
    assert bool(meter.chart) == bool(contract)


def test_only_jobs_that_are_unfinished_in_this_account_count(export):
    account = export.connection.account_id
    for status, state, of in (
        ("running", "sent", account),
        ("waiting", "sending", account),
        ("succeeded", "sent", account),
        ("running", "sent", "another"),
    ):
        over = timezone.now() if status == "succeeded" else None
        other = type(export).objects.create(name=f"{status}{state}{of}", connection=export.connection, list_id="b")
        run = Run.objects.create(
            export=other, trigger="on_demand", status=status, finished_at=over, configuration={"account_id": of}
        )
        stored_batch(run, 5, state=state)
    meter = next(each for each in meters_of(export.connection) if each.name == "activities")
    assert meter.value == "2"


def test_home_shows_the_accounts_that_a_person_may_use(connection, alice, bob, carol, alice_client, carol_client):
    other = Connection.objects.create(
        display_name="Shop", account_id="another", organization_name="Shop", state="connected", saved_at=timezone.now()
    )
    names = [(meter.name, meter.account) for meter in meters_of_accounts([connection, other])]
    assert names[0] == ("calls", "")
    assert ("contacts", "Shop") in names
    assert "Active contacts in the account · Shop" in text_of(alice_client.get("/"))
    assert "Requests left today" in text_of(carol_client.get("/"))
    assert "Active contacts" not in text_of(carol_client.get("/"))
