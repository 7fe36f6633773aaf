"""Behaviours 1 to 5 and 12: consent, codes, tokens, revocation."""

import base64
import json
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.support.sandbox import FULL_SCOPE, REDIRECT_URI


@pytest.fixture
def question(sandbox):
    return {
        "client_id": sandbox.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": FULL_SCOPE,
        "state": "xyz-123",
    }


def ask(sandbox, question, **changed):
    wanted = {name: value for name, value in (question | changed).items() if value is not None}
    return requests.get(f"{sandbox.auth_url}/authorize", params=wanted, allow_redirects=False, timeout=10)


def decide(sandbox, question, decision, **more):
    form = question | {"decision": decision} | more
    return requests.post(f"{sandbox.auth_url}/authorize", data=form, allow_redirects=False, timeout=10)


def token(sandbox, secret=None, **form):
    credentials = (sandbox.client_id, secret or sandbox.client_secret)
    return requests.post(f"{sandbox.auth_url}/token", data=form, auth=credentials, timeout=10)


def redeem(sandbox, code, redirect_uri=REDIRECT_URI):
    return token(sandbox, grant_type="authorization_code", code=code, redirect_uri=redirect_uri)


def answer_in(response):
    assert response.status_code == 302
    address, _, query = response.headers["Location"].partition("?")
    assert address == REDIRECT_URI
    return dict(parse_qsl(query))


def test_authorize_shows_who_asks_for_what_and_for_which_account(sandbox, question):  # 1
    page = ask(sandbox, question)

    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    for text in ("Segment export", "contact_data", "Adventure Works Cycles", "Fabrikam", "Allow", "Deny", "sandbox"):
        assert text in page.text


def test_allow_goes_back_with_a_code_and_the_same_state(sandbox, question):  # 1
    answer = answer_in(decide(sandbox, question, "allow"))

    assert answer["state"] == "xyz-123"
    assert redeem(sandbox, answer["code"]).status_code == 200


def test_the_chosen_account_is_the_one_connected(sandbox, question):  # 1
    code = answer_in(decide(sandbox, question, "allow", account=sandbox.other_account_id))["code"]
    access_token = redeem(sandbox, code).json()["access_token"]

    summary = requests.get(
        f"{sandbox.api_url}/account/summary", timeout=10, headers={"Authorization": f"Bearer {access_token}"}
    ).json()

    assert summary["organization_name"] == "Fabrikam"


def test_deny_goes_back_with_access_denied_and_the_state(sandbox, question):  # 2
    answer = answer_in(decide(sandbox, question, "deny"))

    assert answer["error"] == "access_denied"
    assert answer["error_description"]
    assert answer["state"] == "xyz-123"


def test_deny_shows_a_page_with_the_switch(sandbox, question):  # 2
    sandbox.switch(denied="page")
    assert decide(sandbox, question, "deny").status_code == 200


@pytest.mark.parametrize(
    "changed", [{"redirect_uri": "https://evil.example/callback"}, {"redirect_uri": None}, {"client_id": "unknown"}]
)
def test_an_unregistered_redirect_uri_or_client_gets_a_page_and_no_redirect(sandbox, question, changed):  # 2
    page = ask(sandbox, question, **changed)

    assert page.status_code == 400
    assert "Location" not in page.headers


def test_a_registered_redirect_uri_must_match_exactly(sandbox, question):  # 2
    sandbox.switch(any_local_redirect_uri=False)
    sandbox.add_application(redirect_uris=["https://crm.example/connections/oauth/callback/"])

    assert ask(sandbox, question).status_code == 400
    assert ask(sandbox, question, redirect_uri="https://crm.example/connections/oauth/callback").status_code == 400
    assert ask(sandbox, question, redirect_uri="https://crm.example/connections/oauth/callback/").status_code == 200


def test_an_unregistered_redirect_uri_may_be_accepted_by_switch(sandbox, question):  # 2
    sandbox.switch(unregistered_redirect_uri="accept")
    assert ask(sandbox, question, redirect_uri="https://other.example/").status_code == 200


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"state": None}, "invalid_request"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_a_senseless_question_goes_back_with_an_error(sandbox, question, changed, error):
    assert answer_in(ask(sandbox, question, **changed))["error"] == error


