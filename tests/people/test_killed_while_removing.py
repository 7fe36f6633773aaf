"""A worker that is killed at any step of the removing: another one goes on, and nothing stays in the account."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pytest

from engine.files import local_copy
from exports.models import Run
from tests.people.listed import about_to_remove, known, leavers
from tests.people.test_scratch_lists import lists_left
from tests.support.fixtures_exports import on_list
from tests.support.processes import Processes, wait_until

EVERYBODY = ["ann@x.org", "bob@x.org", "cho@x.org"]
BY_IDS, BY_LIST = "1000", "2"  # from how many people on a list is made
REMOVE = "POST /v3/activities/remove_list_memberships"


@contextmanager
def killed(processes: Processes, run: Run, way: str) -> Iterator[None]:
    """A worker at the run, to which SIGKILL comes at the end of the block."""
    worker = processes.start("tests.people.advance", str(run.pk), way)
    try:
        yield
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.communicate()


def to_the_end(processes: Processes, run: Run, way: str) -> str:
    worker: subprocess.Popen[str] = processes.start("tests.people.advance", str(run.pk), way)
    _output, errors = worker.communicate(timeout=60)
    assert worker.returncode == 0, errors
    return str(processes.value(f"SELECT status FROM exports_run WHERE id = {run.pk}"))


def off(processes: Processes) -> set[str]:
    """Whom the roster calls taken off, as the processes see it."""
    path = local_copy(processes.value("SELECT file FROM exports_roster"))
    query = "SELECT email FROM read_parquet($path) WHERE removed IS NOT NULL"
    return {email for (email,) in duckdb.connect().execute(query, {"path": str(path)}).fetchall()}


@pytest.fixture
def run(export, sandbox) -> Run:
    known(export, sandbox, [*EVERYBODY, "stays@x.org"])
    return about_to_remove(export, leavers(*EVERYBODY))


def test_killed_with_the_list_made_filled_used_and_deleted(run, sandbox, list_id, processes):
    steps = {
        "POST /v3/contact_lists": lambda: lists_left(sandbox) != [],
        "POST /v3/activities/contacts_json_import": lambda: sandbox.stats()["imports"] > 0,
        REMOVE: lambda: on_list(sandbox, list_id) == {"stays@x.org"},
        "DELETE /v3/contact_lists": lambda: lists_left(sandbox) == [],
    }
    for request, is_done in steps.items():
        sandbox.fault(f"{request}*", "slow", seconds=30, after=True)
        with killed(processes, run, BY_LIST):
            wait_until(is_done, 60)
        sandbox.clear_faults()
    assert to_the_end(processes, run, BY_LIST) == "succeeded"
    assert on_list(sandbox, list_id) == {"stays@x.org"}
    assert lists_left(sandbox) == []
    assert processes.value("SELECT count(*) FROM exports_scratchlist") == 1
    assert processes.value("SELECT removed FROM exports_run") == 3
    assert off(processes) == set(EVERYBODY)


def test_killed_before_the_answer_about_contact_ids_came(run, sandbox, list_id, processes):
    sandbox.fault(REMOVE, "slow", seconds=30, after=True)
    with killed(processes, run, BY_IDS):
        wait_until(lambda: on_list(sandbox, list_id) == {"stays@x.org"}, 60)
    assert processes.value("SELECT state FROM exports_removal") == "sending"
    sandbox.clear_faults()
    assert to_the_end(processes, run, BY_IDS) == "succeeded"
    assert (processes.value("SELECT posts FROM exports_removal"), off(processes)) == (2, set(EVERYBODY))
