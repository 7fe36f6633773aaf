"""A worker that is killed at any step of the removing: another one goes on, and nothing stays in the account."""

import os
import select
import signal
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


class Workers:
    """Starts workers at a run, one after the other."""

    def __init__(self, processes: Processes, run: Run) -> None:
        self._process, self._processes, self._run = processes.start("tests.people.advance"), processes, run

    def start(self, way: str) -> int:
        self._process.stdin.write(f"{self._run.pk} {way}\n")
        self._process.stdin.flush()
        return self._answer()

    @contextmanager
    def killed(self, way: str) -> Iterator[None]:
        """A worker at the run, to which SIGKILL comes at the end of the block."""
        worker = self.start(way)
        try:
            yield
        finally:
            os.killpg(worker, signal.SIGKILL)
        assert self._answer() == -signal.SIGKILL

    def to_the_end(self, way: str) -> str:
        self.start(way)
        assert self._answer() == 0
        return str(self._processes.value(f"SELECT status FROM exports_run WHERE id = {self._run.pk}"))

    def end(self) -> str:
        return self._process.communicate(timeout=60)[1]

    def _answer(self) -> int:
        assert select.select([self._process.stdout], [], [], 60)[0], "the worker does not end"
        return int(self._process.stdout.readline())


def off(processes: Processes) -> set[str]:
    """Whom the roster calls taken off, as the processes see it."""
    path = local_copy(processes.value("SELECT file FROM exports_roster"))
    query = "SELECT email FROM read_parquet($path) WHERE removed IS NOT NULL"
    return {email for (email,) in duckdb.connect().execute(query, {"path": str(path)}).fetchall()}


@pytest.fixture
def run(export, sandbox) -> Run:
    known(export, sandbox, [*EVERYBODY, "stays@x.org"])
    return about_to_remove(export, leavers(*EVERYBODY))


@pytest.fixture
def workers(run: Run, processes: Processes) -> Iterator[Workers]:
    started = Workers(processes, run)
    yield started
    print(started.end())


def test_killed_with_the_list_made_filled_used_and_deleted(workers, sandbox, list_id, processes):
    steps = {
        "POST /v3/contact_lists": lambda: lists_left(sandbox) != [],
        "POST /v3/activities/contacts_json_import": lambda: sandbox.stats()["imports"] > 0,
        REMOVE: lambda: on_list(sandbox, list_id) == {"stays@x.org"},
        "DELETE /v3/contact_lists": lambda: lists_left(sandbox) == [],
    }
    for request, is_done in steps.items():
        sandbox.fault(f"{request}*", "slow", seconds=30, after=True)
        with workers.killed(BY_LIST):
            wait_until(is_done, 60)
        sandbox.clear_faults()
    assert workers.to_the_end(BY_LIST) == "succeeded"
    assert on_list(sandbox, list_id) == {"stays@x.org"}
    assert lists_left(sandbox) == []
    assert processes.value("SELECT count(*) FROM exports_scratchlist") == 1
    assert processes.value("SELECT removed FROM exports_run") == 3
    assert off(processes) == set(EVERYBODY)


def test_killed_before_the_answer_about_contact_ids_came(workers, sandbox, list_id, processes):
    sandbox.fault(REMOVE, "slow", seconds=30, after=True)
    with workers.killed(BY_IDS):
        wait_until(lambda: on_list(sandbox, list_id) == {"stays@x.org"}, 60)
    assert processes.value("SELECT state FROM exports_removal") == "sending"
    sandbox.clear_faults()
    assert workers.to_the_end(BY_IDS) == "succeeded"
    assert (processes.value("SELECT posts FROM exports_removal"), off(processes)) == (2, set(EVERYBODY))
