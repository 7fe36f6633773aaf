"""A system refresh keeps no worker waiting: a slow segment holds up neither the others nor the refreshes after it."""

import os
import signal
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from exports.models import Refresh, RefreshStep, Run
from exports.schedule import refresh as refreshing
from exports.schedule import refresh_steps
from exports.schedule.refresh import advance_refresh, start_refresh
from exports.schedule.refresh_steps import LEASE, LeaseLostError, held
from exports.tasks import start_due
from jobs.limits import LIMITS
from profiles.errors import SourceUnavailableError
from segments.evaluations import lifecycle
from segments.evaluations.lifecycle import cancel_evaluation, claim_evaluation, start_evaluation
from segments.models import Evaluation, Segment
from segments.tasks import evaluate_segment
from tests.support.fixtures_exports import make_export, make_segment, refresh_until_over
from tests.support.processes import wait_until
from web.messages import Message


@pytest.fixture
def refresh(export, alice) -> Refresh:
    return start_refresh(by=alice, trigger="on_demand")[0]


@pytest.fixture
def slow(export, source, connection, sandbox) -> Segment:
    """A segment, with an export of its own, that a worker has begun to evaluate and will be at for long."""
    segment = make_segment(source, "A slow one", [])
    make_export(connection, sandbox.add_list("Other"), segment, name="Other")
    claim_evaluation(start_evaluation(segment, trigger="refresh")[0].pk)
    return segment


def states(refresh: Refresh) -> dict[str, str]:
    return dict(refresh.steps.values_list("name", "state"))


def evaluate_queued() -> None:
    for pk in Evaluation.objects.filter(status="queued").values_list("pk", flat=True):
        evaluate_segment(pk)


def messages_for(refresh: Refresh) -> list[OrmQ]:
    tasks = [(message, SignedPackage.loads(message.payload)) for message in OrmQ.objects.order_by("pk")]
    return [message for message, task in tasks if task["func"] == LIMITS.refresh.task]


def test_a_step_never_evaluates_in_the_worker_of_the_refresh(refresh, monkeypatch):
    def evaluated(*arguments):
        raise AssertionError("in the worker of the refresh")

    monkeypatch.setattr(lifecycle, "evaluate", evaluated)
    advance_refresh(refresh.pk)
    evaluation = Evaluation.objects.get()
    assert (evaluation.status, evaluation.trigger, evaluation.started_by) == ("queued", "system", refresh.started_by)
    step = refresh.steps.get(kind="segment")
    assert (step.state, step.evaluation, step.attempts) == ("pending", evaluation, 1)


def test_a_slow_segment_holds_up_nothing_but_its_own_export(slow, alice):
    refresh = start_refresh(by=alice, trigger="on_demand")[0]
    advance_refresh(refresh.pk)
    evaluate_queued()
    advance_refresh(refresh.pk)
    assert states(refresh) == {"A slow one": "pending", "France": "done", "Newsletter": "done", "Other": "pending"}
    assert Run.objects.get().export.name == "Newsletter"
    with time_machine.travel(timezone.now() + timedelta(minutes=14)):  # nobody ever died, and nobody waited
        advance_refresh(refresh.pk)
        refresh.refresh_from_db()
        assert (refresh.is_open, refresh.lease) == (True, "")


def test_a_segment_that_takes_longer_than_it_may_ends_the_refresh_with_its_reason(slow, alice):
    refresh = start_refresh(by=alice, trigger="on_demand")[0]
    advance_refresh(refresh.pk)
    evaluate_queued()
    lifecycle._fail(Evaluation.objects.get(segment=slow), Message("evaluation_too_long", {"minutes": 15}))
    advance_refresh(refresh.pk)
    refresh.refresh_from_db()
    assert refresh.status == Refresh.Status.COMPLETED_WITH_ERRORS
    assert "took longer than 15 minutes" in str(refresh.steps.get(name="A slow one").problem)
    assert Evaluation.objects.filter(segment=slow).count() == 1  # another quarter of an hour would help nobody
    assert start_refresh(by=alice, trigger="on_demand")[1]  # the next one is not blocked


