"""A worker killed in any stage, then started again: the run ends as if nothing had happened."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import requests

from exports.runs import start_run
from tests.support.fixtures_exports import REACHED, on_list
from tests.support.processes import Processes, wait_until
from tests.support.sandbox import Sandbox

IMPORT = "POST /v3/activities/contacts_json_import"
OVER = ("succeeded", "completed_with_errors", "failed", "skipped", "cancelled")


@contextmanager
def worker(processes: Processes) -> Iterator[subprocess.Popen[str]]:
    process = processes.start("manage", "qcluster")
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL to the cluster and all its workers at once, as a machine that loses its power."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def queued_jobs(sandbox: Sandbox) -> int:
    """How many jobs Constant Contact has, whether or not anybody was told."""
    headers = {"Authorization": f"Bearer {sandbox.issue_tokens()['access_token']}"}
    answer = requests.get(f"{sandbox.api_url}/activities", headers=headers, timeout=10)
    return len(answer.json()["activities"])


def is_over(processes: Processes) -> bool:
    return processes.value("SELECT status FROM exports_run") in OVER


@pytest.fixture
def short_leases(monkeypatch):
    monkeypatch.setenv("RUN_LEASE_SECONDS", "6")  # longer than a busy machine stalls a process


def test_killed_while_planning(export, sandbox, list_id, bob, processes, short_leases):
    start_run(export, by=bob)
    with worker(processes):
        wait_until(lambda: processes.value("SELECT status FROM exports_run") == "running")
        planned = processes.value("SELECT plan_file FROM exports_run")
    assert planned == ""
    with worker(processes):
        wait_until(lambda: is_over(processes), 60)
    assert sandbox.stats()["imports"] == 1
    assert on_list(sandbox, list_id) == REACHED


def test_killed_while_sending_before_the_answer_came(export, sandbox, list_id, bob, processes, short_leases):
    sandbox.fault(IMPORT, "slow", seconds=20, after=True)
    start_run(export, by=bob)
    with worker(processes):
        wait_until(lambda: queued_jobs(sandbox) == 1)  # at once, while its answer is held back
        assert processes.value("SELECT state FROM exports_batch") == "sending"
    with worker(processes):
        wait_until(lambda: is_over(processes), 60)
    assert queued_jobs(sandbox) == 2  # the answer is lost, so it is sent again
    assert processes.value("SELECT posts FROM exports_batch") == 2
    assert on_list(sandbox, list_id) == REACHED


def test_killed_while_sending_before_the_request_left(export, sandbox, list_id, bob, processes, short_leases):
    sandbox.fault(IMPORT, "drop_before", times=3)  # also what the worker tries again before it is killed
    start_run(export, by=bob)
    with worker(processes):
        wait_until(lambda: processes.value("SELECT state FROM exports_batch") == "sending")
    with worker(processes):
        wait_until(lambda: is_over(processes), 60)
    assert sandbox.stats()["imports"] == 1
    assert on_list(sandbox, list_id) == REACHED


def test_killed_while_confirming(export, sandbox, list_id, bob, processes, short_leases):
    sandbox.fault("GET /v3/activities/*", "slow", seconds=5)
    start_run(export, by=bob)
    with worker(processes):
        wait_until(lambda: processes.value("SELECT stage FROM exports_run") == "confirm")
    with worker(processes):
        wait_until(lambda: is_over(processes), 60)
    assert sandbox.stats()["imports"] == 1
    assert on_list(sandbox, list_id) == REACHED
