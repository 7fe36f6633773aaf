"""Work whose message was lost is found by whoever comes to work next, and not only by the tick of the minute."""

import os
import signal
from datetime import timedelta
from multiprocessing import Queue, Value

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signals import post_spawn
from django_q.signing import SignedPackage
from django_q.worker import worker

from exports.models import Refresh, Run
from exports.runs import start_run
from exports.schedule.refresh import start_refresh
from exports.tasks import advance_run
from jobs import due
from jobs.due import enqueue_due
from jobs.limits import LIMITS
from jobs.queue import enqueue, enqueue_at
from profiles.databases.refreshing import ask_refresh
from profiles.imports.lifecycle import start_import
from profiles.models import DatabaseAddress, ProfileImport
from segments.evaluations.lifecycle import start_evaluation
from segments.models import Evaluation, Segment
from segments.tasks import evaluate_segment
from tests.support.fixtures_exports import make_export, make_segment
from tests.support.processes import wait_until


@pytest.fixture(autouse=True)
def first_look(monkeypatch):
    monkeypatch.setattr(due, "_throttle", due._Throttle())


def messages() -> list[tuple[str, int]]:
    tasks = [SignedPackage.loads(message.payload) for message in OrmQ.objects.order_by("pk")]
    return [(task["func"], task["args"][0]) for task in tasks]


def lose_messages(seconds: float = 10) -> None:
    """Everything became due `seconds` ago, and the queue is empty."""
    then = timezone.now() - timedelta(seconds=seconds)
    Run.objects.update(resume_at=then)
    Refresh.objects.update(resume_at=then)
    Evaluation.objects.update(queued_at=then)
    ProfileImport.objects.update(created_at=then)
    DatabaseAddress.objects.update(refresh_asked_at=then)
    OrmQ.objects.all().delete()


def test_a_lost_run_is_brought_on_by_an_evaluation_anywhere(export, alice):
    run = start_run(export, by=alice)[0]
    lose_messages()
    evaluation, _started = start_evaluation(Segment.objects.get(), trigger="refresh")
    OrmQ.objects.all().delete()  # a worker has it
    evaluate_segment(evaluation.pk)
    assert messages() == [(LIMITS.run.task, run.pk)]


def test_a_lost_evaluation_is_brought_on_by_a_run_anywhere(export, source, sandbox, alice):
    evaluation, _started = start_evaluation(make_segment(source, "Other"), trigger="refresh")
    lose_messages()
    run = start_run(export, by=alice)[0]
    OrmQ.objects.all().delete()
    advance_run(run.pk)
    assert messages().count((LIMITS.evaluation.task, evaluation.pk)) == 1


def test_every_kind_of_work_is_found(export, source, sqlite, sqlite_source, alice):
    sqlite.execute("CREATE TABLE people (id integer PRIMARY KEY)")
    sqlite.execute("INSERT INTO people VALUES (1)")
    table = sqlite_source("people")
    ask_refresh(table)
    run = start_run(export, by=alice)[0]
    refresh = start_refresh(by=alice, trigger="on_demand")[0]
    evaluation = start_evaluation(Segment.objects.get(), trigger="refresh")[0]
    job = start_import(source, SimpleUploadedFile("a.csv", b"id\n1\n"), key="id", updated="", by=alice)
    lose_messages()
    due._throttle.next_check = 0.0

    assert enqueue_due() == 5
    assert set(messages()) == {
        (LIMITS.run.task, run.pk),
        (LIMITS.refresh.task, refresh.pk),
        (LIMITS.evaluation.task, evaluation.pk),
        (LIMITS.profile_import.task, job.pk),
        (LIMITS.description.task, table.pk),
    }


def test_a_look_costs_little_and_comes_once_in_a_few_seconds(export, alice):
    start_run(export, by=alice)
    lose_messages()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        enqueue_due()
    assert len(queries) == 1 + 9 + 1  # is anything waiting, each kind of work, and the message
    with CaptureQueriesContext(connection) as queries:
        for _time in range(100):
            enqueue_due()
    assert len(queries) == 0


def test_as_long_as_messages_wait_nothing_is_added(export, alice, monkeypatch):
    """Workers are busy, so that all that is due waits in its turn: asking again would only lengthen the queue."""
    run = start_run(export, by=alice)[0]
    OrmQ.objects.update(lock=timezone.now() - timedelta(seconds=30))
    Run.objects.update(resume_at=timezone.now() - timedelta(seconds=30))
    with CaptureQueriesContext(connection) as queries:
        assert enqueue_due() == 0
    assert len(queries) == 1
    assert messages() == [(LIMITS.run.task, run.pk)]


def test_what_became_due_just_now_is_not_taken_for_lost(export, alice):
    start_run(export, by=alice)
    OrmQ.objects.all().delete()
    assert enqueue_due() == 0


