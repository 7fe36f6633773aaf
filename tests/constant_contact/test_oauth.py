"""Tokens are got, renewed and ended; each failure is one of the six errors."""

import logging
import socket
from urllib.parse import parse_qs, urlsplit

import pytest

from constant_contact import (
    SCOPES,
    AuthorizationRevokedError,
    ConstantContact,
    ConstantContactError,
    OutcomeUnknownError,
    RejectedError,
    ThrottledError,
    UnavailableError,
    oauth,
)
from tests.support.sandbox import REDIRECT_URI

from .conftest import Keyring

TOKEN = "POST /oauth2/default/v1/token"


@pytest.fixture
def application(sandbox) -> tuple[str, str, str]:
    return sandbox.auth_url, sandbox.client_id, sandbox.client_secret


def connect(sandbox, application, **how) -> oauth.Tokens:
    return oauth.exchange_code(*application, REDIRECT_URI, sandbox.authorize(**how))


def error_of(call, *args) -> ConstantContactError:
    with pytest.raises(ConstantContactError) as caught:
        call(*args)
    return caught.value


def test_the_page_to_send_people_to_asks_for_all_that_exports_need():
    url = oauth.authorization_url("https://auth.example/v1", "the-client", "https://us.example/callback/", "a state")

    assert url.startswith("https://auth.example/v1/authorize?")
    assert parse_qs(urlsplit(url).query) == {
        "response_type": ["code"],
        "client_id": ["the-client"],
        "redirect_uri": ["https://us.example/callback/"],
        "scope": [" ".join(SCOPES)],
        "state": ["a state"],
    }


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_page_on_this_machine_may_do_without_https(host):
    url = oauth.authorization_url(f"http://{host}:9700/v1", "the-client", "http://localhost/callback/", "state")

    assert url.startswith(f"http://{host}:9700/v1/authorize?")


@pytest.mark.parametrize("auth_url", ["http://auth.example/v1", "http://localhost.example/v1", "http://10.0.0.1/v1"])
def test_another_machine_needs_https(auth_url):
    for call in (
        lambda: oauth.authorization_url(auth_url, "c", "http://localhost/", "s"),
        lambda: oauth.exchange_code(auth_url, "c", "s", "http://localhost/", "code"),
        lambda: oauth.refresh(auth_url, "c", "s", "token"),
    ):
        error = error_of(call)
        assert type(error) is RejectedError
        assert error.error_key == "insecure_transport"
    assert oauth.revoke(auth_url, "c", "s", "token") is False


def test_a_code_becomes_tokens_that_work(sandbox, application):
    tokens = connect(sandbox, application)

    assert tokens.scope == frozenset(SCOPES)
    assert tokens.expires_in == 86_400
    assert tokens.refresh_token
    client = ConstantContact(Keyring(tokens.access_token), api_url=sandbox.api_url)
    assert client.account_summary().encoded_account_id == sandbox.account_id


def test_less_granted_than_requested_is_returned_and_no_error(sandbox, application):
    tokens = connect(sandbox, application, scope="contact_data")

    assert tokens.scope == {"contact_data"}
    assert tokens.refresh_token is None


def test_a_code_works_once(sandbox, application):
    code = sandbox.authorize()
    oauth.exchange_code(*application, REDIRECT_URI, code)

    error = error_of(oauth.exchange_code, *application, REDIRECT_URI, code)

    assert type(error) is AuthorizationRevokedError
    assert error.error_key == "invalid_grant"


def test_a_code_for_another_address_is_refused(sandbox, application):
    error = error_of(oauth.exchange_code, *application, "https://elsewhere.example/", sandbox.authorize())

    assert error.error_key == "invalid_grant"


@pytest.mark.parametrize("status", [400, 401])
def test_a_wrong_secret_is_a_rejection_not_a_revocation(sandbox, application, status):
    sandbox.switch(invalid_client_status=status)
    auth_url, client_id, _secret = application

    for call in (
        lambda: oauth.exchange_code(auth_url, client_id, "wrong", REDIRECT_URI, sandbox.authorize()),
        lambda: oauth.refresh(auth_url, client_id, "wrong", sandbox.issue_tokens()["refresh_token"]),
    ):
        error = error_of(call)
        assert type(error) is RejectedError
        assert error.error_key == "invalid_client"


def test_a_refresh_token_works_once_where_tokens_rotate(sandbox, application):
    first = connect(sandbox, application)

    second = oauth.refresh(*application, first.refresh_token)

    assert second.refresh_token not in {None, first.refresh_token}
    assert second.access_token != first.access_token
    assert type(error_of(oauth.refresh, *application, first.refresh_token)) is AuthorizationRevokedError


def test_a_long_lived_refresh_token_comes_back(sandbox, application):
    sandbox.switch(refresh_tokens="long_lived")
    first = connect(sandbox, application)

    assert oauth.refresh(*application, first.refresh_token).refresh_token == first.refresh_token


@pytest.mark.parametrize("status", [400, 401])
def test_a_dead_refresh_token_needs_a_person(sandbox, application, status):
    sandbox.switch(invalid_grant_status=status)
    tokens = connect(sandbox, application)
    sandbox.revoke()

    error = error_of(oauth.refresh, *application, tokens.refresh_token)

    assert type(error) is AuthorizationRevokedError
    assert error.permanent


