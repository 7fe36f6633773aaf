"""One of several hosts falls silent: people are notified while others work, and of nothing when it was meant so."""

import os
import signal
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from subprocess import TimeoutExpired

import pytest
import time_machine
from auditlog.models import LogEntry
from django.core import mail
from django.db import OperationalError
from django.db import connection as database
from django.urls import reverse
from django_q.brokers import get_broker
from django_q.conf import Conf

from ccexport.alerts import delivery, store
from ccexport.audit.sentences import sentences_of
from ccexport.models import Incident, WorkerHost
from ccexport.status import hosts
from ccexport.tasks import every_day, every_minute
from tests.support.marks import lives
from tests.support.processes import Processes, wait_until

STATUS = reverse("admin:system_status")
SILENT = "the worker host “b” has been silent."


@pytest.fixture
def clock(db):
    with time_machine.travel("2026-11-24 12:00:00Z", tick=False) as clock:
        get_broker().cache.clear()
        yield clock


def a_minute_passes(clock, *living: str, **how) -> list[str]:
    """What the tick and its tasks do while these hosts live; returns the hosts that are called silent then."""
    clock.shift(60)
    for host in living:
        lives(host, **how)
    every_minute()
    for incident in store.pending():
        delivery.deliver(incident.pk)
    return sorted(Incident.objects.filter(kind="host_silent", closed_at=None).values_list("details__name", flat=True))


def subjects() -> list[str]:
    return [message.subject for message in mail.outbox]


def test_dead_host_is_mailed_within_four_minutes_and_once(clock, alice):
    a_minute_passes(clock, "a", "b")
    silent = [a_minute_passes(clock, "a") for _minute in range(6)]

    assert silent[:2] == [[], []]  # one that restarts is no incident
    assert silent[3:] == [["b"]] * 3
    [message] = mail.outbox
    assert SILENT in message.subject
    assert "12:01" in message.subject
    assert "Other hosts at work: 1." in message.body
    assert STATUS in message.body


def test_silent_host_is_shown_on_home_and_status(clock, alice_client, carol_client):
    a_minute_passes(clock, "a", "b")
    for _minute in range(3):
        a_minute_passes(clock, "a")

    assert SILENT in alice_client.get("/").text
    assert SILENT not in carol_client.get("/").text  # of administrators' concern
    page = alice_client.get(STATUS).text
    assert SILENT in page
    assert "1 other is working" in page
    assert "Retire this host" in page
    assert "Retire this host" not in carol_client.get(STATUS).text


def test_host_that_is_back_is_mailed(clock, alice):
    a_minute_passes(clock, "a", "b")
    for _minute in range(4):
        a_minute_passes(clock, "a")

    assert a_minute_passes(clock, "a", "b") == []
    assert "The worker host “b” gives signs of life again." in subjects()[-1]


def test_a_host_that_restarts_with_other_processes_is_no_incident(clock, alice):
    for minute in range(8):
        assert a_minute_passes(clock, "a", *(["b"] if minute % 2 else [])) == []
    assert mail.outbox == []


def test_an_orderly_stop_is_no_incident(clock, alice):
    a_minute_passes(clock, "a", "b")
    hosts.note_stopped("b")

    assert [a_minute_passes(clock, "a") for _minute in range(6)] == [[]] * 6
    a_minute_passes(clock, "a", "b")  # started again, it is expected again
    assert [a_minute_passes(clock, "a") for _minute in range(4)][-1] == ["b"]


@pytest.mark.parametrize("status", [Conf.STOPPING, Conf.STOPPED])
def test_a_stop_is_known_by_the_last_signs_of_life_too(clock, alice, status):
    a_minute_passes(clock, "a", "b")
    lives("b", status=status, seconds=90)
    a_minute_passes(clock, "a")

    assert [a_minute_passes(clock, "a") for _minute in range(5)] == [[]] * 5


def test_a_mark_from_before_the_stop_does_not_count_as_a_start(clock, alice):
    a_minute_passes(clock, "a", "b")
    lives("b", seconds=90)
    clock.shift(1)
    hosts.note_stopped("b")

    assert [a_minute_passes(clock, "a") for _minute in range(5)] == [[]] * 5


def test_one_of_two_clusters_of_a_host_may_stop(clock, alice):
    a_minute_passes(clock, "a", "b")
    hosts.note_stopped("b")
    a_minute_passes(clock, "a", "b")

    assert [a_minute_passes(clock, "a") for _minute in range(4)][-1] == ["b"]


def test_a_stop_that_cannot_be_written_stops_all_the_same(clock):
    def away(*query):
        raise OperationalError("connection refused")

    with database.execute_wrapper(away):
        hosts.note_stopped("b")


def test_while_nobody_looked_nobody_is_called_silent(clock, alice):
    """The database was away for an hour; the first tick comes before the others have given a sign of life."""
    a_minute_passes(clock, "a", "b")
    a_minute_passes(clock, "a")
    clock.shift(3600)

    assert a_minute_passes(clock, "a") == []
    assert a_minute_passes(clock, "a", "b") == []
    assert mail.outbox == []


def test_a_host_that_was_silent_before_nobody_looked_is_not_called_back(clock, alice):
    a_minute_passes(clock, "a", "b")
    for _minute in range(4):
        a_minute_passes(clock, "a")
    clock.shift(3600)

    assert a_minute_passes(clock, "a") == ["b"]
    assert len(mail.outbox) == 1


