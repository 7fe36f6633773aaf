"""The system refresh: segments first, then the exports that follow it; what fails is said and stops nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from django_q.models import OrmQ

from exports.models import Export, ExportSchedule, Refresh, RefreshStep, Run
from exports.runs import start_run
from exports.schedule import refresh as refreshing
from exports.schedule import refresh_steps
from exports.schedule.refresh import advance_refresh, following_exports, start_refresh
from exports.schedule.refresh_steps import LEASE, LeaseLostError
from exports.schedule.timetables import save_export_schedule, switch
from exports.tasks import start_due
from profiles.models import ProfileSource
from segments.evaluations import lifecycle
from segments.models import Evaluation, Segment
from segments.tasks import evaluate_segment
from tests.exports.pages import plain_source
from tests.support.fixtures_exports import (
    REACHED,
    make_export,
    make_segment,
    on_list,
    refresh_until_over,
    work_once,
    work_until_over,
)


def refreshed(by=None, **columns) -> Refresh:
    refresh, started = start_refresh(by=by, trigger="on_demand", **columns)
    assert started
    return refresh_until_over(refresh)


def states(refresh: Refresh) -> dict[str, str]:
    return dict(refresh.steps.values_list("name", "state"))


@pytest.fixture
def empty_segment(source) -> Segment:
    """A segment whose source has nothing that could be read."""
    return make_segment(plain_source("Never imported"), "Unreadable", [])


def test_segments_are_counted_and_then_the_exports_that_follow_run(export, alice, sandbox, list_id):
    refresh = refreshed(alice)
    assert refresh.status == Refresh.Status.SUCCEEDED
    segment, of_export = refresh.steps.all()
    assert (segment.name, segment.state, segment.count) == ("France", "done", 6)
    assert Segment.objects.get().member_count == 6
    run = of_export.run
    assert (run.trigger, run.started_by, run.export) == (Run.Trigger.REFRESH, alice, export)
    assert segment.finished_at <= run.queued_at
    work_until_over(run)
    assert on_list(sandbox, list_id) == REACHED


def test_an_export_of_a_segment_that_cannot_be_read_is_skipped_with_the_reason(
    export, empty_segment, connection, sandbox
):
    other = make_export(connection, sandbox.add_list("Other"), empty_segment, name="Other")
    refresh = refreshed()
    assert refresh.status == Refresh.Status.COMPLETED_WITH_ERRORS
    assert states(refresh) == {"France": "done", "Unreadable": "failed", "Newsletter": "done", "Other": "skipped"}
    (run,) = other.runs.all()
    assert (run.status, run.reason) == (Run.Status.SKIPPED, "segment")
    assert "Never imported" in str(refresh.steps.get(name="Unreadable").problem)
    assert run.reason_details == refresh.steps.get(name="Unreadable").stored_problem
    assert export.runs.get().is_open


def test_only_exports_that_follow_it_run(export, alice, connection, sandbox):
    segment = Segment.objects.get()
    others = [
        make_export(connection, sandbox.add_list(name), segment, name=name) for name in ("Own", "Off", "Detached")
    ]
    save_export_schedule(others[0], by=alice, recurrence="daily", times=["02:00"], time_zone="UTC")
    switch(others[1], is_on=False, by=alice)
    Export.objects.filter(pk=others[2].pk).update(connection=None)
    assert list(following_exports()) == [export]
    refreshed()
    assert set(Run.objects.values_list("export__name", flat=True)) == {"Newsletter"}


def test_an_export_that_cannot_run_is_failed_and_the_others_run(export, alice, connection, sandbox):
    other = make_export(connection, "", Segment.objects.get(), name="Without a list")
    refresh = refreshed()
    assert states(refresh)["Without a list"] == "failed"
    assert (other.runs.get().status, other.runs.get().reason) == ("failed", "no_list")
    assert export.runs.get().is_open


def test_a_run_in_progress_is_not_started_again(export, alice, bob):
    run = start_run(export, by=bob)[0]
    refresh = refreshed(alice)
    assert refresh.steps.get(kind="export").run == run
    assert export.runs.count() == 1


def test_a_preview_in_progress_is_waited_for(export, alice):
    preview = start_run(export, by=alice, trigger="preview", preview=True)[0]
    refresh, _started = start_refresh(by=alice, trigger="on_demand")
    advance_refresh(refresh.pk)
    evaluate_segment(Evaluation.objects.get().pk)
    advance_refresh(refresh.pk)
    assert states(refresh) == {"France": "done", "Newsletter": "pending"}
    work_once(preview)
    OrmQ.objects.all().delete()
    with time_machine.travel(timezone.now() + refreshing.LONGEST_GAP):
        start_due()
        assert OrmQ.objects.count() == 1
        advance_refresh(refresh.pk)
    refresh.refresh_from_db()
    assert refresh.status == Refresh.Status.SUCCEEDED
    assert refresh.steps.get(kind="export").run.trigger == Run.Trigger.REFRESH


def test_there_is_one_refresh_at_a_time(export, alice, bob):
    first, _started = start_refresh(by=alice, trigger="on_demand")
    assert start_refresh(by=bob, trigger="on_demand") == (first, False)
    assert OrmQ.objects.count() == 1


def test_a_worker_that_dies_leaves_the_rest_to_the_next(export, alice, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(segment, **how):
        raise Killed

    refresh, _started = start_refresh(by=alice, trigger="on_demand")
    with monkeypatch.context() as patched:
        patched.setattr(refresh_steps, "start_evaluation", killed)
        with pytest.raises(Killed):
            advance_refresh(refresh.pk)
    advance_refresh(refresh.pk)  # its lease still holds
    assert set(states(refresh).values()) == {"pending"}
    OrmQ.objects.all().delete()
    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
        start_due()
        assert OrmQ.objects.count() == 1
        refresh_until_over(refresh)
    assert set(states(refresh).values()) == {"done"}
    assert export.runs.count() == 1


def test_a_step_that_is_done_is_not_done_again_by_one_who_was_slow(export, alice):
    refresh, _started = start_refresh(by=alice, trigger="on_demand")
    stale = refreshing._claim(refresh.pk)
    slow = list(refresh.steps.select_related("segment", "export__connection", "evaluation"))
    Refresh.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    refresh_until_over(refresh)
    Run.objects.update(status="succeeded", finished_at=timezone.now())
    for step in slow:
        with pytest.raises(LeaseLostError):
            refresh_steps.advance_step(stale, step)
    assert export.runs.count() == 1
    assert Evaluation.objects.count() == 1


def test_what_is_removed_meanwhile_is_no_failure(export, alice):
    refresh, _started = start_refresh(by=alice, trigger="on_demand")
    Export.objects.all().delete()
    Segment.objects.all().delete()
    advance_refresh(refresh.pk)
    refresh.refresh_from_db()
    assert refresh.status == Refresh.Status.SUCCEEDED
    assert states(refresh) == {"France": "gone", "Newsletter": "gone"}


def test_a_trouble_of_our_own_with_one_segment_stops_no_other(export, alice, monkeypatch):
    def broken(segment, cancellation):
        raise OSError("the disk is gone")

    with monkeypatch.context() as patched:
        patched.setattr(lifecycle, "evaluate", broken)
        refresh = refreshed(alice)
    assert refresh.status == Refresh.Status.COMPLETED_WITH_ERRORS
    assert "failed unexpectedly" in str(refresh.steps.get(kind="segment").problem)
    assert export.runs.get().status == Run.Status.SKIPPED


def test_a_scheduled_refresh_that_started_late_says_so_on_its_runs(export):
    planned = datetime(2026, 1, 1, 2, 0, tzinfo=UTC)
    refresh = refreshed(scheduled_for=planned)
    assert refresh.is_late
    assert export.runs.get().scheduled_for == planned
    assert export.runs.get().is_late


def test_with_nothing_to_do_it_succeeds(db):
    assert refreshed().status == Refresh.Status.SUCCEEDED
    assert not RefreshStep.objects.exists()
    assert not ProfileSource.objects.exists()
    assert not ExportSchedule.objects.exists()
