"""A connection is neither shown to, nor accepted from, whoever may not use it."""

import pytest
from django.urls import reverse

from connections.models import Connection
from exports.models import Export
from tests.exports.pages import filled_in, plain_export, plain_segment
from tests.support.fixtures_connections import make_connection

ADD = "/admin/exports/export/add/"
LISTS = "/admin/exports/export/account/"


def share(connection: Connection, sharing: str = "contributors", *people) -> None:
    connection.chosen_contributors.set(people)
    Connection.objects.filter(pk=connection.pk).update(sharing=sharing)


@pytest.fixture
def hidden(sandbox, alice, connection) -> Connection:
    """Beside the shared `connection`, one for administrators only."""
    share(connection)
    return make_connection(sandbox, alice, "Board only")


def test_contributors_see_the_connections_shared_with_them_by_kind(bob_client, connection, hidden):
    plain_segment()
    page = bob_client.get(ADD).content.decode()
    assert '<optgroup label="Constant Contact">' in page
    assert "Newsletter" in page
    assert "Board only" not in page


def test_administrators_see_all_connections(alice_client, connection, hidden):
    plain_segment()
    page = alice_client.get(ADD).content.decode()
    assert "Newsletter" in page
    assert "Board only" in page


def test_a_hidden_connection_is_not_accepted_either(bob_client, hidden, list_id):
    answer = bob_client.post(ADD, filled_in(hidden, list_id, plain_segment()))
    assert "You can&#x27;t use this connection." in answer.content.decode()
    assert not Export.objects.exists()


def test_a_draft_of_the_wizard_can_not_be_chosen(alice_client, connection, hidden, list_id):
    Connection.objects.filter(pk=hidden.pk).update(saved_at=None)
    answer = alice_client.post(ADD, filled_in(hidden, list_id, plain_segment()))
    assert "You can&#x27;t use this connection." in answer.content.decode()


def test_chosen_contributors_alone_may_use_a_connection(bob, bob_client, dave_client, connection, list_id):
    share(connection, "chosen", bob)
    segment = plain_segment()
    dave_client.post(ADD, filled_in(connection, list_id, segment))
    assert not Export.objects.exists()
    bob_client.post(ADD, filled_in(connection, list_id, segment))
    assert Export.objects.exists()


def test_a_contributor_without_any_connection_is_told_whom_to_ask(bob_client, hidden, connection):
    share(connection, "administrators")
    page = bob_client.get(ADD).content.decode()
    assert "There is no connection you can use" in page
    assert "Ask an administrator" in page


def test_an_administrator_without_any_connection_is_led_to_adding_one(alice_client):
    assert reverse("admin:connections_connection_add") in alice_client.get(ADD).content.decode()


def test_the_lists_of_a_hidden_connection_are_nobody_elses(bob_client, carol_client, hidden, connection):
    assert bob_client.get(LISTS, {"connection": connection.pk}).status_code == 200
    assert bob_client.get(LISTS, {"connection": hidden.pk}).status_code == 404
    assert carol_client.get(LISTS, {"connection": connection.pk}).status_code == 403
    for connection_id in ("", "x", "999"):
        assert bob_client.get(LISTS, {"connection": connection_id}).status_code == 404


def test_no_list_is_made_on_a_hidden_connection(bob_client, hidden, sandbox):
    answer = bob_client.post(f"{LISTS}lists/", {"connection": hidden.pk, "name": "Mine"})
    assert answer.status_code == 404


def test_an_export_on_a_hidden_connection_is_for_looking_only(bob_client, hidden, list_id):
    export = plain_export(hidden, list_id)
    address = reverse("admin:exports_export_change", args=[export.pk])
    page = bob_client.get(address).content.decode()
    assert "Close" in page
    assert "Run now" not in page
    assert 'name="list_id"' not in page
    assert bob_client.post(address, filled_in(hidden, list_id, *export.segments.all())).status_code == 403


def test_the_account_says_its_lists_and_fields(bob_client, connection, hidden, sandbox, list_id):
    answer = bob_client.get(LISTS, {"connection": connection.pk, "q": "france"}).json()
    assert answer["lists"] == [{"list_id": list_id, "name": "Newsletter for France", "members": 0, "exports": []}]
    assert answer["custom_fields"] == []


def test_an_account_that_does_not_answer_is_a_sentence(bob_client, connection, hidden, sandbox):
    sandbox.fault("GET /v3/contact_lists*", "503", times=10)
    assert "can't be reached" in bob_client.get(LISTS, {"connection": connection.pk}).json()["problem"]


def test_a_list_is_made_when_somebody_confirms_it(bob_client, connection, hidden):
    made = bob_client.post(f"{LISTS}lists/", {"connection": connection.pk, "name": "Spring"}).json()["list"]
    assert made["name"] == "Spring"
    taken = bob_client.post(f"{LISTS}lists/", {"connection": connection.pk, "name": "Spring"}).json()
    assert "has a list with this name already" in taken["problem"]