def test_other_hosts_are_not_shown_as_working_without_any_worker(clock, alice_client):
    a_minute_passes(clock, "a", "b")
    for _minute in range(4):
        a_minute_passes(clock, "a")
    clock.shift(60)

    for page in (alice_client.get("/").text, alice_client.get(STATUS).text):
        assert SILENT not in page
        assert "No worker is running." in page


def test_an_administrator_retires_a_host_and_that_is_audited(clock, alice, alice_client):
    a_minute_passes(clock, "a", "b")
    for _minute in range(4):
        a_minute_passes(clock, "a")
    lives("a")
    host = WorkerHost.objects.get(name="b")

    page = alice_client.post(reverse("admin:system_status_retire_host", args=[host.pk]), follow=True)

    assert "The worker host “b” was retired." in page.text
    assert SILENT not in page.text
    assert sentences_of(LogEntry.objects.latest("pk")) == ["alice retired the worker host “b”."]
    assert a_minute_passes(clock, "a") == []
    assert len(mail.outbox) == 1  # nobody is notified that it is back
    a_minute_passes(clock, "a", "b")
    assert [a_minute_passes(clock, "a") for _minute in range(4)][-1] == ["b"]


def test_retiring_is_for_administrators_and_a_post(clock, alice_client, bob_client, carol_client):
    a_minute_passes(clock, "a", "b")
    for _minute in range(4):
        a_minute_passes(clock, "a")
    address = reverse("admin:system_status_retire_host", args=[WorkerHost.objects.get(name="b").pk])

    assert alice_client.get(address).status_code == 405
    assert [client.post(address).status_code for client in (bob_client, carol_client)] == [403, 403]
    assert WorkerHost.objects.get(name="b").retired_at is None


def test_a_host_that_works_is_not_retired(clock, alice_client):
    a_minute_passes(clock, "a", "b")
    host = WorkerHost.objects.get(name="b")

    page = alice_client.post(reverse("admin:system_status_retire_host", args=[host.pk]), follow=True)

    assert "not silent any more" in page.text
    assert alice_client.post(reverse("admin:system_status_retire_host", args=[999])).status_code == 302


def test_after_a_week_a_host_is_forgotten_without_a_word(clock, alice):
    a_minute_passes(clock, "a", "b")
    for _minute in range(4):
        a_minute_passes(clock, "a")
    clock.shift(timedelta(days=7))

    assert a_minute_passes(clock, "a") == []
    every_day()
    assert list(WorkerHost.objects.values_list("name", flat=True)) == ["a"]
    assert len(mail.outbox) == 1


@pytest.fixture
def clusters(processes, monkeypatch, alice):
    """Starts the workers of a host, each with its process group; ends them with the test."""
    monkeypatch.setenv("WORKERS", "1")
    monkeypatch.setenv("WORKER_SILENT_SECONDS", "4")
    started = []

    def start(host: str):
        monkeypatch.setenv("WORKER_HOST", host)
        process = processes.start("manage", "qcluster")
        process.stdout.close()
        process.stderr.close()
        started.append(process)
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def tick(processes, clusters):
    """Do what a worker does each minute, now, and return how many hosts are called silent then."""
    ticking = processes.start("tests.ccexport.tick_when_asked")

    def now() -> int:
        ticking.stdin.write("\n")
        ticking.stdin.flush()
        assert ticking.stdout.readline() == "done\n", ticking.stderr.read()
        return processes.value("SELECT count(*) FROM ccexport_trouble WHERE kind = 'host_silent' AND closed_at IS NULL")

    yield now
    ticking.communicate()


def stopped(processes: Processes, host: str) -> bool:
    return bool(processes.value(f"SELECT stopped_at FROM ccexport_workerhost WHERE name = '{host}'"))


def test_of_the_hosts_one_is_killed_and_others_stop_in_order(processes, clusters, tick):
    first, second, third = clusters("first"), clusters("second"), clusters("third")
    wait_until(lambda: tick() == 0 and processes.value("SELECT count(*) FROM ccexport_workerhost") == 3)
    os.killpg(second.pid, signal.SIGKILL)
    os.killpg(third.pid, signal.SIGTERM)  # as a supervisor stops a service: every process of it at once
    third.wait(timeout=60)
    assert stopped(processes, "third")
    wait_until(lambda: tick() == 1)
    assert "second" in str(processes.value("SELECT details FROM ccexport_trouble WHERE kind = 'host_silent'"))

    clusters("second")
    wait_until(lambda: tick() == 0)
    assert stopped(processes, "third")
    first.send_signal(signal.SIGTERM)  # the main process alone
    first.wait(timeout=60)
    assert stopped(processes, "first")


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [found for child in map(int, children) for found in (child, *descendants(child))]


def test_of_the_processes_of_a_host_only_the_main_one_answers_sigterm(processes, clusters, tick):
    """A sentinel that dies of it while it waits for the main process's word leaves that one waiting for ever."""
    host = clusters("alone")
    wait_until(lambda: len(descendants(host.pid)) == 4)  # sentinel, worker, monitor, pusher
    wait_until(lambda: tick() >= 0 and processes.value("SELECT count(*) FROM ccexport_workerhost WHERE name = 'alone'"))
    others = descendants(host.pid)

    for pid in others:
        os.kill(pid, signal.SIGTERM)
    with pytest.raises(TimeoutExpired):
        host.wait(timeout=1)
    assert descendants(host.pid) == others

    os.killpg(host.pid, signal.SIGTERM)
    host.wait(timeout=60)
    assert stopped(processes, "alone")
    assert not [pid for pid in others if Path(f"/proc/{pid}").exists()]
