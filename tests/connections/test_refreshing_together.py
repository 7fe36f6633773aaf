"""Many processes with one expired token, and a process that dies with the new one in its hands."""

import json
import time

import pytest

from tests.support.fixtures_connections import expire_access_token
from tests.support.processes import at_one_moment, wait_until

TOKEN = "POST /oauth2/default/v1/token"
ASK = "tests.connections.ask_for_token"


def told(*started) -> list[dict]:
    return [json.loads(output.splitlines()[-1]) for output in at_one_moment(*started)]


def test_fifty_simultaneous_requests_make_exactly_one_refresh(processes, connection, constant_contact):
    constant_contact.fault("*/token", "slow", seconds=1)  # long enough for all fifty to meet it
    expire_access_token(connection)

    started = [processes.start(ASK, "--threads", "10") for _ in range(5)]
    answers = [answer for one in told(*started) for answer in one["answers"]]

    assert len(answers) == 50
    assert {answer.get("error") for answer in answers} == {None}
    assert len({answer["token"] for answer in answers}) == 1
    assert len(constant_contact.requests(TOKEN)) == 1


@pytest.fixture
def killed_with_new_tokens(processes, connection, constant_contact):
    """A process got new tokens, held up at storing them, and was killed there."""
    constant_contact.fault("*/token", "slow", seconds=3)
    expire_access_token(connection)
    process = processes.start(ASK)
    process.stdin.write("go\n")
    process.stdin.flush()
    wait_until(lambda: processes.value("SELECT count(*) FROM connections_tokenset WHERE claimed_until IS NOT NULL"))
    with processes.held_up("connections_tokenset"):
        wait_until(lambda: constant_contact.requests(TOKEN))
        time.sleep(0.2)
        process.kill()
        process.communicate()
    assert processes.value("SELECT version FROM connections_tokenset") == 1


def test_the_claim_of_a_killed_process_lapses_and_its_lost_tokens_mean_needs_reconnecting(
    killed_with_new_tokens, processes, constant_contact
):
    (later,) = told(processes.start(ASK, "--later", "2"))
    assert later["answers"] == [{"error": "AuthorizationRevokedError"}]
    assert later["state"] == "needs_reconnecting"
    assert len(constant_contact.requests(TOKEN)) == 2


def test_where_constant_contact_grants_a_grace_period_the_next_process_repairs_it(constant_contact, request, processes):
    constant_contact.switch(refresh_grace_seconds=300)
    request.getfixturevalue("killed_with_new_tokens")
    (later,) = told(processes.start(ASK, "--later", "2"))
    assert "token" in later["answers"][0]
    assert later["state"] == "connected"
