"""Behaviours 16 to 18: requests per second and per day belong to the application."""

import pytest


@pytest.fixture
def still(sandbox):
    """A clock far from midnight, so that no test meets a reset by accident."""
    sandbox.set_clock("2027-03-01T12:00:00Z")


def statuses(api, count):
    return [api.get("/account/user/privileges").status_code for _ in range(count)]


def test_the_fifth_request_in_a_second_is_throttled(sandbox, still, connect):  # 16
    api = connect()
    sandbox.switch(requests_per_second=4)

    assert statuses(api, 4) == [200] * 4
    refused = api.get("/account/user/privileges")

    assert refused.status_code == 429
    assert refused.json() == {"error_key": "throttled", "error_message": "Too Many Requests"}
    assert "Retry-After" not in refused.headers
    sandbox.advance(1)
    assert statuses(api, 1) == [200]


def test_retry_after_is_a_switch(sandbox, still, connect):  # 16
    api = connect()
    sandbox.switch(requests_per_second=1, retry_after=True)
    statuses(api, 1)
    assert api.get("/contact_lists").headers["Retry-After"] == "1"


def test_request_10001_of_a_day_exceeds_the_quota_until_midnight(sandbox, still, connect):  # 17
    api = connect()
    sandbox.switch(requests_per_day=3)

    assert statuses(api, 4) == [200, 200, 200, 429]
    assert api.get("/contact_lists").json() == {"error_key": "quota_exceeded", "error_message": "Limit Exceeded"}
    # The token lives 24 hours; the quota comes back at 00:00 UTC.
    sandbox.set_clock("2027-03-01T23:59:58Z")
    assert statuses(api, 1) == [429]
    sandbox.set_clock("2027-03-02T00:00:01Z")
    assert statuses(api, 1) == [200]


def test_a_partner_may_do_ten_a_second(sandbox, still, connect):  # 17
    api = connect()
    sandbox.switch(requests_per_second=10, requests_per_day=250_000)
    assert statuses(api, 11) == [200] * 10 + [429]


def test_refused_requests_do_not_count_unless_switched_on(sandbox, still, connect):  # 17
    api = connect()
    sandbox.switch(requests_per_second=1, requests_per_day=2)
    statuses(api, 5)
    sandbox.advance(1)
    assert statuses(api, 1) == [200]

    sandbox.switch(refused_requests_count=True, requests_per_day=4)
    statuses(api, 5)
    sandbox.advance(1)
    assert api.get("/contact_lists").json()["error_key"] == "quota_exceeded"


def test_limits_count_per_application_not_per_token_or_account(sandbox, still, connect):  # 18
    sandbox.add_application("11111111-2222-4333-8444-555555555555", name="Another application")
    mine, same_key = connect(), connect(account="Fabrikam")
    other = connect(client_id="11111111-2222-4333-8444-555555555555")
    sandbox.switch(requests_per_second=4)

    assert statuses(mine, 2) + statuses(same_key, 2) == [200] * 4
    assert statuses(same_key, 1) == statuses(mine, 1) == [429]
    assert statuses(other, 4) == [200] * 4


def test_a_request_without_a_valid_token_does_not_count(sandbox, still, connect):
    api, dead = connect(), connect()
    sandbox.revoke()
    living = connect()
    sandbox.switch(requests_per_second=2)
    assert statuses(dead, 3) == statuses(api, 3) == [401] * 3
    assert statuses(living, 2) == [200] * 2


def test_a_calendar_second_is_a_switch(sandbox, still, connect):  # 16
    api = connect()
    sandbox.switch(second="calendar", requests_per_second=1)
    sandbox.set_clock("2027-03-01T12:00:00.100Z")
    assert statuses(api, 2) == [200, 429]
    sandbox.set_clock("2027-03-01T12:00:01.000Z")
    assert statuses(api, 1) == [200]
