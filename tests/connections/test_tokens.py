"""Custody of tokens against the sandbox's token endpoint."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from connections import tokens
from connections.clients import client_for
from connections.models import Connection, TokenSet
from constant_contact import AuthorizationRevokedError, UnavailableError
from encryption.fields import UndecryptableError
from tests.support.fixtures_connections import expire_access_token, issued


def refreshes(sandbox) -> int:
    return len(sandbox.requests("POST /oauth2/default/v1/token"))


def test_a_valid_token_is_returned_without_asking(connection, constant_contact):
    assert tokens.access_token(connection) == connection.token_set.access_token
    assert refreshes(constant_contact) == 0


def test_an_expired_token_is_refreshed_and_the_new_pair_kept(connection, constant_contact):
    before = connection.token_set
    expire_access_token(connection)

    fresh = tokens.access_token(connection)

    held = TokenSet.objects.get(pk=connection.pk)
    assert fresh == held.access_token != before.access_token
    assert held.refresh_token != before.refresh_token
    assert held.version == before.version + 1
    assert held.claimed_until is None
    assert refreshes(constant_contact) == 1


def test_a_token_about_to_expire_is_refreshed_before_it_is_used(connection, constant_contact):
    TokenSet.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    tokens.access_token(connection)
    assert refreshes(constant_contact) == 1


def test_a_refused_token_is_not_returned_again(connection, constant_contact):
    held = connection.token_set.access_token
    fresh = tokens.access_token(connection, refused=held)
    assert fresh != held
    assert tokens.access_token(connection, refused=held) == fresh  # whoever else was refused gets the new one
    assert refreshes(constant_contact) == 1


def test_the_client_renews_a_token_that_the_api_no_longer_accepts(connection, constant_contact):
    constant_contact.expire_access_tokens()
    client = client_for(connection, for_page=True)
    assert client.account_summary().encoded_account_id == constant_contact.account_id
    assert refreshes(constant_contact) == 1


def test_a_long_lived_refresh_token_stays(connection, constant_contact):
    constant_contact.switch(refresh_tokens="long_lived")
    held = connection.token_set.refresh_token
    expire_access_token(connection)
    tokens.access_token(connection)
    assert TokenSet.objects.get().refresh_token == held


def test_only_invalid_grant_means_needs_reconnecting(connection, constant_contact):
    constant_contact.revoke()
    expire_access_token(connection)

    with pytest.raises(AuthorizationRevokedError):
        tokens.access_token(connection)

    connection.refresh_from_db()
    assert connection.state == Connection.State.NEEDS_RECONNECTING
    with pytest.raises(AuthorizationRevokedError):
        tokens.access_token(connection)
    assert refreshes(constant_contact) == 1  # a dead token is not tried again


@pytest.fixture
def short_pauses(monkeypatch):
    monkeypatch.setattr(tokens, "RETRY_DELAYS", (0.01, 0.02, 0.03))


@pytest.mark.parametrize("kind", ["429_throttled", "503", "500", "drop_before", "html"])
def test_a_token_endpoint_that_stumbles_is_asked_again(connection, constant_contact, short_pauses, kind):
    constant_contact.fault("*/token", kind, times=2)
    expire_access_token(connection)

    assert tokens.access_token(connection) == TokenSet.objects.get().access_token

    connection.refresh_from_db()
    assert connection.state == Connection.State.CONNECTED
    assert refreshes(constant_contact) == 3


def test_an_outage_leaves_the_connection_connected_and_the_claim_open(connection, constant_contact, short_pauses):
    constant_contact.fault("*/token", "503", times=4)
    expire_access_token(connection)

    with pytest.raises(UnavailableError):
        tokens.access_token(connection)

    connection.refresh_from_db()
    assert connection.state == Connection.State.CONNECTED
    assert tokens.access_token(connection)  # the outage is over: the next one gets through


def test_while_somebody_refreshes_the_others_wait_and_then_say_so(connection, constant_contact, monkeypatch):
    monkeypatch.setattr(tokens, "MAX_WAIT_SECONDS", 0.2)
    expire_access_token(connection)
    held = TokenSet.objects.select_related("connection").get()
    assert tokens._claim(held)
    assert not tokens._claim(held)

    with pytest.raises(UnavailableError):
        tokens.access_token(connection)
    assert refreshes(constant_contact) == 0


def test_a_claim_that_lapsed_can_be_taken_over(connection, constant_contact):
    TokenSet.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    expire_access_token(connection)
    assert tokens.access_token(connection)
    assert refreshes(constant_contact) == 1


@pytest.mark.django_db(transaction=True)
def test_a_refresh_inside_a_transaction_is_refused_before_anything_is_spent(connection, constant_contact):
    expire_access_token(connection)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        tokens.access_token(connection)
    assert refreshes(constant_contact) == 0


@pytest.mark.django_db(transaction=True)
def test_an_error_of_the_caller_does_not_lose_the_new_tokens(connection, constant_contact):
    def caller() -> None:
        fresh.append(tokens.access_token(connection))
        with transaction.atomic():
            connection.display_name = "Changed"
            connection.save()
            raise ZeroDivisionError

    fresh: list[str] = []
    expire_access_token(connection)
    with pytest.raises(ZeroDivisionError):
        caller()
    assert TokenSet.objects.get().access_token == fresh[0]
    assert tokens.access_token(connection) == fresh[0]
    assert refreshes(constant_contact) == 1


def test_an_answer_lost_after_it_rotated_the_token_means_needs_reconnecting(connection, constant_contact, short_pauses):
    constant_contact.fault("*/token", "drop_after")
    expire_access_token(connection)
    with pytest.raises(AuthorizationRevokedError):
        tokens.access_token(connection)
    connection.refresh_from_db()
    assert connection.state == Connection.State.NEEDS_RECONNECTING


def test_a_refresh_that_comes_back_after_somebody_reconnected_is_dropped(connection, constant_contact):
    stale = TokenSet.objects.select_related("connection").get()
    assert tokens._claim(stale)
    newer = issued(constant_contact)
    tokens.store_tokens(connection, newer)

    assert tokens._refresh(stale, stale.connection.account_id) == newer.access_token
    assert TokenSet.objects.get().refresh_token == newer.refresh_token


def test_a_refusal_that_comes_back_after_somebody_reconnected_changes_nothing(connection, constant_contact):
    stale = TokenSet.objects.select_related("connection").get()
    constant_contact.revoke()
    tokens.store_tokens(connection, issued(constant_contact))

    assert tokens._refresh(stale, stale.connection.account_id) == TokenSet.objects.get().access_token
    connection.refresh_from_db()
    assert connection.state == Connection.State.CONNECTED


def test_an_authorization_without_a_refresh_token_is_not_kept(connection, constant_contact):
    with pytest.raises(ValueError, match="refresh token"):
        tokens.store_tokens(connection, issued(constant_contact, scope="contact_data account_read"))


def test_days_left_count_down_from_180_since_the_last_refresh(connection):
    refreshed = TokenSet.objects.get().refreshed_at
    with time_machine.travel(refreshed + timedelta(seconds=1), tick=False):
        assert tokens.days_left(connection) == 180
    with time_machine.travel(refreshed + timedelta(days=10), tick=False):
        assert tokens.days_left(connection) == 170
    with time_machine.travel(refreshed + timedelta(days=500), tick=False):
        assert tokens.days_left(connection) == 0
    TokenSet.objects.all().delete()
    assert tokens.days_left(connection) is None


def test_nothing_secret_lies_in_the_database_in_clear(connection):
    held = TokenSet.objects.get()
    with database.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM connections_tokenset")
        access, refresh = cursor.fetchone()
    assert access.startswith("f1:")
    assert refresh.startswith("f1:")
    assert held.access_token not in access
    assert held.refresh_token not in refresh


def test_tokens_are_not_in_representations(connection):
    held = TokenSet.objects.get()
    for text in (repr(held), str(held), repr(tokens.authorizer(connection))):
        assert held.access_token not in text
        assert held.refresh_token not in text


def test_a_wrong_encryption_key_raises_instead_of_returning_ciphertext(connection, settings, new_key):
    settings.FIELD_ENCRYPTION_KEYS = [new_key]
    with pytest.raises(UndecryptableError, match="FIELD_ENCRYPTION_KEYS"):
        tokens.access_token(connection)


def test_a_connection_with_unreadable_tokens_can_be_reconnected_and_removed(connection, settings, new_key, sandbox):
    settings.FIELD_ENCRYPTION_KEYS = [new_key]
    tokens.forget_tokens(connection)
    assert not TokenSet.objects.exists()
    tokens.store_tokens(connection, issued(sandbox))
    assert tokens.access_token(connection)


def test_forgetting_revokes_at_constant_contact_once_it_is_committed(
    connection, constant_contact, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        tokens.forget_tokens(connection)
        assert not constant_contact.requests("/revoke")
    assert len(constant_contact.requests("/revoke")) == 1
    assert not TokenSet.objects.exists()


@pytest.fixture
def new_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()