def test_what_somebody_holds_is_not_taken_for_lost(export, alice):
    start_run(export, by=alice)
    lose_messages()
    Run.objects.update(status="running", lease="x", lease_until=timezone.now() + timedelta(seconds=30))
    assert enqueue_due() == 0


def test_one_look_finds_a_few_and_never_all_of_thousands(source, alice, monkeypatch):
    for number in range(due.MAX_MESSAGES + 5):
        start_evaluation(make_segment(source, f"Segment {number}"), trigger="refresh")
    lose_messages()
    with CaptureQueriesContext(connection) as queries:
        assert enqueue_due() == due.MAX_MESSAGES
    (asked,) = [each["sql"] for each in queries if each["sql"].startswith('SELECT "segments_evaluation"."id"')]
    assert asked.endswith(f"LIMIT {due.MAX_MESSAGES}")


def test_what_is_due_can_be_read_on_after_the_connection_was_closed(source, transactional_db, alice):
    """To enqueue closes one that is old. SQLite in memory closes nothing, on PostgreSQL a cursor would be gone."""
    for number in range(3):
        start_evaluation(make_segment(source, f"Segment {number}"), trigger="refresh")
    find = due._finders[LIMITS.evaluation.task][1]
    read = []
    for pk in find(timezone.now() + timedelta(minutes=1)):
        read.append(pk)
        connection.close()
    assert len(read) == 3


def test_no_kind_of_work_is_found_by_a_cursor(db):
    assert all(isinstance(find(timezone.now()), QuerySet) for _kind, find in due._finders.values())


def test_a_database_that_is_away_ends_nobody_s_work(db, monkeypatch, caplog):
    def away(before):
        raise connections["default"].Database.OperationalError("gone")

    monkeypatch.setattr(due, "_finders", {"x": (LIMITS.run, away)})
    assert enqueue_due() == 0
    assert "work that is due" in caplog.text


def test_a_worker_that_starts_looks_for_what_the_one_before_left(export, alice):
    run = start_run(export, by=alice)[0]
    lose_messages()
    post_spawn.send(sender="django_q", proc_name="worker")
    assert messages()[0] == (LIMITS.run.task, run.pk)


def test_a_worker_leaves_a_look_behind_while_something_will_be_due_soon(export, alice):
    """What is due only when nobody comes any more is found too, and at most one message in a few seconds is spent."""
    start_run(export, by=alice)
    OrmQ.objects.all().delete()
    Run.objects.update(resume_at=timezone.now() + timedelta(seconds=5))
    post_spawn.send(sender="django_q", proc_name="worker")
    for _time in range(50):
        enqueue_due()
    assert messages() == [(LIMITS.due_check.task, 0)]


def test_where_nothing_is_open_no_look_is_left_behind(db):
    post_spawn.send(sender="django_q", proc_name="worker")
    assert messages() == []


def test_a_message_for_later_is_not_taken_before_its_time(db):
    enqueue(LIMITS.run, 1)
    enqueue_at(timezone.now() + timedelta(minutes=5), LIMITS.run, 2)
    now, later = OrmQ.objects.order_by("pk")
    assert now.lock <= timezone.now() < later.lock
    assert SignedPackage.loads(later.payload)["timeout"] == LIMITS.run.message


def seconds_left() -> float:
    return signal.getitimer(signal.ITIMER_REAL)[0]


def test_a_message_has_the_time_limit_of_its_kind_and_not_that_of_the_queue(db):
    enqueue(LIMITS.run, 1)
    task = SignedPackage.loads(OrmQ.objects.get().payload) | {"func": f"{__name__}.seconds_left", "args": ()}
    todo, done, guard = Queue(), Queue(), Value("f", -1)
    todo.put(task)
    todo.put("STOP")
    worker(todo, done, guard, timeout=settings.Q_CLUSTER["timeout"])
    given = done.get(timeout=5)["result"]
    assert LIMITS.run.message - 5 < given <= LIMITS.run.message
    assert LIMITS.run.message > settings.Q_CLUSTER["timeout"]


def test_with_real_workers_a_lost_run_goes_on_within_seconds(export, source, sandbox, connection, alice, processes):
    """The queue's messages are gone while one run waits; another run is started, and both are over soon."""
    lost = start_run(export, by=alice)[0]
    lose_messages()
    other = make_export(connection, sandbox.add_list("Other"), make_segment(source, "All", []), name="Other")
    start_run(other, by=alice)
    cluster = processes.start("manage", "qcluster")
    try:
        query = f"SELECT started_at FROM exports_run WHERE id = {lost.pk}"
        wait_until(lambda: processes.value("SELECT count(*) FROM exports_run WHERE started_at IS NOT NULL") >= 1, 60)
        wait_until(lambda: processes.value(query), 15)
    finally:
        os.killpg(cluster.pid, signal.SIGKILL)
        cluster.communicate()
