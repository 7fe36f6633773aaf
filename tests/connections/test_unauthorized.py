"""The API answers 401 although the authorization works: that is an outage, and nobody is asked to reconnect."""

import pytest
from django.urls import reverse

from connections.clients import client_for
from connections.models import Connection
from constant_contact import UnavailableError, transport
from exports.runs import start_run
from tests.support.fixtures_exports import REACHED, on_list, work_once, work_until_over

SENTENCE = "Constant Contact refuses requests"


@pytest.fixture(autouse=True)
def short_gaps(monkeypatch):
    monkeypatch.setattr(transport, "RENEWALS", (0.0, 0.01))


@pytest.fixture(autouse=True)
def _real_transactions(transactional_db):
    """Tokens are refreshed in transactions of their own."""


def is_connected(connection: Connection) -> bool:
    return Connection.objects.get(pk=connection.pk).state == Connection.State.CONNECTED


def test_two_refused_tokens_are_replaced_without_a_person(connection, constant_contact):
    constant_contact.fault("GET /v3/account/summary", "401", times=2)

    assert client_for(connection, for_page=True).account_summary().encoded_account_id == constant_contact.account_id

    assert len(constant_contact.requests("POST /oauth2/default/v1/token")) == 2
    assert is_connected(connection)


def test_an_api_that_refuses_every_token_is_an_outage(connection, constant_contact):
    constant_contact.fault("*/v3/*", "401", times=1000)

    with pytest.raises(UnavailableError):
        client_for(connection, for_page=True).account_summary()

    assert is_connected(connection)


def test_the_test_of_a_connection_shows_the_outage(connection, constant_contact, alice_client):
    constant_contact.fault("*/v3/*", "401", times=1000)

    page = alice_client.post(reverse("admin:connections_connection_test", args=[connection.pk]), follow=True)

    [message] = page.context["messages"]
    assert str(message).startswith(SENTENCE)
    assert is_connected(connection)


@pytest.mark.parametrize("path", ["*/v3/*", "GET /v3/contact_lists/*", "POST /v3/activities/*", "GET /v3/activities*"])
def test_a_run_waits_with_a_sentence_and_ends_when_it_is_over(path, export, connection, sandbox, list_id, bob):
    run = start_run(export, by=bob)[0]
    sandbox.fault(path, "401", times=6)
    reasons = set()
    for _ in range(3):
        reasons.add(work_once(run).reason)

    assert "unauthorized" in reasons
    assert is_connected(connection)
    sandbox.clear_faults()
    work_until_over(run)
    assert run.status == "completed_with_errors"
    assert on_list(sandbox, list_id) == REACHED


def test_a_run_whose_refresh_token_is_dead_still_asks_for_a_person(export, connection, sandbox, bob):
    run = start_run(export, by=bob)[0]
    sandbox.revoke()
    sandbox.expire_access_tokens()

    work_until_over(run)

    assert (run.status, run.reason) == ("failed", "reconnect")
    assert not is_connected(connection)
