"""A row whose worker dies each time is tried with growing gaps, then fails with a sentence, and is left alone."""

import os
import signal
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from ccexport.alerts import delivery, store
from ccexport.models import Incident
from ccexport.tasks import every_minute as system_tick
from exports.models import Refresh, Run
from exports.runs import start_run
from exports.schedule import refresh as refreshing
from exports.schedule import refresh_steps
from exports.schedule.refresh import start_refresh
from exports.tasks import advance_open_runs, start_due
from jobs.attempts import gap_after, lapsed
from jobs.limits import LIMITS
from profiles.databases import refreshing as describing
from profiles.imports import lifecycle as imports_lifecycle
from profiles.models import DatabaseAddress, ProfileImport
from segments.evaluations import lifecycle as evaluations_lifecycle
from segments.models import Evaluation, Segment
from segments.tasks import every_minute as segments_tick
from tests.support.processes import wait_until

BEGIN = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
CLAIMS = {
    LIMITS.evaluation.task: evaluations_lifecycle.claim_evaluation,
    LIMITS.profile_import.task: imports_lifecycle.claim_import,
    LIMITS.description.task: describing.claim_refresh,
    LIMITS.refresh.task: refreshing._claim,
    LIMITS.alert.task: store.claim,
}


def hours_of_dying_workers(tick, hours: float, step: int = 1) -> list[datetime]:
    """Each `step` minutes the tick, then workers that die as soon as they have claimed what a message asks for."""
    claims = []
    for minute in range(0, int(60 * hours), step):
        now = BEGIN + timedelta(minutes=minute)
        with time_machine.travel(now, tick=False):
            tick()
            for message in OrmQ.objects.filter(lock__lte=timezone.now()):
                task = SignedPackage.loads(message.payload)
                message.delete()
                if CLAIMS[task["func"]](task["args"][0]):
                    claims.append(now)
    return claims


def assert_given_up(claims: list[datetime], kind) -> None:
    assert len(claims) == kind.attempts
    gaps = [later - earlier for earlier, later in pairwise(claims)]
    assert gaps == sorted(gaps)
    assert gaps[-1] > gaps[0]
    assert not OrmQ.objects.filter(lock__lte=BEGIN + timedelta(days=30)).exists()


@pytest.fixture
def segment(source):
    return Segment.objects.create(name="France", source=source)


def test_an_evaluation(segment, caplog):
    with time_machine.travel(BEGIN, tick=False):
        evaluations_lifecycle.start_evaluation(segment, trigger="refresh")
    assert_given_up(hours_of_dying_workers(segments_tick, 0.4), LIMITS.evaluation)
    evaluation = Evaluation.objects.get()
    assert (evaluation.status, evaluation.finished_at is None) == ("failed", False)
    assert "interrupted several times" in str(evaluation.problem)
    assert caplog.text.count("was given up after") == 1


def test_an_import(source, bob, caplog):
    with time_machine.travel(BEGIN, tick=False):
        file = SimpleUploadedFile("people.csv", b"id\n1\n")
        job = imports_lifecycle.start_import(source, file, key="id", updated="", by=bob)
    assert_given_up(hours_of_dying_workers(segments_tick, 0.4), LIMITS.profile_import)
    job = ProfileImport.objects.get(pk=job.pk)
    assert job.state == "failed"
    assert "interrupted several times" in str(job.problem)
    assert caplog.text.count("was given up after") == 1


def test_a_description_of_a_table(sqlite, sqlite_source, caplog):
    sqlite.execute("CREATE TABLE people (id integer PRIMARY KEY)")
    sqlite.execute("INSERT INTO people VALUES (1)")
    source = sqlite_source("people")
    OrmQ.objects.all().delete()
    with time_machine.travel(BEGIN, tick=False):
        describing.ask_refresh(source)
    assert_given_up(hours_of_dying_workers(segments_tick, 1.2), LIMITS.description)
    address = DatabaseAddress.objects.get()
    assert not address.is_refreshing
    assert "interrupted several times" in str(address.problem)
    assert caplog.text.count("was given up after") == 1


def test_a_system_refresh_and_every_export_of_it_show_it(export, alice, caplog):
    with time_machine.travel(BEGIN, tick=False):
        refresh, _started = start_refresh(by=alice, trigger="on_demand")
    assert_given_up(hours_of_dying_workers(start_due, 0.8), LIMITS.refresh)
    refresh.refresh_from_db()
    assert refresh.status == Refresh.Status.COMPLETED_WITH_ERRORS
    assert "interrupted several times" in str(refresh.problem)
    assert {step.state for step in refresh.steps.all()} == {"failed"}
    assert {str(step.problem) for step in refresh.steps.all()} == {str(refresh.problem)}
    assert (export.runs.get().status, export.runs.get().reason) == (Run.Status.FAILED, "unexpected")
    assert caplog.text.count("was given up after") == 1


def test_an_alert(export, alice, caplog):
    with time_machine.travel(BEGIN, tick=False):
        Run.objects.create(
            export=export,
            trigger="scheduled",
            status="failed",
            finished_at=BEGIN,
            configuration={},
            reason="unexpected",
        )
    assert_given_up(hours_of_dying_workers(system_tick, 10, step=3), LIMITS.alert)
    incident = Incident.objects.get()
    assert (incident.closed_at, incident.notified_at is None) == (None, False)
    assert caplog.text.count("Nobody could be notified of alert") == 1


