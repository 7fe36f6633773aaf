"""Behaviours 6 to 11: rotation, ageing, reuse, the token endpoint's limit."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

DAY = 86_400
DEAD = {"error": "invalid_grant", "error_description": "The refresh token is invalid or expired."}


@pytest.fixture
def refresh(sandbox):
    def ask(refresh_token):
        return requests.post(
            f"{sandbox.auth_url}/token",
            auth=(sandbox.client_id, sandbox.client_secret),
            timeout=10,
            data={"grant_type": "refresh_token", "refresh_token": refresh_token},
        )

    return ask


def test_a_rotating_refresh_token_works_once(sandbox, refresh):  # 6
    first = sandbox.issue_tokens()["refresh_token"]

    renewed = refresh(first)

    assert renewed.status_code == 200
    assert renewed.json()["refresh_token"] != first
    assert (refresh(first).status_code, refresh(first).json()) == (400, DEAD)


def test_a_long_lived_refresh_token_stays_the_same(sandbox, refresh):  # 7
    sandbox.switch(refresh_tokens="long_lived")
    first = sandbox.issue_tokens()["refresh_token"]

    assert refresh(first).json()["refresh_token"] == first
    assert refresh(first).status_code == 200


def test_a_refresh_token_unused_for_180_days_is_dead(sandbox, refresh):  # 8
    young, old = (sandbox.issue_tokens()["refresh_token"] for _ in range(2))

    sandbox.advance(179 * DAY)
    assert refresh(young).status_code == 200
    sandbox.advance(DAY + 1)
    assert refresh(old).json() == DEAD


def test_an_access_token_is_dead_after_24_hours(sandbox, api):  # 8
    sandbox.advance(DAY - 10)
    assert api.get("/contact_lists").status_code == 200
    sandbox.advance(11)
    assert api.get("/contact_lists").status_code == 401


def test_within_the_grace_window_a_used_refresh_token_still_works(sandbox, refresh):  # 9
    sandbox.switch(refresh_grace_seconds=30)
    first = sandbox.issue_tokens()["refresh_token"]

    assert refresh(first).status_code == 200
    sandbox.advance(20)
    assert refresh(first).status_code == 200
    sandbox.advance(11)
    assert refresh(first).json() == DEAD


def test_using_a_refresh_token_again_ends_the_newest_one_too(sandbox, refresh):  # 9
    first = sandbox.issue_tokens()["refresh_token"]
    newest = refresh(first).json()["refresh_token"]

    refresh(first)

    assert refresh(newest).json() == DEAD


def test_reuse_may_leave_the_newest_one_alone(sandbox, refresh):  # 9
    sandbox.switch(refresh_reuse_revokes=False)
    first = sandbox.issue_tokens()["refresh_token"]
    newest = refresh(first).json()["refresh_token"]

    refresh(first)

    assert refresh(newest).status_code == 200


def test_the_token_endpoint_answers_one_request_a_second(sandbox, refresh):  # 10
    sandbox.switch(token_requests_per_second=1, refresh_tokens="long_lived")
    token = sandbox.issue_tokens()["refresh_token"]

    assert [refresh(token).status_code for _ in range(2)] == [200, 429]
    sandbox.advance(1)
    assert refresh(token).status_code == 200


@pytest.mark.parametrize(("kind", "body"), [("empty", ""), ("html", "<html>")])
def test_the_body_of_the_token_endpoints_429_is_a_switch(sandbox, refresh, kind, body):  # 10
    sandbox.switch(token_requests_per_second=1, token_limit_body=kind)
    refresh("x")
    assert refresh("x").text.startswith(body)


def test_of_two_refreshes_at_once_exactly_one_succeeds(sandbox, refresh):  # 11
    token = sandbox.issue_tokens()["refresh_token"]

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(refresh, [token] * 8))

    assert statuses == [200] + [400] * 7


def test_a_new_connection_ends_earlier_ones_only_by_switch(sandbox, refresh):
    first = sandbox.issue_tokens()["refresh_token"]
    sandbox.issue_tokens()
    assert refresh(first).status_code == 200

    sandbox.switch(new_grant_ends_earlier=True)
    second = sandbox.issue_tokens()["refresh_token"]
    sandbox.issue_tokens()
    assert refresh(second).json() == DEAD


def test_a_revoked_account_can_neither_call_nor_refresh(sandbox, refresh, api):
    sandbox.revoke()
    assert refresh(api.tokens["refresh_token"]).json() == DEAD
    assert api.get("/contact_lists").status_code == 401


def test_access_tokens_can_be_expired_by_hand(sandbox, refresh, api):
    sandbox.expire_access_tokens()
    assert api.get("/contact_lists").status_code == 401
    assert refresh(api.tokens["refresh_token"]).status_code == 200
