"""Every page of connections × every role × every method: administrators only."""

import pytest
from django.test import Client
from django.urls import reverse

from connections.models import Connection
from connections.permissions import contributors
from tests.connections.walking import url

PAGES = {
    "changelist": "",
    "add": "",
    "new": "constant_contact",
    "set_up": "pk",
    "step": "pk name",
    "save": "pk",
    "authenticate": "pk",
    "other_account": "pk",
    "change": "pk",
    "limits": "pk",
    "consents": "pk",
    "all_consents": "",
    "test": "pk",
    "export_user": "pk",
    "delete": "pk",
    "release": "pk",
    "history": "pk",
}


def test_the_table_names_every_page():
    from django.contrib import admin

    named = {pattern.name for pattern in admin.site._registry[Connection].get_urls() if pattern.name}
    prefix = "connections_connection_"
    ours = {name.removeprefix(prefix) for name in named if name.startswith(prefix)}
    assert ours <= set(PAGES) | {"autocomplete"}


def address(name: str, connection: Connection) -> str:
    return url(name, *[connection.pk if part == "pk" else part for part in PAGES[name].split()])


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize("name", PAGES)
def test_contributors_and_viewers_are_refused(name, method, connection, bob_client, carol_client):
    Connection.objects.update(sharing=Connection.Sharing.CONTRIBUTORS)  # sharing does not open the pages
    for client in (bob_client, carol_client):
        assert getattr(client, method)(address(name, connection)).status_code in {403, 404, 405}
    connection.refresh_from_db()
    assert not connection.is_draft


@pytest.mark.parametrize("name", PAGES)
def test_strangers_are_asked_to_sign_in(name, connection):
    for method in ("get", "post"):
        answer = getattr(Client(), method)(address(name, connection))
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("admin:login"))


@pytest.mark.parametrize("name", PAGES)
def test_administrators_get_no_error(name, connection, alice_client):
    assert alice_client.get(address(name, connection)).status_code in {200, 302, 405}


@pytest.mark.parametrize("name", ["save", "authenticate", "test", "release"])
def test_what_changes_something_takes_no_get(name, connection, alice_client):
    assert alice_client.get(address(name, connection)).status_code == 405


@pytest.mark.parametrize(
    "name", ["new", "step", "save", "authenticate", "change", "limits", "test", "export_user", "delete"]
)
def test_a_post_without_a_token_of_the_form_is_refused(name, connection, alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(address(name, connection)).status_code == 403


def test_sharing_decides_what_contributors_may_choose(connection, alice, bob, dave, carol):
    def users_of(**columns):
        Connection.objects.update(**columns)
        people = {"alice": alice, "bob": bob, "dave": dave, "carol": carol}
        return {name for name, person in people.items() if Connection.objects.usable_by(person).exists()}

    connection.chosen_contributors.set([bob])
    assert users_of(sharing="administrators") == {"alice"}
    assert users_of(sharing="contributors") == {"alice", "bob", "dave"}
    assert users_of(sharing="chosen") == {"alice", "bob"}
    connection.chosen_contributors.set([carol])
    assert users_of(sharing="chosen") == {"alice"}  # a viewer exports nothing


def test_a_connection_can_be_shared_with_contributors_only(alice, bob, dave, carol):
    dave.is_active = False
    dave.save()
    assert list(contributors()) == [bob]


def test_an_inactive_administrator_manages_nothing(alice):
    from connections.permissions import can_manage_connections

    assert can_manage_connections(alice)
    alice.is_active = False
    assert not can_manage_connections(alice)