def test_an_alert_that_cannot_be_composed_is_tried_with_growing_gaps_and_no_address_is_logged(
    export, alice, monkeypatch, caplog
):
    def broken(incident, over, reader):
        raise ValueError("alice@example.com")

    monkeypatch.setattr(delivery, "notification_of", broken)
    with time_machine.travel(BEGIN, tick=False):
        incident = store.open_incident(Incident.Kind.NO_WORKER, hangs=False)
        delivery.deliver(incident.pk)
        incident.refresh_from_db()
        assert incident.claimed_until == BEGIN + timedelta(minutes=2)
    for hour in range(1, 20):
        with time_machine.travel(BEGIN + timedelta(hours=2 * hour), tick=False):
            delivery.deliver(incident.pk)
    assert caplog.text.count("could not be composed or sent") == LIMITS.alert.attempts
    assert caplog.text.count("Nobody could be notified") == 1
    assert "alice@example.com" not in caplog.text


@pytest.mark.parametrize(
    ("module", "name", "start"),
    [
        (
            evaluations_lifecycle,
            "evaluate",
            lambda source: evaluations_lifecycle.start_evaluation(Segment.objects.get(), trigger="refresh"),
        ),
        (imports_lifecycle, "ingest", None),
    ],
)
def test_what_meets_a_database_that_is_away_each_time_is_given_up_too(
    segment, source, bob, module, name, start, monkeypatch
):
    """OperationalError ends no work, because the next worker may succeed; but it ends in the end."""

    def broken(*arguments):
        raise OperationalError("no such column")

    monkeypatch.setattr(module, name, broken)
    with time_machine.travel(BEGIN, tick=False):
        if module is evaluations_lifecycle:
            evaluations_lifecycle.start_evaluation(segment, trigger="refresh")
        else:
            imports_lifecycle.start_import(
                source, SimpleUploadedFile("p.csv", b"id\n1\n"), key="id", updated="", by=bob
            )
    tried = 0
    for minute in range(30):
        with time_machine.travel(BEGIN + timedelta(minutes=minute), tick=False):
            segments_tick()
            for message in OrmQ.objects.filter(lock__lte=timezone.now()):
                task = SignedPackage.loads(message.payload)
                message.delete()
                try:
                    import_string(task["func"])(*task["args"])
                except OperationalError:
                    tried += 1
    assert tried == 3
    row = Evaluation.objects.get() if module is evaluations_lifecycle else ProfileImport.objects.latest("pk")
    assert "interrupted several times" in str(row.problem)


def test_a_step_that_raises_thrice_fails_with_a_sentence_and_keeps_no_other_from_it(export, alice, monkeypatch, caplog):
    def broken(segment, **how):
        raise ValueError("a bug")

    monkeypatch.setattr(refresh_steps, "start_evaluation", broken)
    with time_machine.travel(BEGIN, tick=False):
        refresh, _started = start_refresh(by=alice, trigger="on_demand")
    for minute in range(10):
        with time_machine.travel(BEGIN + timedelta(minutes=minute), tick=False):
            refreshing.advance_refresh(refresh.pk)
    refresh.refresh_from_db()
    step = refresh.steps.get(kind="segment")
    assert (step.state, step.attempts) == ("failed", LIMITS.refresh_step.attempts)
    assert "Something went wrong on our side each time" in str(step.problem)
    assert refresh.status == Refresh.Status.COMPLETED_WITH_ERRORS
    assert export.runs.get().status == Run.Status.SKIPPED
    assert caplog.text.count("failed unexpectedly") == 3


@pytest.mark.parametrize("attempts", [1, 2, 4, 30])
def test_a_run_whose_holders_die_comes_with_growing_gaps(export, alice, attempts):
    start_run(export, by=alice)
    Run.objects.update(attempts=attempts, lease="dead", lease_until=BEGIN, resume_at=BEGIN)
    OrmQ.objects.all().delete()
    with time_machine.travel(BEGIN + gap_after(attempts), tick=False):
        advance_open_runs()
        assert not OrmQ.objects.exists()
    with time_machine.travel(BEGIN + gap_after(attempts) + timedelta(seconds=1), tick=False):
        advance_open_runs()
        assert OrmQ.objects.count() == 1


def test_the_gaps_grow_to_an_end():
    gaps = [gap_after(attempts) for attempts in range(12)]
    assert gaps == sorted(gaps)
    assert (gaps[0], gaps[1], gaps[2], gaps[-1]) == (
        timedelta(0),
        timedelta(0),
        timedelta(minutes=1),
        timedelta(minutes=10),
    )


@pytest.mark.parametrize("attempts", range(10))
def test_what_lapsed_is_found_exactly_when_its_gap_is_over(segment, attempts):
    evaluation = Evaluation.objects.create(segment=segment, trigger="run", attempts=attempts, claimed_until=BEGIN)
    over = BEGIN + gap_after(attempts)
    rows = Evaluation.objects.filter(pk=evaluation.pk)
    assert not rows.filter(lapsed(over)).exists()
    assert rows.filter(lapsed(over + timedelta(seconds=1))).exists()


def test_a_worker_that_is_killed_each_time_it_evaluates(segment, processes):
    """The same with SIGKILL: processes that claim and are killed, and the tick of another process."""
    evaluations_lifecycle.start_evaluation(segment, trigger="refresh")
    for attempt in range(1, LIMITS.evaluation.attempts + 1):
        worker = processes.start("tests.jobs.die_at_work", str(Evaluation.objects.get().pk))
        assert worker.stdout.readline() == "at work\n", worker.stderr.read()
        os.killpg(worker.pid, signal.SIGKILL)
        worker.communicate()
        assert processes.value("SELECT attempts FROM segments_evaluation") == attempt
        processes.change("UPDATE segments_evaluation SET claimed_until = '2026-01-01 00:00:00'")
    tick = processes.start("tests.jobs.tick")
    tick.communicate(timeout=60)
    wait_until(lambda: processes.value("SELECT status FROM segments_evaluation") == "failed", 5)
    assert "evaluation_interrupted" in str(processes.value("SELECT stored_problem FROM segments_evaluation"))