def test_what_may_pass_is_tried_three_times_with_growing_gaps(refresh, export, monkeypatch):
    def away(segment, cancellation):
        tried.append(timezone.now())
        raise SourceUnavailableError("profiles_damaged", source="People")

    tried: list = []
    monkeypatch.setattr(lifecycle, "evaluate", away)
    begin = timezone.now()
    for seconds in range(0, 600, 10):
        with time_machine.travel(begin + timedelta(seconds=seconds), tick=False):
            advance_refresh(refresh.pk)
            evaluate_queued()
    assert len(tried) == 3
    assert timedelta(minutes=1) <= tried[1] - tried[0] < tried[2] - tried[1]
    refresh.refresh_from_db()
    assert refresh.status == Refresh.Status.COMPLETED_WITH_ERRORS
    assert refresh.steps.get(kind="segment").problem.code == "profiles_damaged"
    (run,) = export.runs.all()
    assert (run.status, run.reason_details["code"]) == (Run.Status.SKIPPED, "profiles_damaged")


def test_a_source_that_is_back_in_time_ends_well(refresh, monkeypatch):
    def away(segment, cancellation):
        raise SourceUnavailableError("profiles_damaged", source="People")

    with monkeypatch.context() as patched:
        patched.setattr(lifecycle, "evaluate", away)
        advance_refresh(refresh.pk)
        evaluate_queued()
    assert refresh_until_over(refresh).status == Refresh.Status.SUCCEEDED


def test_an_evaluation_that_ends_wakes_the_refresh_that_waits_for_it(refresh):
    advance_refresh(refresh.pk)
    OrmQ.objects.all().delete()
    evaluate_queued()
    (message,) = messages_for(refresh)
    assert message.lock <= timezone.now()


def test_an_evaluation_nobody_waits_for_wakes_nothing(refresh, source):
    advance_refresh(refresh.pk)
    other = start_evaluation(make_segment(source, "Other"), trigger="refresh")[0]
    OrmQ.objects.all().delete()
    evaluate_segment(other.pk)
    assert messages_for(refresh) == []


def test_one_that_ended_while_its_refresh_was_held_is_found_at_once(refresh, monkeypatch):
    """Its message finds the refresh taken, and is spent."""
    advance_refresh(refresh.pk)
    real = refresh_steps.advance_step

    def ends_just_after_it_was_looked_at(refresh, step):
        real(refresh, step)
        evaluate_queued()
        OrmQ.objects.all().delete()

    monkeypatch.setattr(refreshing, "advance_step", ends_just_after_it_was_looked_at)
    Refresh.objects.update(resume_at=timezone.now())
    advance_refresh(refresh.pk)
    assert [message.lock <= timezone.now() for message in messages_for(refresh)] == [True, False]


def test_one_message_is_on_its_way_however_often_somebody_looks(refresh):
    OrmQ.objects.all().delete()
    for _time in range(5):
        advance_refresh(refresh.pk)
    (message,) = messages_for(refresh)
    refresh.refresh_from_db()
    assert message.lock == refresh.resume_at > timezone.now()


def test_the_tick_asks_only_for_one_whose_message_did_not_come(refresh):
    advance_refresh(refresh.pk)
    OrmQ.objects.all().delete()
    start_due()
    assert messages_for(refresh) == []
    with time_machine.travel(timezone.now() + refreshing.LONGEST_GAP + timedelta(seconds=1)):
        start_due()
    assert len(messages_for(refresh)) == 1


def test_a_few_segments_are_evaluated_at_a_time(export, source, alice):
    for number in range(refresh_steps.MAX_EVALUATIONS + 3):
        make_segment(source, f"Segment {number}")
    refresh = start_refresh(by=alice, trigger="on_demand")[0]
    advance_refresh(refresh.pk)
    assert Evaluation.objects.filter(status="queued").count() == refresh_steps.MAX_EVALUATIONS
    assert refresh_until_over(refresh).status == Refresh.Status.SUCCEEDED
    assert Evaluation.objects.count() == refresh_steps.MAX_EVALUATIONS + 4


