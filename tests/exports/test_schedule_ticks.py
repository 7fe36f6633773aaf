"""The tick: starts what is due exactly once, whoever else ticks, and catches up once after a time without workers."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django_q.models import OrmQ
from django_q.models import Schedule as Tick

from exports.models import Export, ExportSchedule, Refresh, RefreshSchedule, Run
from exports.models.recurrence import next_times
from exports.schedule import due as schedule_due
from exports.schedule.timetables import save_export_schedule, save_refresh_schedule
from exports.tasks import start_due
from tests.exports.pages import plain_export
from tests.support.processes import at_one_moment

LIST = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"
NEW_YEAR = datetime(2027, 1, 1, 0, 0, tzinfo=UTC)
DAILY, WEEKLY, MONTHLY, SYSTEM = "daily", "weekly", "monthly", "system"


def at(moment: datetime):
    return time_machine.travel(moment, tick=False)


def tick_at(moment: datetime) -> None:
    with at(moment):
        start_due()


def end_runs() -> None:
    Run.objects.open().update(status="succeeded", finished_at=NEW_YEAR)
    OrmQ.objects.all().delete()


@pytest.fixture
def plan(connection, alice):
    """Make an export with a timetable, as it is saved at `now`."""

    def make(recurrence: str, times=("02:30",), days=(), zone="Europe/Berlin", now=NEW_YEAR, name="Newsletter"):
        export = plain_export(connection, LIST, name)
        with at(now):
            save_export_schedule(
                export, by=alice, is_on=True, recurrence=recurrence, times=list(times), days=list(days), time_zone=zone
            )
        return export

    return make


def planned_runs(export: Export) -> list[datetime]:
    return list(export.runs.order_by("pk").values_list("scheduled_for", flat=True))


@pytest.mark.parametrize(
    ("recurrence", "days", "zone"),
    [
        (DAILY, (), "America/New_York"),
        (WEEKLY, (0, 3), "Europe/Berlin"),
        (MONTHLY, (1, 31), "Australia/Lord_Howe"),
    ],
)
def test_a_year_of_ticks_starts_each_time_once_though_two_tick_and_workers_restart(recurrence, days, zone, plan):
    export = plan(recurrence, ("01:45",), days, zone)
    timing = ExportSchedule.objects.get().timing
    end = NEW_YEAR + timedelta(days=365)
    expected = [moment for moment in next_times(timing, NEW_YEAR, 400) if moment <= end]
    for moment in expected:
        tick_at(moment - timedelta(minutes=1))  # not yet
        end_runs()
        tick_at(moment + timedelta(seconds=20))
        end_runs()
        tick_at(moment + timedelta(seconds=50))  # the other one, after a restart too
        end_runs()
    assert planned_runs(export) == expected
    assert not any(run.is_late for run in export.runs.all())


def test_the_system_refresh_of_a_year_starts_each_time_once(alice, connection):
    with at(NEW_YEAR):
        save_refresh_schedule(
            by=alice, is_on=True, recurrence=WEEKLY, days=[1, 5], times=["02:15", "14:00"], time_zone="Europe/Berlin"
        )
    schedule = RefreshSchedule.current()
    end = NEW_YEAR + timedelta(days=365)
    expected = [moment for moment in schedule.times_after(NEW_YEAR, 400) if moment <= end]
    for moment in expected:
        for seconds in (20, 50):
            tick_at(moment + timedelta(seconds=seconds))
            Refresh.objects.update(status="succeeded", finished_at=NEW_YEAR)
    assert list(Refresh.objects.order_by("pk").values_list("scheduled_for", flat=True)) == expected
    OrmQ.objects.all().delete()


def test_clusters_that_tick_at_the_same_moment_start_it_once(processes, plan):
    plan(DAILY, now=NEW_YEAR)
    ExportSchedule.objects.update(next_run_at=datetime(2026, 1, 1, tzinfo=UTC))
    at_one_moment(*[processes.start("tests.exports.start_what_is_due") for _cluster in range(3)])
    assert processes.value("SELECT count(*) FROM exports_run") == 1
    assert processes.value("SELECT count(*) FROM django_q_ormq") == 1


def test_one_that_was_found_due_and_taken_by_another_is_not_started_again(plan):
    export = plan(DAILY)
    due = NEW_YEAR + timedelta(days=1)
    stale = ExportSchedule.objects.get()
    with at(due):
        assert schedule_due.move_on(ExportSchedule.objects.get(), stale.time_after(due))
        assert not schedule_due.move_on(stale, stale.time_after(due))
    assert export.runs.count() == 0


def test_what_was_missed_starts_once_and_is_late(plan):
    export = plan(DAILY)  # 02:30 in Berlin is 01:30 UTC
    back = datetime(2027, 1, 5, 6, 12, tzinfo=UTC)
    tick_at(back)
    tick_at(back + timedelta(minutes=1))
    (run,) = export.runs.all()
    assert run.scheduled_for == datetime(2027, 1, 1, 1, 30, tzinfo=UTC)
    assert run.is_late
    assert (run.trigger, run.started_by) == (Run.Trigger.SCHEDULED, None)
    assert ExportSchedule.objects.get().next_run_at == datetime(2027, 1, 6, 1, 30, tzinfo=UTC)


def test_what_comes_while_a_run_is_open_starts_when_that_is_over(plan, bob):
    export = plan(DAILY)
    Run.objects.create(export=export, trigger="preview", preview=True, configuration={})
    due = datetime(2027, 1, 1, 1, 30, tzinfo=UTC)
    tick_at(due)
    assert planned_runs(export) == [None]
    Run.objects.update(status="planned")
    tick_at(due + timedelta(minutes=1))
    assert planned_runs(export) == [None, due]


def test_a_killed_tick_leaves_it_due(plan, monkeypatch):
    export = plan(DAILY)

    class Killed(BaseException):
        pass

    def killed(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(schedule_due, "start_run", killed)
        with pytest.raises(Killed):
            tick_at(NEW_YEAR + timedelta(hours=2))
    assert export.runs.count() == 0
    tick_at(NEW_YEAR + timedelta(hours=3))
    assert export.runs.count() == 1


def test_one_that_cannot_be_started_keeps_no_other_from_it(plan):
    broken, good = plan(DAILY, name="A"), plan(DAILY, name="B")
    ExportSchedule.objects.filter(export=broken).update(time_zone="Atlantis/Capital")
    tick_at(NEW_YEAR + timedelta(hours=2))
    assert good.runs.get().is_open


def test_one_that_cannot_be_started_fails_once_and_is_left_alone(plan, caplog):
    broken = plan(DAILY)
    ExportSchedule.objects.update(time_zone="Atlantis/Capital")
    for minutes in range(5):
        tick_at(NEW_YEAR + timedelta(hours=2, minutes=minutes))
    (run,) = broken.runs.all()
    assert (run.status, run.reason, run.trigger) == ("failed", "unexpected", "scheduled")
    assert caplog.text.count("could not be started") == 1


def test_a_refresh_that_cannot_be_started_says_so_once(alice, connection):
    with at(NEW_YEAR):
        save_refresh_schedule(by=alice, is_on=True, recurrence=DAILY, days=[], times=["02:15"], time_zone="UTC")
    RefreshSchedule.objects.update(time_zone="Atlantis/Capital")
    for minutes in range(3):
        tick_at(NEW_YEAR + timedelta(hours=3, minutes=minutes))
    refresh = Refresh.objects.get()
    assert refresh.status == Refresh.Status.COMPLETED_WITH_ERRORS
    assert "could not be started" in str(refresh.problem)


def test_what_cannot_run_is_written_down_as_failed_with_the_reason(plan, connection):
    export = plan(DAILY)
    type(connection).objects.update(state="needs_reconnecting")
    tick_at(NEW_YEAR + timedelta(hours=2))
    (run,) = export.runs.all()
    assert (run.status, run.reason, run.trigger) == ("failed", "reconnect", "scheduled")
    assert run.scheduled_for == datetime(2027, 1, 1, 1, 30, tzinfo=UTC)


def test_a_detached_export_does_not_run_and_catches_nothing_up_when_it_is_attached_again(plan, connection):
    export = plan(DAILY)
    Export.objects.update(connection=None)
    tick_at(NEW_YEAR + timedelta(hours=2))
    Export.objects.update(connection=connection)
    tick_at(NEW_YEAR + timedelta(hours=3))
    assert export.runs.count() == 0
    tick_at(NEW_YEAR + timedelta(days=1, hours=2))
    assert export.runs.count() == 1


def test_switched_off_or_following_the_system_nothing_is_due(plan, alice):
    export = plan(DAILY)
    for columns in ({"is_on": False, "recurrence": DAILY}, {"is_on": True, "recurrence": SYSTEM}):
        save_export_schedule(export, by=alice, **columns, times=["02:30"], days=[], time_zone="UTC")
        tick_at(NEW_YEAR + timedelta(days=40))
    assert export.runs.count() == 0
    assert ExportSchedule.objects.get().next_run_at is None


def test_switching_on_again_catches_nothing_up(plan, alice):
    export = plan(DAILY)
    columns = {"recurrence": DAILY, "times": ["02:30"], "days": [], "time_zone": "UTC"}
    save_export_schedule(export, by=alice, is_on=False, **columns)
    with at(NEW_YEAR + timedelta(days=40)):
        save_export_schedule(export, by=alice, is_on=True, **columns)
        start_due()
    assert export.runs.count() == 0


@pytest.mark.django_db
def test_the_queue_ticks_every_minute():
    assert Tick.objects.get(func="exports.tasks.start_due").minutes == 1
    assert Tick.objects.get(func="exports.tasks.advance_open_runs").minutes == 1
