"""An evaluation is a row: asked for once, done by one worker, ended with a number or a sentence."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from django_q.models import OrmQ

from profiles.databases.refreshing import ask_refresh
from profiles.tasks import refresh_source
from segments.evaluations import compute, lifecycle
from segments.evaluations.lifecycle import (
    CLAIMS,
    MAX_ATTEMPTS,
    cancel_evaluation,
    claim_evaluation,
    do_evaluation,
    evaluate_now,
    start_evaluation,
)
from segments.models import Evaluation, Segment
from segments.tasks import evaluate_segment, every_minute

GERMANS = {"op": "and", "rules": [{"attribute": "country", "operator": "equals", "value": "Germany"}]}
WRONG = {"op": "and", "rules": [{"attribute": "town", "operator": "isNull"}]}


@pytest.fixture
def asked(americans, bob):
    evaluation, started = start_evaluation(americans, trigger="refresh", by=bob)
    assert started
    return evaluation


def rung():
    return OrmQ.objects.count()


def status_of(evaluation):
    evaluation.refresh_from_db()
    return evaluation.status


def test_a_worker_evaluates_what_was_asked_for(asked, americans, bob):
    assert (asked.status, rung()) == ("queued", 1)

    evaluate_segment(asked.pk)

    assert status_of(asked) == "succeeded"
    assert (asked.member_count, asked.started_by, asked.trigger) == (2, bob, "refresh")
    assert asked.queued_at <= asked.started_at <= asked.finished_at
    americans.refresh_from_db()
    assert (americans.member_count, americans.counted_at, americans.stored_problem) == (2, asked.finished_at, {})


def test_asking_twice_is_asking_once(asked, americans):
    assert start_evaluation(americans, trigger="refresh") == (asked, False)
    assert rung() == 1


def test_what_began_with_other_rules_is_cancelled_by_what_is_asked_afresh(asked, americans):
    begun = claim_evaluation(asked.pk)
    Segment.objects.update(rules=GERMANS)

    second, started = start_evaluation(americans, trigger="run", restart=True)
    do_evaluation(begun)  # it had read its rules before
    evaluate_segment(second.pk)

    assert started
    assert (status_of(asked), status_of(second)) == ("cancelled", "succeeded")
    americans.refresh_from_db()
    assert americans.member_count == 1


def test_a_message_that_comes_twice_does_the_work_once(asked):
    evaluate_segment(asked.pk)
    first = Evaluation.objects.get()

    evaluate_segment(asked.pk)

    assert Evaluation.objects.get().finished_at == first.finished_at


def test_two_workers_never_hold_the_same_evaluation(asked):
    assert claim_evaluation(asked.pk)
    assert claim_evaluation(asked.pk) is None


def test_the_tick_takes_up_what_a_dead_worker_left_behind(asked):
    claim_evaluation(asked.pk)
    OrmQ.objects.all().delete()
    every_minute()
    assert rung() == 0
    with time_machine.travel(timezone.now() + CLAIMS.lease + timedelta(seconds=1)):
        every_minute()
        assert rung() == 1
        evaluate_segment(asked.pk)
    assert status_of(asked) == "succeeded"


def test_the_tick_rings_again_for_a_lost_message(asked):
    OrmQ.objects.all().delete()
    with time_machine.travel(timezone.now() + CLAIMS.lease + timedelta(seconds=1)):
        every_minute()
    assert rung() == 1


def test_what_kills_its_worker_again_and_again_fails_with_a_sentence(asked):
    Evaluation.objects.update(attempts=MAX_ATTEMPTS)

    evaluate_segment(asked.pk)

    assert status_of(asked) == "failed"
    assert "interrupted several times" in str(asked.problem)


def test_an_evaluation_that_fails_stores_why_in_history_and_segment(people):
    segment = Segment.objects.create(name="Town", source=people, rules=WRONG, member_count=3)

    evaluation = evaluate_now(segment, trigger="refresh")

    segment.refresh_from_db()
    assert (evaluation.status, segment.member_count) == ("failed", None)
    assert "no attribute “town”" in str(evaluation.problem)
    assert segment.stored_problem == evaluation.stored_problem


def test_trouble_of_our_own_is_a_sentence_too(americans, monkeypatch):
    def broken(segment, cancellation):
        raise OSError("the disk is gone")

    monkeypatch.setattr(lifecycle, "evaluate", broken)

    assert "failed unexpectedly" in str(evaluate_now(americans, trigger="refresh").problem)


def test_what_takes_too_long_is_stopped_with_a_sentence(americans, monkeypatch):
    def slow(segment, cancellation):
        with cancellation.on_cancel(lambda: stopped.append(True)):
            while not stopped:
                pass
        raise RuntimeError("interrupted")

    stopped = []
    monkeypatch.setattr(lifecycle, "evaluate", slow)
    monkeypatch.setattr(lifecycle, "EVALUATE_SECONDS", 0)

    evaluation = evaluate_now(americans, trigger="refresh")

    assert stopped
    assert "took longer than" in str(evaluation.problem)


def test_a_cancelled_evaluation_is_stopped_where_it_runs(americans, monkeypatch):
    def slow(segment, cancellation):
        Evaluation.objects.none()
        with cancellation.on_cancel(lambda: stopped.append(True)):
            while not stopped:
                pass
        raise RuntimeError("interrupted")

    class CancelledClaim(lifecycle.Renewal):
        def is_held(self):
            cancel_evaluation(americans)
            return super().is_held()

    stopped = []
    monkeypatch.setattr(lifecycle, "evaluate", slow)
    monkeypatch.setattr(lifecycle, "Renewal", CancelledClaim)

    evaluation = evaluate_now(americans, trigger="refresh")

    assert stopped
    assert evaluation.status == "cancelled"


def test_new_profiles_have_workers_evaluate_only_what_follows_by_itself(americans, make_source):
    source = americans.source
    Segment.objects.create(name="Static", source=source, type="static")
    Segment.objects.create(name="Draft", source=source, state="inactive")

    make_source()

    evaluation = Evaluation.objects.get()
    assert (evaluation.segment, evaluation.trigger, evaluation.status) == (americans, "profiles", "queued")
    assert rung() == 1
    evaluate_segment(evaluation.pk)
    assert status_of(evaluation) == "succeeded"


def test_new_profiles_cancel_what_counts_those_of_before(asked, make_source):
    claim_evaluation(asked.pk)

    make_source()

    assert status_of(asked) == "cancelled"
    assert Evaluation.objects.get(status="queued").trigger == "profiles"


@pytest.mark.parametrize("meanwhile", [{"state": "inactive"}, {"type": "static"}])
def test_what_stopped_following_new_profiles_before_its_turn_is_not_evaluated(americans, make_source, meanwhile):
    make_source()
    Segment.objects.update(**meanwhile)

    evaluation = Evaluation.objects.get()
    evaluate_segment(evaluation.pk)

    assert status_of(evaluation) == "cancelled"
    americans.refresh_from_db()
    assert (americans.member_count, americans.kept_members) == (None, "")


def test_a_refreshed_table_has_workers_evaluate_its_segments(sqlite, sqlite_source):
    sqlite.execute("CREATE TABLE people (id integer PRIMARY KEY, country text)")
    sqlite.execute("INSERT INTO people VALUES (1, 'France')")
    segment = Segment.objects.create(name="All", source=sqlite_source("people"))
    ask_refresh(segment.source)

    refresh_source(segment.source.pk)

    evaluation = Evaluation.objects.get()
    assert (evaluation.segment, evaluation.trigger, evaluation.status) == (segment, "profiles", "queued")


def test_history_ends_after_a_year(asked):
    old = timezone.now() - timedelta(days=401)
    Evaluation.objects.create(segment=asked.segment, trigger="refresh", status="succeeded", finished_at=old)

    evaluate_segment(asked.pk)

    assert Evaluation.objects.get() == asked


def test_a_segment_that_is_deleted_while_it_is_evaluated_is_raised_as_missing(americans, monkeypatch):
    def deleting(segment, cancellation):
        deleted.wait(5)
        return compute.Found(1)

    class DeletingClaim(lifecycle.Renewal):
        def is_held(self):
            Segment.objects.all().delete()
            deleted.set()
            return True

    deleted = threading.Event()
    monkeypatch.setattr(lifecycle, "evaluate", deleting)
    monkeypatch.setattr(lifecycle, "Renewal", DeletingClaim)

    with pytest.raises(Segment.DoesNotExist):
        evaluate_now(americans, trigger="refresh")


def test_a_segment_that_is_gone_is_raised_as_missing(transactional_db, americans):
    gone = Segment.objects.get()
    Segment.objects.all().delete()

    with pytest.raises(Segment.DoesNotExist):
        evaluate_now(gone, trigger="refresh")
