"""Behaviour 22: what can go wrong on the way."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

IMPORT = "POST /v3/activities/contacts_json_import"


def send(api, email="ann@example.com"):
    return api.post(
        "/activities/contacts_json_import", {"import_data": [{"email": email}], "list_ids": [api.sandbox.newsletter]}
    )


def jobs(api):
    return len(api.get("/activities").json()["activities"])


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("500", 500),
        ("502", 502),
        ("503", 503),
        ("504", 504),
        ("429_throttled", 429),
        ("429_quota", 429),
        ("html", 502),
        ("html_200", 200),
        ("empty", 200),
        ("garbage", 200),
    ],
)
def test_a_fault_answers_instead_of_the_api(sandbox, api, kind, status):
    sandbox.fault(IMPORT, kind)

    assert send(api).status_code == status
    assert jobs(api) == 0
    assert send(api).status_code == 201


def test_a_connection_dropped_before_leaves_no_job(sandbox, api):
    sandbox.fault(IMPORT, "drop_before")

    with pytest.raises(requests.ConnectionError):
        send(api)

    assert jobs(api) == 0


def test_a_connection_dropped_after_leaves_a_job_so_that_a_blind_retry_makes_two(sandbox, api):
    sandbox.fault(IMPORT, "drop_after")

    with pytest.raises(requests.ConnectionError):
        send(api)
    send(api)

    assert jobs(api) == 2


def test_any_fault_may_come_after_the_work(sandbox, api):
    sandbox.fault(IMPORT, "503", after=True)
    assert send(api).status_code == 503
    assert jobs(api) == 1


def test_a_slow_answer_takes_its_time(sandbox, api):
    sandbox.fault(IMPORT, "slow", seconds=0.2)
    began = time.monotonic()
    assert send(api).status_code == 201
    assert time.monotonic() - began >= 0.2


def test_an_answer_cut_in_half_leaves_a_job(sandbox, api):
    sandbox.fault(IMPORT, "truncated")
    answer = send(api)
    assert answer.status_code == 201
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
    assert jobs(api) == 1


def test_any_answer_may_be_late(sandbox, api):
    sandbox.fault(IMPORT, "503", seconds=0.2)
    began = time.monotonic()
    assert send(api).status_code == 503
    assert time.monotonic() - began >= 0.2
    assert sandbox.stats()["faults"] == 1


def test_a_fault_waits_and_repeats_as_configured(sandbox, api):
    sandbox.fault(IMPORT, "500", times=2, skip=1)
    assert [send(api).status_code for _ in range(5)] == [201, 500, 500, 201, 201]


def test_a_fault_may_meet_many_addresses_and_the_token_endpoint(sandbox, api):
    sandbox.fault("GET /v3/*", "503", times=2)
    sandbox.fault("POST /oauth2/default/v1/token", "500")
    assert api.get("/contact_lists").status_code == api.get("/contacts").status_code == 503
    token = requests.post(f"{sandbox.auth_url}/token", auth=(sandbox.client_id, sandbox.client_secret), timeout=10)
    assert token.status_code == 500


def test_faults_can_be_cleared(sandbox, api):
    sandbox.fault("*", "500", times=100)
    sandbox.clear_faults()
    assert api.get("/contact_lists").status_code == 200


def test_a_request_that_was_cut_on_its_way_leaves_no_job(sandbox, api):
    body = b'{"import_data": [{"email": "ann@example.com"}], "list_ids": ["%s"]}' % sandbox.newsletter.encode()
    head = (
        "POST /v3/activities/contacts_json_import HTTP/1.1\r\nHost: sandbox\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {api.tokens['access_token']}\r\nContent-Length: {len(body) + 1}\r\n\r\n"
    )
    with socket.create_connection((urlsplit(sandbox.url).hostname, urlsplit(sandbox.url).port)) as line:
        line.sendall(head.encode() + body)
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100) == b""
    assert jobs(api) == 0


def test_an_unknown_kind_is_refused_with_a_sentence(sandbox):
    with pytest.raises(requests.HTTPError, match="A fault may be one of"):
        sandbox.fault("*", "earthquake")


def test_a_slow_request_of_before_a_reset_leaves_no_trace_after_it(sandbox, api):
    sandbox.fault(IMPORT, "slow", seconds=3, after=True)
    with ThreadPoolExecutor(1) as other:
        sent = other.submit(send, api)
        while jobs(api) == 0:
            time.sleep(0.02)
        sandbox.reset()
        with pytest.raises(requests.ConnectionError):
            sent.result()
    assert sandbox.stats()["imports"] == 0
