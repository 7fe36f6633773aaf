"""What a run writes into the log, and how long its stages took."""

import logging
from datetime import timedelta

import pytest
from django.db import OperationalError, transaction
from django.db import connection as database
from django.utils import timezone
from structlog.contextvars import get_contextvars

from exports import tasks
from exports.models import Run, StageTiming
from exports.pipeline import advance as pipeline
from exports.pipeline.advance import advance, note_time, timed_stage
from exports.pipeline.work import Pause
from exports.runs import claim_run, finish_run, release_run, start_run


@pytest.fixture
def run(export, bob) -> Run:
    return claim_run(start_run(export, by=bob)[0].pk)


@pytest.fixture
def written(caplog):
    """What each line says happened, and its fields."""
    caplog.set_level(logging.INFO, logger="exports")
    return lambda: [(each.msg, each.fields) for each in caplog.records if hasattr(each, "fields")]


def test_a_run_is_written_as_it_is_queued_and_as_it_is_claimed_with_its_attempt_and_its_lease(export, bob, written):
    run = claim_run(start_run(export, by=bob)[0].pk)

    (queued, of_queue), (claimed, fields) = written()
    assert (queued, claimed) == ("run queued", "run claimed")
    assert of_queue == {"run_id": run.pk, "export_id": export.pk, "trigger": "on_demand"}
    assert (fields["export_id"], fields["stage"], fields["attempt"]) == (run.export_id, "read", 1)
    assert fields["lease_until"] > timezone.now().isoformat()


def test_a_stage_is_written_as_it_begins_and_as_it_ends(run, written):
    timed_stage(run, "plan", lambda: None)

    begun, (what, fields) = written()
    assert begun == ("stage begun", {"stage": "plan"})
    assert 0 <= fields.pop("seconds") < 5
    assert (what, fields) == ("stage ended", {"stage": "plan", "outcome": "done"})


def test_a_stage_that_raises_says_what_and_lets_it_pass(run, written):
    def send() -> None:
        raise ZeroDivisionError("ann@example.com")

    with pytest.raises(ZeroDivisionError):
        timed_stage(run, "send", send)

    assert written()[-1][1]["outcome"] == "ZeroDivisionError"
    assert "ann" not in str(written())
    assert StageTiming.objects.get().done_at is None


def test_the_visits_of_a_stage_add_up(run):
    for pause in (Pause(timezone.now()), Pause(timezone.now()), None):
        assert timed_stage(run, "confirm", lambda pause=pause: pause) is pause

    timing = StageTiming.objects.get()
    assert (timing.stage, timing.visits) == ("confirm", 3)
    assert timing.begun_at <= timing.done_at


def test_a_worker_whose_run_was_taken_over_adds_nothing(run):
    note_time(run, "send", begun_at=timezone.now(), seconds=1, is_done=False)
    Run.objects.filter(pk=run.pk).update(lease="somebody else")

    for name in ("send", "confirm"):
        note_time(run, name, begun_at=timezone.now(), seconds=900, is_done=True)

    assert list(StageTiming.objects.values_list("stage", "seconds", "done_at")) == [("send", 1, None)]


def test_the_last_stage_counts_although_the_run_has_ended_in_it(run):
    def settle() -> None:
        Run.objects.filter(pk=run.pk).update(lease="", status="succeeded", finished_at=timezone.now())

    timed_stage(run, "settle", settle)

    assert StageTiming.objects.get().done_at


def test_a_time_that_cannot_be_written_changes_nothing_for_the_run(run):
    def away(execute, sql, *rest):
        if "stagetiming" in sql:
            raise OperationalError("connection refused")
        return execute(sql, *rest)

    def delete() -> None:
        Run.objects.filter(pk=run.pk).delete()

    with database.execute_wrapper(away):
        timed_stage(run, "plan", lambda: None)
    with transaction.atomic():  # and not for the transaction around it
        timed_stage(run, "plan", delete)

    assert not StageTiming.objects.exists()


def test_waits_and_ends_are_written_with_their_reason(run, written):
    release_run(run, resume_at=timezone.now() + timedelta(seconds=30), reason="throttled")
    run.refresh_from_db()
    finish_run(run, Run.Status.FAILED, reason="gave_up")

    waits, ended = (fields for _what, fields in written())
    assert waits["reason"] == "throttled"
    assert 29 < waits["seconds"] <= 30
    assert (ended["status"], ended["reason"], ended["calls"]) == ("failed", "gave_up", 0)


def test_a_lost_lease_is_written(run, written):
    Run.objects.filter(pk=run.pk).update(lease="somebody else")

    advance(run)

    assert written() == [("lease lost", {"stage": "read"})]


def test_a_run_left_as_it_stands_is_written_without_what_the_database_says(run, written, monkeypatch):
    def away(_run):
        raise OperationalError("ann@example.com")

    monkeypatch.setattr(pipeline, "check_rights", away)
    with pytest.raises(OperationalError):
        advance(run)

    assert written() == [("run left as it stands", {"stage": "read", "error": "OperationalError"})]


def test_the_lines_of_a_run_carry_its_id(export, bob, monkeypatch):
    seen = []
    monkeypatch.setattr(tasks, "advance", lambda run: seen.append(get_contextvars()))
    run, _started = start_run(export, by=bob)

    tasks.advance_run(run.pk)

    assert seen == [{"run_id": run.pk}]
    assert get_contextvars() == {}
