"""What takes a connection away stops a run at once, in the middle of its batches."""

import time

import pytest

from connections import tokens
from connections.clients import client_for
from connections.models import Connection
from exports.plan import cut
from exports.runs import send_planned, start_run
from tests.exports.test_killed_workers import OVER, worker
from tests.support.fixtures_connections import issued
from tests.support.fixtures_exports import work_until_over
from tests.support.processes import wait_until

IMPORT = "POST /v3/activities/contacts_json_import"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE exports_export SET connection_id = NULL", "detached_while_open"),
        ("UPDATE auth_user SET is_active = '0' WHERE username = 'alice'", "export_user_inactive"),
        ("DELETE FROM connections_exportuser", "export_user_missing"),
        ("UPDATE connections_connection SET account_id = 'another'", "list_of_another_account"),
    ],
    ids=["detached", "export user deactivated", "export user removed", "another account"],
)
def test_nothing_more_is_sent_once_the_connection_may_not_be_used(
    export, sandbox, bob, processes, monkeypatch, statement, reason
):
    monkeypatch.setattr(cut, "MAX_ROWS", 1)
    run = work_until_over(start_run(export, by=bob, preview=True)[0])  # three batches
    send_planned(run, by=bob)
    sandbox.fault(IMPORT, "slow", skip=1, seconds=3, after=True)
    with worker(processes):
        wait_until(lambda: processes.value("SELECT number FROM exports_batch WHERE state = 'sending'") == 2)
        time.sleep(1)  # from the intention to the request
        processes.change(statement)
        wait_until(lambda: processes.value("SELECT status FROM exports_run") in OVER)
    assert processes.value("SELECT reason FROM exports_run") == reason
    assert processes.value("SELECT sum(posts) FROM exports_batch") == 2
    assert processes.value("SELECT state FROM exports_batch WHERE number = 3") == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_call_of_a_run_never_carries_the_token_of_another_account(sandbox, connection):
    other = issued(sandbox, account=sandbox.add_account("Other", "owner@other.example", "another"))
    client = client_for(connection, for_page=False, account_id=connection.account_id)
    Connection.objects.filter(pk=connection.pk).update(account_id="another")
    tokens.store_tokens(connection, other)
    with pytest.raises(tokens.AnotherAccountError):
        client.account_summary()
    assert sandbox.requests("GET /v3/account/summary") == []


@pytest.mark.django_db(transaction=True)
def test_client_of_a_page_follows_the_connection_to_its_new_account(sandbox, connection):
    other = issued(sandbox, account=sandbox.add_account("Other", "owner@other.example", "another"))
    Connection.objects.filter(pk=connection.pk).update(account_id="another")
    tokens.store_tokens(connection, other)
    assert client_for(connection, for_page=True).account_summary().organization_name == "Other"