def test_an_evaluation_that_is_stopped_each_time_fails_the_step_with_that_sentence(refresh):
    segment = Segment.objects.get()
    for _time in range(LIMITS.refresh_step.attempts):
        advance_refresh(refresh.pk)
        assert cancel_evaluation(segment)
    advance_refresh(refresh.pk)
    step = refresh.steps.get(kind="segment")
    assert step.state == RefreshStep.State.FAILED
    assert "Somebody stopped the evaluation" in str(step.problem)


def test_two_workers_at_once_begin_every_step_once(refresh, export):
    first = refreshing._claim(refresh.pk)
    assert refreshing._claim(refresh.pk) is None
    advance_refresh(refresh.pk)
    assert not Evaluation.objects.exists()
    refreshing._put_down(first, at_once=False)
    advance_refresh(refresh.pk)
    assert Evaluation.objects.count() == 1


def test_a_worker_that_was_frozen_for_longer_than_its_lease_writes_nothing_more(refresh):
    frozen = refreshing._claim(refresh.pk)
    Refresh.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    successor = refreshing._claim(refresh.pk)
    step = frozen.steps.select_related("segment", "export__connection", "evaluation").first()
    with pytest.raises(LeaseLostError):
        refresh_steps.advance_step(frozen, step)
    with pytest.raises(LeaseLostError):
        refreshing._put_down(frozen, at_once=False)
    assert not Evaluation.objects.exists()
    refresh.refresh_from_db()
    assert refresh.lease == successor.lease


def test_every_write_renews_the_lease(refresh):
    claimed = refreshing._claim(refresh.pk)
    Refresh.objects.update(lease_until=timezone.now() + timedelta(seconds=1))
    with held(claimed):
        pass
    refresh.refresh_from_db()
    assert refresh.lease_until > timezone.now() + LEASE - timedelta(seconds=30)


def test_a_worker_killed_in_a_step_leaves_it_to_the_next_and_the_attempt_counts(refresh, export, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*arguments, **how):
        raise Killed

    now = timezone.now()
    with monkeypatch.context() as patched:
        patched.setattr(refresh_steps, "start_evaluation", killed)
        for death in range(LIMITS.refresh_step.attempts):
            with time_machine.travel(now + death * timedelta(minutes=15)), pytest.raises(Killed):
                advance_refresh(refresh.pk)
            assert refresh.steps.get(kind="segment").attempts == death + 1
    with time_machine.travel(now + timedelta(hours=1)):
        refresh_until_over(refresh)
    refresh.refresh_from_db()
    assert states(refresh) == {"France": "failed", "Newsletter": "skipped"}
    assert refresh.status == Refresh.Status.COMPLETED_WITH_ERRORS
    assert not refresh.stored_problem  # it was one step, and not the whole


def test_the_page_says_why_a_refresh_was_given_up(refresh, alice_client):
    claimed = refreshing._claim(refresh.pk)
    refreshing._give_up(claimed)
    page = alice_client.get(f"/admin/exports/refresh/{refresh.pk}/change/").content.decode()
    assert "The refresh was stopped before it was done." in page
    assert "interrupted several times without getting further" in page


def test_with_real_workers_that_are_killed_once_a_refresh_ends_and_every_step_is_done_once(
    refresh, source, sandbox, processes
):
    for _life in range(2):
        cluster = processes.start("manage", "qcluster")
        try:
            wait_until(lambda: processes.value("SELECT count(*) FROM segments_evaluation WHERE status <> 'queued'"))
            if _life:
                wait_until(lambda: processes.value("SELECT status FROM exports_refresh") != "running")
        finally:
            os.killpg(cluster.pid, signal.SIGKILL)
            cluster.communicate()
        processes.change(
            "UPDATE segments_evaluation SET claimed_until = '2026-01-01 00:00:00' WHERE status = 'running'"
        )
        processes.change("UPDATE exports_refresh SET lease_until = '2026-01-01 00:00:00' WHERE lease <> ''")
    assert processes.value("SELECT status FROM exports_refresh") == "succeeded"
    assert processes.value("SELECT count(*) FROM exports_run") == 1
    assert processes.value("SELECT count(*) FROM segments_evaluation") == 1