def test_a_code_challenge_of_a_confidential_client_is_refused_unless_the_switch_ignores_it(sandbox, question):
    assert ask(sandbox, question, code_challenge="abc").status_code == 400
    sandbox.switch(pkce="ignore")
    assert ask(sandbox, question, code_challenge="abc").status_code == 200


def test_a_code_works_once(sandbox):  # 3
    code = sandbox.authorize()
    assert redeem(sandbox, code).status_code == 200

    again = redeem(sandbox, code)

    assert again.status_code == 400
    assert again.json() == {
        "error": "invalid_grant",
        "error_description": "The authorization code is invalid or has expired.",
    }


def test_a_code_lives_300_seconds(sandbox):  # 3
    early, late = sandbox.authorize(), sandbox.authorize()

    sandbox.advance(290)
    assert redeem(sandbox, early).status_code == 200
    sandbox.advance(11)
    assert redeem(sandbox, late).json()["error"] == "invalid_grant"


def test_the_token_endpoint_needs_the_secret(sandbox):  # 4
    wrong = token(sandbox, secret="wrong", grant_type="authorization_code", code="x", redirect_uri=REDIRECT_URI)
    none = requests.post(f"{sandbox.auth_url}/token", data={"grant_type": "refresh_token"}, timeout=10)

    assert (wrong.status_code, none.status_code) == (401, 401)
    assert wrong.json()["error"] == none.json()["error"] == "invalid_client"


def test_the_token_endpoint_takes_query_parameters_too(sandbox):  # 4
    query = {"grant_type": "authorization_code", "code": sandbox.authorize(), "redirect_uri": REDIRECT_URI}
    answer = requests.post(
        f"{sandbox.auth_url}/token", params=query, timeout=10, auth=(sandbox.client_id, sandbox.client_secret)
    )
    assert answer.status_code == 200


def test_another_redirect_uri_at_the_token_endpoint_is_an_invalid_grant(sandbox):  # 4
    answer = redeem(sandbox, sandbox.authorize(), "http://localhost:9/connections/oauth/callback/")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_an_unknown_grant_type_is_refused(sandbox):
    assert token(sandbox, grant_type="password").json()["error"] == "unsupported_grant_type"


def test_the_tokens_look_like_the_real_ones(sandbox):  # 5
    tokens = redeem(sandbox, sandbox.authorize()).json()

    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 86_400
    assert tokens["scope"] == FULL_SCOPE
    assert tokens["refresh_token"]
    assert 1000 <= len(tokens["access_token"]) <= 1300
    head, claims, _ = tokens["access_token"].split(".")
    assert decoded(head)["alg"] == "RS256"
    assert decoded(claims)["aud"] == "https://api.cc.email/v3"
    assert decoded(claims)["cid"] == sandbox.client_id
    assert {"sub", "exp", "platform_user_id"} <= set(decoded(claims))


def decoded(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_the_public_key_is_published(sandbox):
    (key,) = requests.get(f"{sandbox.auth_url}/keys", timeout=10).json()["keys"]
    assert key["kty"] == "RSA"


def test_without_offline_access_there_is_no_refresh_token_and_no_error(sandbox):  # 5
    tokens = redeem(sandbox, sandbox.authorize(scope="contact_data account_read")).json()
    assert "refresh_token" not in tokens


def test_a_revoked_refresh_token_is_dead(sandbox):  # 12
    tokens = sandbox.issue_tokens()
    credentials = (sandbox.client_id, sandbox.client_secret)

    revoked = requests.post(
        f"{sandbox.auth_url}/revoke", data={"token": tokens["refresh_token"]}, auth=credentials, timeout=10
    )

    assert revoked.status_code == 200
    refreshed = token(sandbox, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"


def test_the_revocation_endpoint_can_be_absent(sandbox):  # 12
    sandbox.switch(revocation_endpoint=False)
    credentials = (sandbox.client_id, sandbox.client_secret)
    assert requests.post(f"{sandbox.auth_url}/revoke", auth=credentials, timeout=10).status_code == 404


def test_there_is_no_discovery_document(sandbox):
    answer = requests.get(f"{sandbox.auth_url}/.well-known/openid-configuration", timeout=10)
    assert answer.status_code in (403, 404)
    assert urlsplit(answer.url).path.startswith("/oauth2")
