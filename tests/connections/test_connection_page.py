"""The list of connections, and the page of one: edit, test, reconnect."""

from datetime import timedelta

import pytest
from django.utils import timezone

from connections.models import Connection, TokenSet
from connections.signals import account_changed
from tests.connections.walking import Wizard, answer_consent, url


def said(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


@pytest.fixture
def wizard(alice_client, constant_contact) -> Wizard:
    return Wizard(alice_client, constant_contact)


def test_the_list_shows_health_and_drafts(connection, wizard):
    wizard.name("Half-made")
    TokenSet.objects.update(refreshed_at=timezone.now() - timedelta(days=20, hours=1))
    page = wizard.client.get(url("changelist"))
    for part in (
        "Newsletter",
        "Connected",
        "Sandbox Organization",
        "Administrators",
        "alice",
        "160 of 180",
        "Half-made",
    ):
        assert part in page.text
    assert url("set_up", wizard.draft().pk) in page.text


def test_the_list_needs_no_query_per_connection(connection, alice_client, django_assert_max_num_queries):
    for number in range(5):
        Connection.objects.create(display_name=f"Draft {number}", sharing="")
    with django_assert_max_num_queries(12):
        alice_client.get(url("changelist"))


def test_the_list_can_be_searched(connection, alice_client):
    assert "Newsletter" in alice_client.get(url("changelist"), {"q": "sandbox"}).text
    assert "Newsletter" not in alice_client.get(url("changelist"), {"q": "nothing"}).text


def test_nothing_can_be_deleted_from_the_list(connection, alice_client):
    alice_client.post(
        url("changelist"), {"action": "delete_selected", "_selected_action": connection.pk, "post": "yes"}
    )
    assert Connection.objects.exists()


def test_the_page_shows_account_export_user_consent_and_days(connection, alice_client):
    page = alice_client.get(url("change", connection.pk))
    for part in ("Sandbox Organization", "owner@sandbox.example", "Agreed by alice", "192.0.2.1", "180 of 180"):
        assert part in page.text


def test_who_decides_is_set_and_stays_where_a_page_does_not_ask(connection, alice_client):
    def post(**changes: object) -> bool:
        connection.refresh_from_db()
        values = {"display_name": "News", "sharing": "administrators", "seen": connection.updated_at.isoformat()}
        assert said(alice_client.post(url("change", connection.pk), values | changes, follow=True)) == ["Saved."]
        return Connection.objects.get(pk=connection.pk).decided_by_another

    assert post(decided_by_another=["false", "on"]) is True  # what the page sends when it is ticked
    assert post() is True
    assert post(decided_by_another=["false"]) is False


def test_name_and_sharing_are_edited(connection, alice_client, bob):
    assert not Connection.objects.usable_by(bob).exists()
    values = {
        "display_name": "Renamed",
        "sharing": "contributors",
        "seen": connection.updated_at.isoformat(),
    }
    answer = alice_client.post(url("change", connection.pk), values, follow=True)
    assert said(answer) == ["Saved."]
    assert Connection.objects.usable_by(bob).get().display_name == "Renamed"
    assert "Changed name or sharing." in alice_client.get(url("history", connection.pk)).text


@pytest.mark.parametrize("seen", ["2020-01-01T00:00:00+00:00", "nonsense", ""])
def test_a_change_that_somebody_else_overtook_is_not_saved(connection, alice_client, seen):
    values = {"display_name": "Renamed", "sharing": "contributors", "seen": seen}
    answer = alice_client.post(url("change", connection.pk), values, follow=True)
    assert "Somebody else saved this connection" in said(answer)[0]
    connection.refresh_from_db()
    assert connection.display_name == "Newsletter"
    assert connection.sharing == Connection.Sharing.ADMINISTRATORS


def test_a_test_shows_that_it_works(connection, alice_client):
    answer = alice_client.post(url("test", connection.pk), follow=True)
    assert said(answer)[0].startswith("The connection works: it reaches ")


def test_a_test_of_a_dead_connection_shows_reconnect_and_marks_it(connection, alice_client, constant_contact):
    constant_contact.revoke()
    constant_contact.expire_access_tokens()
    answer = alice_client.post(url("test", connection.pk), follow=True)
    assert "reconnect it" in said(answer)[0]
    assert "Needs reconnecting" in answer.text
    connection.refresh_from_db()
    assert connection.state == Connection.State.NEEDS_RECONNECTING


def test_a_test_while_constant_contact_is_down_changes_nothing(connection, alice_client, constant_contact):
    constant_contact.fault("*/account/summary", "503")
    answer = alice_client.post(url("test", connection.pk), follow=True)
    assert "can't be reached" in said(answer)[0]
    connection.refresh_from_db()
    assert connection.state == Connection.State.CONNECTED


def test_a_test_with_lost_encryption_keys_shows_that_they_are_lost(connection, alice_client, settings):
    from cryptography.fernet import Fernet

    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert "encryption keys" in said(alice_client.post(url("test", connection.pk), follow=True))[0]


def test_reconnecting_to_the_same_account_brings_it_back(connection, wizard, constant_contact):
    constant_contact.revoke()
    Connection.objects.update(state=Connection.State.NEEDS_RECONNECTING)

    answer = wizard.authenticate()

    assert "Connected to" in said(answer)[0]
    assert answer.redirect_chain[-1][0] == url("change", connection.pk)
    connection.refresh_from_db()
    assert connection.state == Connection.State.CONNECTED
    assert "The connection works" in said(wizard.client.post(url("test", connection.pk), follow=True))[0]


@pytest.fixture
def heard():
    """Connections whose account changed, as another app hears of it."""
    told = []

    def listen(connection, **kwargs):
        told.append(connection.account_id)

    account_changed.connect(listen)
    yield told
    account_changed.disconnect(listen)


@pytest.fixture
def asked(connection, wizard, constant_contact):
    """The page that asks whether another account is meant."""
    back = answer_consent(wizard.authorize_url(), account=constant_contact.other_account_id)
    return wizard.client.get(back, follow=True)


def test_another_account_is_not_taken_before_it_is_confirmed(asked, connection, heard):
    assert "Until now this connection reached Sandbox Organization" in asked.text
    assert asked.redirect_chain[-1][0] == url("other_account", connection.pk)
    connection.refresh_from_db()
    assert connection.organization_name == "Sandbox Organization"
    assert not heard


def test_confirmed_it_is_taken_and_other_apps_hear_of_it(
    asked, connection, wizard, constant_contact, heard, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = wizard.client.post(url("other_account", connection.pk), {"confirm": "yes"}, follow=True)
    assert "Connected to" in said(answer)[0]
    connection.refresh_from_db()
    assert connection.account_id == constant_contact.other_account_id
    assert heard == [constant_contact.other_account_id]
    assert constant_contact.requests("/revoke")  # the authorization for the old account ends


def test_refused_everything_stays_and_the_new_authorization_is_given_back(
    asked, connection, wizard, constant_contact, heard
):
    answer = wizard.client.post(url("other_account", connection.pk), follow=True)
    assert "still uses Sandbox Organization" in said(answer)[0]
    connection.refresh_from_db()
    assert connection.account_id == constant_contact.account_id
    assert constant_contact.requests("/revoke")
    assert not heard


def test_the_confirmation_works_once_and_for_who_authorized(asked, connection, wizard, eve_client, heard):
    theirs = eve_client.post(url("other_account", connection.pk), {"confirm": "yes"}, follow=True)
    assert "Nothing is waiting for your confirmation" in said(theirs)[0]
    wizard.client.post(url("other_account", connection.pk), {"confirm": "yes"})
    again = wizard.client.post(url("other_account", connection.pk), {"confirm": "yes"}, follow=True)
    assert "Nothing is waiting for your confirmation" in said(again)[-1]
    assert len(heard) == 1


def test_what_waits_for_confirmation_is_not_stored_in_clear(asked, constant_contact):
    from django.contrib.sessions.models import Session

    for session in Session.objects.all():
        content = str(session.get_decoded())
        assert "eyJ" not in content  # the beginning of every access token
        assert "example" not in content
