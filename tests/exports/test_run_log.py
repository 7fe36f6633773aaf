"""What a run writes into the log, and how long its stages took."""

import logging
from datetime import timedelta

import pytest
from django.db import OperationalError, transaction
from django.db import connection as database
from django.utils import timezone

from exports.models import Run, StageTiming
from exports.runs import claim_run, start_run
from exports.runs import log as run_log


@pytest.fixture
def run(export, bob) -> Run:
    return claim_run(start_run(export, by=bob)[0].pk)


@pytest.fixture
def written(caplog):
    """What each line says happened, and its fields."""
    caplog.set_level(logging.INFO, logger="exports.runs.log")
    return lambda: [(each.msg, each.fields) for each in caplog.records if each.name == "exports.runs.log"]


def test_a_claim_is_written_with_its_attempt_and_its_lease(run, written):
    run_log.claimed(run)

    [(what, fields)] = written()
    assert what == "run claimed"
    assert (fields["export_id"], fields["stage"], fields["attempt"]) == (run.export_id, "plan", 1)
    assert fields["lease_until"] > timezone.now().isoformat()


def test_a_stage_is_written_as_it_begins_and_as_it_ends_with_its_counts(run, written):
    with run_log.stage(run, "plan") as visit:
        visit.is_done = True
        visit.counts = {"send": 3, "no_email": 1}

    begun, (what, fields) = written()
    assert begun == ("stage begun", {"stage": "plan"})
    assert 0 <= fields.pop("seconds") < 5
    assert (what, fields) == ("stage ended", {"stage": "plan", "outcome": "done", "send": 3, "no_email": 1})


def test_a_stage_that_raises_says_what_and_lets_it_pass(run, written):
    def send() -> None:
        with run_log.stage(run, "send") as visit:
            visit.is_done = True
            raise ZeroDivisionError("ann@example.com")

    with pytest.raises(ZeroDivisionError):
        send()

    assert written()[-1][1]["outcome"] == "ZeroDivisionError"
    assert "ann" not in str(written())
    assert StageTiming.objects.get().done_at is None


def test_the_visits_of_a_stage_add_up(run):
    for is_done in (False, False, True):
        with run_log.stage(run, "confirm") as visit:
            visit.is_done = is_done

    timing = StageTiming.objects.get()
    assert (timing.stage, timing.visits) == ("confirm", 3)
    assert timing.begun_at <= timing.done_at


def test_a_worker_whose_run_was_taken_over_adds_nothing(run):
    run_log.note_time(run, "send", begun_at=timezone.now(), seconds=1, is_done=False)
    Run.objects.filter(pk=run.pk).update(lease="somebody else")

    for name in ("send", "confirm"):
        run_log.note_time(run, name, begun_at=timezone.now(), seconds=900, is_done=True)

    assert list(StageTiming.objects.values_list("stage", "seconds", "done_at")) == [("send", 1, None)]


def test_the_last_stage_counts_although_the_run_has_ended_in_it(run):
    with run_log.stage(run, "settle") as visit:
        Run.objects.filter(pk=run.pk).update(lease="", status="succeeded", finished_at=timezone.now())
        visit.is_done = True

    assert StageTiming.objects.get().done_at


def test_a_time_that_cannot_be_written_changes_nothing_for_the_run(run):
    def away(execute, sql, *rest):
        if "stagetiming" in sql:
            raise OperationalError("connection refused")
        return execute(sql, *rest)

    with database.execute_wrapper(away), run_log.stage(run, "plan"):
        pass
    with transaction.atomic(), run_log.stage(run, "plan"):  # and not for the transaction around it
        Run.objects.filter(pk=run.pk).delete()

    assert not StageTiming.objects.exists()


def test_waits_and_ends_are_written_with_their_reason(run, written):
    run_log.waits(run, "throttled", timezone.now() + timedelta(seconds=30))
    run_log.ended(run, Run.Status.FAILED, "gave_up")
    run_log.lease_lost(run)
    run_log.left(run, OperationalError("ann@example.com"))

    waits, ended, lost, left = (fields for _what, fields in written())
    assert waits["reason"] == "throttled"
    assert 29 < waits["seconds"] <= 30
    assert (ended["status"], ended["reason"], ended["calls"]) == ("failed", "gave_up", 0)
    assert lost == {"stage": "plan"}
    assert left == {"stage": "plan", "error": "OperationalError"}


def test_the_lines_of_a_run_carry_its_id(run):
    from structlog.contextvars import get_contextvars

    with run_log.about(run.pk):
        assert get_contextvars() == {"run_id": run.pk}
    assert get_contextvars() == {}
