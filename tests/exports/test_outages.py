"""The database goes away, the workers hang or die: pages say so, and everything goes on when it is over."""

import os
import signal
import socket
import subprocess
import threading
from contextlib import suppress

import pytest
import requests
from django.db import connection as database
from django.test import Client
from django.urls import reverse

from exports.runs import start_run
from tests.exports.test_killed_workers import IMPORT, is_over, queued_jobs
from tests.support.fixtures_exports import REACHED, on_list
from tests.support.gate import Gate
from tests.support.processes import Processes, wait_until

TOKEN = "a" * 32  # of the forms: cookie and header only have to agree


class Site:
    """The web process, as alice sees it."""

    def __init__(self, processes: Processes, session: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.process = heard(
            processes.start("gunicorn", "ccexport.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4")
        )
        self._cookies = {"sessionid": session, "csrftoken": TOKEN}

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, cookies=self._cookies, timeout=15)

    def post(self, path: str) -> requests.Response:
        headers = {"X-CSRFToken": TOKEN, "Referer": self.url}
        return requests.post(self.url + path, cookies=self._cookies, headers=headers, timeout=15, allow_redirects=False)

    def ready(self) -> dict[str, str] | None:
        with suppress(requests.RequestException):
            return requests.get(f"{self.url}/readyz", timeout=15).json()
        return None


@pytest.fixture
def started(monkeypatch):
    """Processes of the test, ended with it."""
    monkeypatch.setenv("RUN_LEASE_SECONDS", "6")
    monkeypatch.setenv("ALLOWED_HOSTS", "127.0.0.1")
    all_of_them: list[subprocess.Popen[str]] = []
    yield all_of_them
    for process in all_of_them:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def heard(process: "subprocess.Popen[str]") -> "subprocess.Popen[str]":
    """Read what the process says: what it says of a database that is away would fill the pipe, and it would wait."""
    for pipe in (process.stdout, process.stderr):
        threading.Thread(target=pipe.read, daemon=True).start()
    return process


@pytest.fixture
def session(alice) -> str:
    client = Client()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


WELL = {"database": "ok", "queue": "ok", "storage": "ok"}


@pytest.mark.skipif(database.vendor != "postgresql", reason="only a database on a server can go away")
def test_a_database_that_went_away_is_told_and_the_run_ends_when_it_is_back(
    export, sandbox, list_id, bob, processes, session, started
):
    gate = Gate(database.settings_dict["HOST"] or "127.0.0.1", int(database.settings_dict["PORT"] or 5432))
    processes.database_port = gate.port
    site, worker = Site(processes, session), heard(processes.start("manage", "qcluster"))
    started += [site.process, worker]
    wait_until(lambda: site.ready() == WELL)
    sandbox.fault(IMPORT, "slow", seconds=2, after=True)
    start_run(export, by=bob)
    wait_until(lambda: queued_jobs(sandbox) == 1)  # its answer finds no database to be written into

    gate.shut()
    answers = [site.get(page) for page in ("/", reverse("admin:system_status"), reverse("admin:login"))]
    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert all("The database does not answer" in answer.text for answer in answers)
    assert answers[0].headers["Retry-After"] == "30"
    assert site.ready() == {**WELL, "database": "unavailable", "queue": "unavailable"}
    assert requests.get(f"{site.url}/healthz", timeout=15).status_code == 200
    with pytest.raises(AssertionError):  # and nothing ends meanwhile
        wait_until(lambda: is_over(processes), 3)

    gate.open()
    wait_until(lambda: is_over(processes), 60)
    wait_until(lambda: site.ready() == WELL)
    assert worker.poll() is None
    assert site.get("/").status_code == 200
    assert processes.value("SELECT status FROM exports_run") == "completed_with_errors"
    assert queued_jobs(sandbox) == 1  # nothing was sent twice
    assert on_list(sandbox, list_id) == REACHED
    gate.shut()


@pytest.mark.parametrize("stop", [signal.SIGSTOP, signal.SIGKILL])
def test_workers_that_hang_or_die_are_told_at_once_and_the_run_ends_when_they_are_back(
    stop, export, sandbox, list_id, processes, session, started
):
    site, worker = Site(processes, session), heard(processes.start("manage", "qcluster"))
    started += [site.process, worker]
    wait_until(lambda: site.ready() == WELL)

    with processes.held_up("exports_run"):  # not while it writes: on SQLite one that hangs then holds up everybody
        os.killpg(worker.pid, stop)
    wait_until(lambda: site.ready() == {**WELL, "queue": "unavailable"}, 30)
    assert "No worker is running." in site.get(reverse("admin:system_status")).text
    assert site.post(reverse("admin:exports_export_run_now", args=[export.pk])).status_code == 302
    assert processes.value("SELECT status FROM exports_run") == "queued"

    if stop == signal.SIGSTOP:
        os.killpg(worker.pid, signal.SIGCONT)
    else:
        started.append(heard(processes.start("manage", "qcluster")))  # as a supervisor does
    wait_until(lambda: is_over(processes), 60)
    wait_until(lambda: site.ready() == WELL)
    assert on_list(sandbox, list_id) == REACHED
