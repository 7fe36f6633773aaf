"""What can happen on the way to Constant Contact and back, each with its own sentence and a way on."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from connections import authorization, editing
from connections.models import Connection, TokenSet
from tests.connections.walking import Wizard, answer_consent, state_of, url
from web.messages import Message

CALLBACK = "/connections/oauth/callback/"


@pytest.fixture
def wizard(alice_client, constant_contact) -> Wizard:
    """alice in front of “Authenticate with Constant Contact”."""
    wizard = Wizard(alice_client, constant_contact)
    wizard.walk_to_connect()
    return wizard


def said(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def text_of(code: str) -> str:
    return str(Message(code))


def assert_nothing_connected(wizard: Wizard) -> None:
    assert wizard.draft().state == Connection.State.DRAFT
    assert not TokenSet.objects.exists()


def assert_back_at_connect(answer, wizard: Wizard) -> None:
    assert answer.redirect_chain[-1][0] == url("step", wizard.draft().pk, "connect")


def test_the_request_asks_for_the_scopes_and_our_redirect_uri(wizard, constant_contact):
    address = wizard.authorize_url()
    assert address.startswith(f"{constant_contact.auth_url}/authorize?")
    assert "scope=contact_data+account_read+offline_access" in address
    assert "redirect_uri=http%3A%2F%2Ftestserver%2Fconnections%2Foauth%2Fcallback%2F" in address
    assert "code_challenge" not in address


def test_allow_connects_and_shows_organization_and_email(wizard):
    answer = wizard.authenticate()
    draft = wizard.draft()
    assert said(answer) == [f"Connected to {draft.organization_name} ({draft.account_email})."]
    assert_back_at_connect(answer, wizard)
    assert draft.state == Connection.State.CONNECTED


def test_deny_is_shown_and_leads_back(wizard):
    answer = wizard.authenticate("deny")
    assert said(answer) == [text_of("authorization_denied")]
    assert_back_at_connect(answer, wizard)
    assert_nothing_connected(wizard)


def test_another_error_of_the_authorization_is_for_whoever_runs_the_application(wizard):
    state = state_of(wizard.authorize_url())
    answer = wizard.client.get(CALLBACK, {"error": "invalid_scope", "state": state}, follow=True)
    (sentence,) = said(answer)
    assert sentence.startswith("Constant Contact did not let this application ask for access.")
    assert authorization.redirect_uri() in sentence
    assert_nothing_connected(wizard)


def test_an_expired_code(wizard, constant_contact):
    back = answer_consent(wizard.authorize_url())
    constant_contact.advance(301)
    answer = wizard.client.get(back, follow=True)
    assert said(answer) == [text_of("authorization_code_used")]
    assert_back_at_connect(answer, wizard)
    assert_nothing_connected(wizard)


def test_a_used_code_with_a_fresh_state(wizard):
    first = answer_consent(wizard.authorize_url())
    wizard.client.get(first)
    code = re.search(r"code=([^&]+)", first).group(1)
    answer = wizard.client.get(CALLBACK, {"code": code, "state": state_of(wizard.authorize_url())}, follow=True)
    assert said(answer)[-1] == text_of("authorization_code_used")


def test_an_answer_without_a_code(wizard):
    answer = wizard.client.get(CALLBACK, {"state": state_of(wizard.authorize_url())}, follow=True)
    assert said(answer) == [text_of("authorization_foreign")]


def test_access_without_a_refresh_token_is_not_accepted_and_given_back(wizard, constant_contact):
    scope = "contact_data account_read"
    code = constant_contact.authorize(scope=scope, redirect_uri=authorization.redirect_uri())
    answer = wizard.client.get(CALLBACK, {"code": code, "state": state_of(wizard.authorize_url())}, follow=True)
    assert said(answer) == [text_of("refresh_token_missing")]
    assert_nothing_connected(wizard)
    assert constant_contact.requests("/revoke")


def test_missing_privileges_are_named(wizard, constant_contact):
    constant_contact.set_privileges(remove=["contacts:write", "contacts:lists:read"])
    (sentence,) = said(wizard.authenticate())
    assert "contacts:lists:read, contacts:write" in sentence
    assert "authenticate again" in sentence
    assert_nothing_connected(wizard)


def test_a_missing_scope_is_named(wizard, constant_contact):
    code = constant_contact.authorize(scope="account_read offline_access", redirect_uri=authorization.redirect_uri())
    answer = wizard.client.get(CALLBACK, {"code": code, "state": state_of(wizard.authorize_url())}, follow=True)
    assert "contact_data" in said(answer)[0]
    assert_nothing_connected(wizard)


@pytest.mark.parametrize("state", ["", "nonsense", "WzEsMSwieCJd:1abcde:0000000000000000000000000000000000000000000"])
def test_a_state_that_is_not_ours(wizard, state):
    back = answer_consent(wizard.authorize_url())
    code = re.search(r"code=([^&]+)", back).group(1)
    answer = wizard.client.get(CALLBACK, {"code": code, "state": state}, follow=True)
    assert said(answer) == [text_of("authorization_foreign")]
    assert answer.redirect_chain[-1][0] == url("changelist")
    assert_nothing_connected(wizard)


def test_a_state_older_than_ten_minutes(wizard):
    back = answer_consent(wizard.authorize_url())
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=5)):
        answer = wizard.client.get(back, follow=True)
    assert said(answer) == [text_of("authorization_expired")]
    assert_nothing_connected(wizard)


def test_opened_twice_is_answered_once(wizard, constant_contact):
    back = answer_consent(wizard.authorize_url())
    wizard.client.get(back)
    held = TokenSet.objects.get().access_token

    answer = wizard.client.get(back, follow=True)

    assert said(answer)[-1] == text_of("authorization_used")
    assert_back_at_connect(answer, wizard)
    assert TokenSet.objects.get().access_token == held
    assert len(constant_contact.requests("POST /oauth2/default/v1/token")) == 1


def test_opened_by_another_administrator(wizard, eve_client):
    back = answer_consent(wizard.authorize_url())
    answer = eve_client.get(back, follow=True)
    assert said(answer) == [text_of("authorization_other_person")]
    assert_nothing_connected(wizard)
    assert "Connected to" in said(wizard.client.get(back, follow=True))[0]  # the right person still can


def test_opened_by_a_contributor(wizard, bob_client):
    assert bob_client.get(answer_consent(wizard.authorize_url())).status_code == 403
    assert_nothing_connected(wizard)


def test_opened_without_a_session_asks_to_sign_in_and_leads_back(wizard):
    back = answer_consent(wizard.authorize_url())
    answer = Client().get(back, follow=True)
    assert text_of("authorization_signed_out") in answer.text
    (address, _status) = answer.redirect_chain[-1]
    assert address.endswith(f"next={url('step', wizard.draft().pk, 'connect')}")
    assert "code=" not in address
    assert_nothing_connected(wizard)


def test_opened_in_another_browser_of_the_same_person(wizard, alice):
    other = Client()
    other.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    answer = other.get(answer_consent(wizard.authorize_url()), follow=True)
    assert said(answer) == [text_of("authorization_used")]
    assert_nothing_connected(wizard)


@pytest.mark.parametrize(
    ("match", "kind", "sentence"),
    [
        ("*/token", "503", "can't be reached"),
        ("*/token", "drop_before", "can't be reached"),
        ("*/token", "429_throttled", "too many requests at the moment"),
        ("*/account/user/privileges", "503", "can't be reached"),
        ("*/account/summary", "html", "can't be reached"),
        ("*/account/summary", "429_quota", "00:00 UTC"),
    ],
)
def test_constant_contact_is_down(wizard, constant_contact, match, kind, sentence):
    constant_contact.fault(match, kind)
    answer = wizard.authenticate()
    assert sentence in said(answer)[0]
    assert_back_at_connect(answer, wizard)
    assert_nothing_connected(wizard)


def test_a_wrong_secret_is_for_whoever_runs_the_application(wizard, settings):
    settings.CONSTANT_CONTACT_CLIENT_SECRET = "wrong"
    assert said(wizard.authenticate()) == [text_of("api_key_refused")]
    assert_nothing_connected(wizard)


def test_a_draft_that_was_discarded_meanwhile(wizard):
    back = answer_consent(wizard.authorize_url())
    editing.remove(wizard.draft())
    answer = wizard.client.get(back, follow=True)
    assert said(answer) == [text_of("connection_gone")]
    assert answer.redirect_chain[-1][0] == url("changelist")


def test_a_connection_removed_during_the_answer_gives_the_authorization_back(wizard, constant_contact):
    draft = wizard.draft()
    code = constant_contact.authorize(redirect_uri=authorization.redirect_uri())
    account, granted = authorization.exchange(code)
    editing.remove(Connection.objects.get())
    with pytest.raises(authorization.AuthorizationError) as caught:
        authorization.adopt(draft, account, granted, by=None)
    assert caught.value.message == Message("connection_gone")
    assert constant_contact.requests("/revoke")


def test_two_tabs_can_be_on_the_way_at_once(wizard):
    first, second = wizard.authorize_url(), wizard.authorize_url()
    assert "Connected to" in said(wizard.client.get(answer_consent(first), follow=True))[0]
    assert "Connected to" in said(wizard.client.get(answer_consent(second), follow=True))[-1]


def test_authenticating_needs_a_post(wizard):
    assert wizard.client.get(url("authenticate", wizard.draft().pk)).status_code == 405


def test_the_callback_takes_no_post(wizard):
    assert wizard.client.post(CALLBACK).status_code == 405


def test_nothing_secret_and_no_address_reaches_a_log(wizard, caplog, constant_contact):
    caplog.set_level("DEBUG")
    back = answer_consent(wizard.authorize_url())
    wizard.client.get(back, follow=True)
    held = TokenSet.objects.get()
    code = re.search(r"code=([^&]+)", back).group(1)
    secrets = (
        held.access_token,
        held.refresh_token,
        code,
        constant_contact.client_secret,
        wizard.draft().account_email,
    )
    lines = [record.getMessage() for record in caplog.records]
    for secret in secrets:
        assert not [line for line in lines if secret in line]