@pytest.mark.parametrize("body", ["throttled", "empty", "html"])
def test_a_token_endpoint_asked_too_fast_is_throttled(sandbox, application, body):
    sandbox.switch(token_requests_per_second=1, token_limit_body=body)
    token = oauth.refresh(*application, sandbox.issue_tokens()["refresh_token"]).refresh_token

    assert type(error_of(oauth.refresh, *application, token)) is ThrottledError


@pytest.mark.parametrize("kind", ["500", "503", "html"])
def test_a_failing_token_endpoint_is_unavailable(sandbox, application, kind):
    token = sandbox.issue_tokens()["refresh_token"]
    sandbox.fault(TOKEN, kind, times=2)

    assert type(error_of(oauth.refresh, *application, token)) is UnavailableError
    assert type(error_of(connect, sandbox, application)) is UnavailableError
    assert oauth.refresh(*application, token).access_token


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "empty", "garbage"])
def test_a_lost_answer_to_a_refresh_may_have_cost_the_token(sandbox, application, kind):
    token = sandbox.issue_tokens()["refresh_token"]
    sandbox.fault(TOKEN, kind)

    assert type(error_of(oauth.refresh, *application, token)) is OutcomeUnknownError


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "empty", "garbage"])
def test_a_lost_answer_to_a_code_means_starting_over(sandbox, application, kind):
    sandbox.fault(TOKEN, kind)

    assert type(error_of(connect, sandbox, application)) is UnavailableError


def test_a_slow_answer_to_a_refresh_is_lost(sandbox, application, monkeypatch):
    monkeypatch.setattr(oauth, "TIMEOUT", (1, 0.2))
    sandbox.fault(TOKEN, "slow", seconds=0.5)

    assert type(error_of(oauth.refresh, *application, sandbox.issue_tokens()["refresh_token"])) is OutcomeUnknownError


def test_nobody_there_means_that_the_refresh_token_was_not_spent():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        auth_url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"

        assert type(error_of(oauth.refresh, auth_url, "c", "s", "token")) is UnavailableError
        assert oauth.revoke(auth_url, "c", "s", "token") is False


def test_a_revoked_grant_cannot_be_renewed(sandbox, application):
    tokens = connect(sandbox, application)

    assert oauth.revoke(*application, tokens.refresh_token) is True
    assert type(error_of(oauth.refresh, *application, tokens.refresh_token)) is AuthorizationRevokedError


@pytest.mark.parametrize("kind", ["500", "drop_before", "html"])
def test_revoking_is_an_attempt(sandbox, application, kind):
    sandbox.fault("POST /oauth2/default/v1/revoke", kind)

    assert oauth.revoke(*application, "token") is False


def test_revoking_where_there_is_no_such_address_is_an_attempt(sandbox, application):
    sandbox.switch(revocation_endpoint=False)

    assert oauth.revoke(*application, sandbox.issue_tokens()["refresh_token"]) is False


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "null",
        '"token"',
        "access_token=form",
        "{}",
        '{"access_token":7}',
        '{"access_token":""}',
        '{"access_token":"a","expires_in":"soon"}',
        '{"access_token":"a","refresh_token":7}',
        '{"access_token":"a","scope":7}',
    ],
)
def test_an_answer_without_sensible_tokens_is_lost(service, body):
    service.answer(200, body)

    assert type(error_of(oauth.refresh, service.api_url, "c", "s", "token")) is OutcomeUnknownError


def test_what_a_sensible_answer_leaves_out_is_filled_in(service):
    service.answer(200, '{"access_token":"a","token_type":"Bearer"}')

    tokens = oauth.refresh(service.api_url, "c", "s", "the-token")

    assert tokens == oauth.Tokens("a", "the-token", 86_400, frozenset(SCOPES))


def test_the_secret_is_not_carried_to_another_address(service):
    service.answer(307, "", headers={"Location": f"{service.host}/elsewhere"})

    with pytest.raises(ConstantContactError):
        oauth.refresh(service.api_url, "c", "s", "token")

    assert [asked.path for asked in service.asked] == ["/v3/token"]


def test_the_secret_goes_in_the_header_and_no_scope_is_asked_for_again(service):
    service.answer(200, '{"access_token":"a"}')

    oauth.exchange_code(service.api_url, "c", "s", "http://localhost/back/", "the code")
    oauth.refresh(service.api_url, "c", "s", "token")

    assert {asked.headers["Authorization"] for asked in service.asked} == {"Basic Yzpz"}
    assert [parse_qs(asked.body.decode()) for asked in service.asked] == [
        {"grant_type": ["authorization_code"], "code": ["the code"], "redirect_uri": ["http://localhost/back/"]},
        {"grant_type": ["refresh_token"], "refresh_token": ["token"]},
    ]


def test_no_token_and_no_secret_reach_a_log(sandbox, application, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="requests_oauthlib.oauth2_session")

    first = connect(sandbox, application)
    second = oauth.refresh(*application, first.refresh_token)
    ConstantContact(Keyring(second.access_token), api_url=sandbox.api_url).account_summary()
    oauth.revoke(*application, second.refresh_token)

    assert "/v3/account/summary" in caplog.text
    kept_quiet = {first.access_token, first.refresh_token, second.access_token, second.refresh_token, application[2]}
    assert not [secret for secret in kept_quiet if secret in caplog.text]
    assert "Basic " not in caplog.text
