"""System › Schedule and the pane of exports: who may change what, what is refused, and what the list says."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from connections.models import Connection
from exports.models import Export, ExportSchedule, Refresh, RefreshSchedule, Run
from exports.schedule.refresh import start_refresh
from exports.schedule.timetables import in_words, save_export_schedule, save_refresh_schedule
from tests.exports.pages import plain_export, sentences
from tests.exports.test_list_pages import ended, rows_of
from tests.support.fixtures_connections import make_connection
from tests.support.fixtures_exports import refresh_until_over

SCHEDULE = "/admin/exports/refresh/"
PANE = "/admin/exports/export/schedule/"
EXPORTS = "/admin/exports/export/"
LIST = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"
WEEKLY = {
    "is_on": "on",
    "recurrence": "weekly",
    "weekday": ["1", "4"],
    "time": ["14:00", "02:30", "", ""],
    "time_zone": "Europe/Berlin",
}


def pane(*exports: Export) -> str:
    return PANE + "?" + "&".join(f"export={export.pk}" for export in exports)


@pytest.fixture
def hidden(connection, sandbox, alice) -> Connection:
    Connection.objects.filter(pk=connection.pk).update(sharing="contributors")
    return make_connection(sandbox, alice, "Board only")


# System › Schedule


def test_it_is_off_until_an_administrator_switches_it_on(alice_client, db):
    assert "The refresh schedule is off" in alice_client.get(SCHEDULE).content.decode()
    assert not RefreshSchedule.current().is_on


def test_saving_applies_and_starts_nothing(alice_client, alice):
    with time_machine.travel(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), tick=False):
        answer = alice_client.post(SCHEDULE, WEEKLY, follow=True)
    assert sentences(answer) == "The refresh schedule is saved."
    schedule = RefreshSchedule.current()
    assert (schedule.days, schedule.times, schedule.updated_by) == ([1, 4], ["02:30", "14:00"], alice)
    assert schedule.next_run_at == datetime(2026, 11, 26, 1, 30, tzinfo=UTC)
    assert not Refresh.objects.exists()
    assert in_words(schedule) == "Weekly on Monday, Thursday at 02:30, 14:00 (Europe/Berlin)"


def test_the_next_three_times_are_there_for_the_browser_to_tell_in_its_zone(alice, carol_client):
    with time_machine.travel(datetime(2026, 11, 24, 12, 0, tzinfo=UTC)):
        save_refresh_schedule(
            by=alice, is_on=True, recurrence="daily", days=[], times=["02:30"], time_zone="Asia/Shanghai"
        )
        body = carol_client.get(SCHEDULE).content.decode()
    for day in (24, 25, 26):
        assert body.count(f'datetime="2026-11-{day}T18:30:00+00:00" data-zone="Asia/Shanghai"') == 1
    assert "Wed Nov. 25, 2026, 2:30 a.m." in body


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weekday": []}, "Select at least one day."),
        ({"time": ["", ""]}, "Enter a time."),
        ({"time": ["25:00"]}, "Enter each time as hours and minutes"),
        ({"time": ["01:00", "02:00", "03:00", "04:00", "05:00"]}, "Enter each time as hours and minutes"),
        ({"time_zone": "Atlantis/Capital"}, "There is no time zone with this name."),
        ({"time_zone": ""}, "There is no time zone with this name."),
        ({"recurrence": "monthly"}, "Choose how often it runs."),
        ({"recurrence": "system"}, "Choose how often it runs."),
        ({"recurrence": ""}, "Choose how often it runs."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(changes, sentence, alice_client):
    answer = alice_client.post(SCHEDULE, WEEKLY | changes)
    assert sentence in answer.content.decode()
    assert "The schedule is not saved yet." in answer.content.decode()
    assert not RefreshSchedule.objects.exists()


def test_switching_off_needs_nothing_else_and_keeps_the_times(alice_client):
    alice_client.post(SCHEDULE, WEEKLY)
    alice_client.post(SCHEDULE, {"recurrence": "weekly", "time_zone": ""})
    schedule = RefreshSchedule.current()
    assert (schedule.is_on, schedule.next_run_at) == (False, None)
    assert (schedule.days, schedule.time_zone) == ([1, 4], "Europe/Berlin")


def test_others_look_and_change_nothing(bob_client, carol_client):
    for client in (bob_client, carol_client):
        body = client.get(SCHEDULE).content.decode()
        assert "Refresh schedule" in body
        assert 'name="recurrence"' not in body
        assert "Refresh now" not in body
        assert client.post(SCHEDULE, WEEKLY).status_code == 403
        assert client.post(SCHEDULE + "now/").status_code == 403
    assert not RefreshSchedule.objects.exists()
    assert not Refresh.objects.exists()


def test_refresh_now_starts_one_and_the_second_click_leads_to_it(alice_client, alice):
    first = alice_client.post(SCHEDULE + "now/", follow=True)
    second = alice_client.post(SCHEDULE + "now/", follow=True)
    refresh = Refresh.objects.get()
    assert (refresh.trigger, refresh.started_by) == ("on_demand", alice)
    assert first.redirect_chain == second.redirect_chain == [(f"{SCHEDULE}{refresh.pk}/change/", 302)]
    assert "already in progress" in sentences(second)


def test_a_link_to_refresh_now_starts_nothing(alice_client):
    assert alice_client.get(SCHEDULE + "now/").status_code == 302
    assert not Refresh.objects.exists()


def test_a_refresh_tells_what_became_of_each_segment_and_export(carol_client, connection):
    plain_export(connection, LIST)  # its segment has no stored profiles
    refresh, _started = start_refresh(by=None, trigger="scheduled", scheduled_for=timezone.now() - timedelta(hours=5))
    refresh_until_over(refresh)
    body = carol_client.get(f"{SCHEDULE}{refresh.pk}/change/").content.decode()
    assert "Completed with errors" in body
    assert "has no profiles" in body or "Upload" in body
    assert "Skipped" in body
    assert "late: planned for" in body


# The pane of exports


def test_one_export_gets_its_own_timetable(bob_client, connection, hidden):
    export = plain_export(connection, LIST)
    columns = {**WEEKLY, "recurrence": "monthly", "day": ["1", "31"], "time": "06:00", "time_zone": "UTC"}
    with time_machine.travel(datetime(2026, 2, 10, tzinfo=UTC)):
        answer = bob_client.post(pane(export), columns, follow=True)
    assert "is saved. Saving does not run it." in sentences(answer)
    schedule = ExportSchedule.objects.get()
    assert in_words(schedule) == "Monthly on day 1, 31 at 06:00 (UTC)"
    assert schedule.next_run_at == datetime(2026, 2, 28, 6, tzinfo=UTC)
    assert not export.runs.exists()


def test_keeping_individual_schedules_only_switches_them(alice, alice_client, connection):
    own, system = plain_export(connection, LIST, "Own"), plain_export(connection, LIST, "System")
    save_export_schedule(own, by=alice, is_on=True, recurrence="daily", times=["05:00"], time_zone="UTC")
    alice_client.post(pane(own, system), {"scope": "keep", **WEEKLY, "is_on": []})
    assert set(ExportSchedule.objects.values_list("is_on", "next_run_at")) == {(False, None)}
    alice_client.post(pane(own, system), {"scope": "keep", "is_on": "on"})
    told = {schedule.export.name: in_words(schedule) for schedule in ExportSchedule.objects.all()}
    assert told == {"Own": "Daily at 05:00 (UTC)", "System": "System refresh"}
    assert ExportSchedule.objects.get(export=own).next_run_at is not None


def test_a_new_schedule_for_all_selected_overrides_theirs(alice, alice_client, connection):
    own, system = plain_export(connection, LIST, "Own"), plain_export(connection, LIST, "System")
    save_export_schedule(own, by=alice, is_on=True, recurrence="daily", times=["05:00"], time_zone="UTC")
    body = alice_client.get(pane(own, system)).content.decode()
    assert "Schedule exports (2 selected)" in body
    assert "Individual schedules will be overridden." in body
    alice_client.post(pane(own, system), {"scope": "new", **WEEKLY, "time": "02:30"})
    told = {in_words(schedule) for schedule in ExportSchedule.objects.all()}
    assert told == {"Weekly on Monday, Thursday at 02:30 (Europe/Berlin)"}


def test_exports_one_may_only_view_are_skipped_and_counted_in_a_message(bob_client, connection, hidden):
    mine, theirs = plain_export(connection, LIST, "Mine"), plain_export(hidden, LIST, "Theirs")
    assert "left alone" in bob_client.get(pane(mine, theirs)).content.decode()
    answer = bob_client.post(pane(mine, theirs), {**WEEKLY, "time": "02:30"}, follow=True)
    assert "1 export was skipped: you may only look at it." in sentences(answer)
    assert ExportSchedule.objects.get().export == mine
    assert bob_client.get(pane(theirs)).status_code == 403
    assert bob_client.post(pane(theirs), WEEKLY).status_code == 403


def test_the_bulk_action_leads_to_the_pane(bob_client, connection):
    first, second = plain_export(connection, LIST, "A"), plain_export(connection, LIST, "B")
    chosen = {"action": "schedule_selected", "_selected_action": [first.pk, second.pk]}
    answer = bob_client.post(EXPORTS, chosen)
    assert (answer.status_code, answer.url) == (302, pane(first, second))


@pytest.mark.parametrize("query", ["", "?export=0", "?export=x", "?export=1%20OR%201"])
def test_no_export_no_pane(query, alice_client):
    assert alice_client.get(PANE + query).status_code == 404


# The list


def test_the_list_tells_the_schedule_and_the_next_run(alice, alice_client, connection):
    plain_export(connection, LIST, "A system")
    with time_machine.travel(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), tick=False):
        for name, columns in {
            "B own": {"is_on": True, "recurrence": "daily", "times": ["15:00"], "time_zone": "UTC"},
            "C off": {"is_on": False},
        }.items():
            save_export_schedule(plain_export(connection, LIST, name), by=alice, **columns)
        system, own, off = rows_of(alice_client.get(EXPORTS))
        assert "System refresh The refresh schedule is off" in system
        assert "Daily Next: 3 hours from now" in own
        assert "Off Runs only when somebody runs it" in off
        save_refresh_schedule(by=alice, is_on=True, recurrence="daily", days=[], times=["14:00"], time_zone="UTC")
        assert "System refresh Next: 2 hours from now" in rows_of(alice_client.get(EXPORTS))[0]


def test_a_run_that_began_late_says_so(alice_client, connection):
    export = plain_export(connection, LIST)
    ended(export, "succeeded", trigger="scheduled", scheduled_for=timezone.now() - timedelta(hours=5))
    (row,) = rows_of(alice_client.get(EXPORTS))
    assert "Started late" in row
    run = export.runs.get()
    assert "late: planned for" in alice_client.get(f"/admin/exports/run/{run.pk}/change/").content.decode()


def test_an_export_that_ran_by_its_own_schedule_is_not_called_skipped(alice, alice_client, connection):
    export = plain_export(connection, LIST)
    save_export_schedule(export, by=alice, is_on=True, recurrence="daily", times=["05:00"], time_zone="UTC")
    ended(export, "succeeded", trigger="scheduled")
    refresh, _started = start_refresh(by=None, trigger="scheduled")
    refresh_until_over(refresh)
    (row,) = rows_of(alice_client.get(EXPORTS))
    assert "Successful" in row
    assert "Skipped" not in row


def test_one_that_was_skipped_also_tells_when_it_last_ran(alice_client, connection):
    export = plain_export(connection, LIST)
    ended(export, "succeeded", queued_at=timezone.now() - timedelta(days=3))
    ended(export, "skipped", reason="no_members", trigger="refresh")
    (row,) = rows_of(alice_client.get(EXPORTS))
    assert "Skipped" in row
    assert "Last ran 3 days ago" in row


# Run all


def test_run_all_asks_and_then_runs_those_whose_schedule_is_on(alice, alice_client, connection, hidden):
    on, off = plain_export(connection, LIST, "On"), plain_export(connection, LIST, "Off")
    plain_export(None, LIST, "Detached")
    save_export_schedule(off, by=alice, is_on=False)
    body = alice_client.get(EXPORTS + "run-all/").content.decode()
    assert "1 export is left out, because its schedule is off." in body
    assert not Run.objects.exists()
    alice_client.post(EXPORTS + "run-all/")
    assert list(Run.objects.values_list("export", "trigger", "started_by")) == [(on.pk, "on_demand", alice.pk)]


def test_run_all_runs_what_one_may_run(bob_client, carol_client, connection, hidden):
    mine = plain_export(connection, LIST, "Mine")
    plain_export(hidden, LIST, "Theirs")
    assert "1 export is left alone" in bob_client.get(EXPORTS + "run-all/").content.decode()
    bob_client.post(EXPORTS + "run-all/")
    assert list(Run.objects.values_list("export", flat=True)) == [mine.pk]
    assert carol_client.post(EXPORTS + "run-all/").status_code == 403
    assert "run-all" not in carol_client.get(EXPORTS).content.decode()
