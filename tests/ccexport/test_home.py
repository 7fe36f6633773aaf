"""What Home shows, and to whom."""

from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ

from ccexport.home.sent_chart import sent_by_day
from ccexport.roles import ADMINISTRATORS
from connections.models import Connection, RequestBudget
from exports.models import Batch, Export, RefreshSchedule, Run
from exports.schedule.timetables import save_refresh_schedule
from profiles.models import ProfileSource
from segments.models import Segment
from tests.support.batches import stored_batch
from tests.support.marks import mark
from web.charts import MIN_HEIGHT


@pytest.fixture
def source(db) -> ProfileSource:
    return ProfileSource.objects.create(name="Customers", key_attribute="id", row_count=19_972)


@pytest.fixture
def segment(source) -> Segment:
    return Segment.objects.create(name="United States", source=source, member_count=8_103)


@pytest.fixture
def connected(db) -> Connection:
    return Connection.objects.create(display_name="Newsletter", state="connected", saved_at=timezone.now())


@pytest.fixture
def export(connected, segment) -> Export:
    export = Export.objects.create(name="US newsletter", connection=connected, list_id="a-list")
    export.segments.add(segment)
    return export


def run_of(export: Export, status: str, **columns: object) -> Run:
    over = None if status in (*Run.OPEN, Run.Status.PLANNED, Run.Status.NEEDS_DECISION) else timezone.now()
    return Run.objects.create(export=export, trigger="on_demand", status=status, finished_at=over, **columns)


def needs(client) -> list[str]:
    attention = client.get("/").context["attention"]
    return [item.title for item in attention if item.title != "No worker is running."]


def test_a_newcomer_is_led_to_the_profiles_first(alice_client):
    steps = alice_client.get("/").context["steps"]

    assert [step.state for step in steps] == ["current", "todo", "todo", "todo", "todo"]
    assert steps[0].title == "Upload customer profiles"


def test_the_step_at_hand_is_the_first_that_is_not_done(alice_client, segment):
    steps = alice_client.get("/").context["steps"]

    assert [step.state for step in steps] == ["done", "done", "current", "todo", "todo"]
    assert steps[2].href == "/admin/connections/connection/add/"


def test_only_whoever_may_take_a_step_gets_its_button(bob_client, segment):
    connect = bob_client.get("/").context["steps"][2]

    assert connect.state == "current"
    assert connect.href is None


def test_after_the_first_run_numbers_take_the_place_of_the_steps(alice_client, export):
    run = run_of(export, "succeeded")
    stored_batch(run, 8_000, refused=2, cannot_add=1)

    response = alice_client.get("/")

    assert response.context["steps"] == []
    assert response.context["counts"]["accepted"] == 7_997
    assert "19,972" in response.content.decode()


def test_a_preview_is_no_first_run(alice_client, export):
    run_of(export, "planned", preview=True)

    assert alice_client.get("/").context["steps"][-1].state == "current"


def test_a_connection_to_repair_is_shown_to_administrators_alone(alice_client, bob_client, carol_client, connected):
    Connection.objects.update(state="needs_reconnecting")

    assert needs(alice_client) == ["The connection “Newsletter” needs reconnecting."]
    assert needs(bob_client) == needs(carol_client) == []


def test_a_failed_run_is_shown_until_a_later_one_settles_it(bob_client, export):
    run_of(export, "failed")
    assert needs(bob_client) == ["The last run of “US newsletter” failed."]

    run_of(export, "succeeded")
    assert needs(bob_client) == []


def test_a_preview_does_not_settle_a_failed_run(bob_client, export):
    run_of(export, "failed")
    run_of(export, "planned", preview=True)

    assert needs(bob_client) == ["The last run of “US newsletter” failed."]


@pytest.mark.parametrize("reason", ["no_members", "list_in_use", "unexpected"])
def test_a_skipped_run_is_shown_as_skipped(reason, bob_client, export):
    details = {"export": "Other", "list": "News"}
    run_of(export, "skipped", reason=reason, reason_details=details, configuration={"mapping": {}})

    (item,) = bob_client.get("/").context["attention"]

    assert (item.title, item.tone) == ("The export “US newsletter” was skipped.", "warning")


def test_an_export_that_failed_for_its_connection_is_shown_to_who_sees_no_connections(
    bob_client, alice_client, export, connected
):
    Connection.objects.update(state="needs_reconnecting")
    run_of(export, "failed", reason="reconnect", reason_details={"connection": "Newsletter"})

    assert needs(bob_client) == ["The last run of “US newsletter” failed."]
    assert needs(alice_client) == ["The connection “Newsletter” needs reconnecting."]


def test_an_unchanged_run_has_no_number_of_accepted(carol_client, export):
    run_of(export, "succeeded", counts={"unchanged": 152})

    assert "152 unchanged, nothing to send" in carol_client.get("/").text


def test_missing_workers_are_shown_to_administrators(alice_client, bob_client):
    def titles(client):
        return [item.title for item in client.get("/").context["attention"]]

    assert titles(alice_client) == ["No worker is running."]
    assert titles(bob_client) == []


def test_stuck_queue_is_shown_to_administrators(alice_client, bob_client):
    now = timezone.now()
    get_broker().set_stat(f"{Conf.Q_STAT}:a-worker", mark(now - timedelta(hours=1)), 600)
    assert alice_client.get("/").context["attention"] == []

    OrmQ.objects.create(key="exporter", payload="a message", lock=now - timedelta(minutes=3))

    assert [item.title for item in alice_client.get("/").context["attention"]] == ["The task queue is stuck."]
    assert bob_client.get("/").context["attention"] == []


def test_the_budget_of_today_is_shown(carol_client, settings):
    RequestBudget.objects.create(client_id=settings.CONSTANT_CONTACT_CLIENT_ID, day=timezone.now().date(), spent=1_234)

    budget = carol_client.get("/").context["budget"]

    assert (budget.spent, budget.limit) == (1_234, settings.CONSTANT_CONTACT_REQUESTS_PER_DAY)


def test_the_chart_shows_runs_that_are_over_oldest_first(alice_client, export):
    for number, rows in enumerate([100, 50, 0], start=1):
        run = run_of(export, "succeeded")
        stored_batch(run, rows, activity_id=f"activity-{number}")
    run_of(export, "running")

    chart = alice_client.get("/").context["chart"]

    assert [bar.height for bar in chart.rects] == [100, 50, MIN_HEIGHT]
    assert [bar.x for bar in chart.rects] == [chart.width - 29, chart.width - 19, chart.width - 9]


def sent(export: Export, days_ago: int, rows: int, state: str = "completed", **counts: int) -> None:
    number = Batch.objects.count()
    sent_at = timezone.now() - timedelta(days=days_ago)
    run = run_of(export, "succeeded")
    stored_batch(run, rows, state, sent_at=sent_at, activity_id=f"activity-{number}", **counts)


def test_contacts_are_counted_by_the_day_they_were_sent_and_by_what_became_of_them(carol_client, export):
    sent(export, 0, 100, refused=3, cannot_add=7)
    sent(export, 0, 50, state="refused")
    sent(export, 2, 20, state="sent")
    sent(export, 29, 5)
    sent(export, 30, 1_000)  # too long ago

    daily = carol_client.get("/").context["daily"]

    assert [(day.date, {part.name: part.count for part in day.parts}) for day in daily.busy_days] == [
        (timezone.localdate(), {"accepted": 90, "cannot_add": 7, "refused": 3, "not_imported": 50}),
        (timezone.localdate() - timedelta(days=2), {"outcome_unknown": 20}),
        (timezone.localdate() - timedelta(days=29), {"accepted": 5}),
    ]
    assert (len(daily.days), daily.total, daily.highest.total) == (30, 175, 150)


def test_nothing_is_being_imported_of_a_run_that_is_over(carol_client, export):
    sent(export, 0, 20, state="sent")
    sent(export, 0, 30, state="unknown")
    run = run_of(export, "waiting", reason="importing")
    stored_batch(run, 7, "sent", sent_at=timezone.now(), activity_id="under way")

    page = carol_client.get("/")

    (today,) = page.context["daily"].busy_days
    assert {part.name: part.count for part in today.parts} == {"importing": 7}  # which sends the others again
    run.delete()
    (today,) = carol_client.get("/").context["daily"].busy_days
    assert {part.name: part.count for part in today.parts} == {"outcome_unknown": 30}  # of two runs, the later one


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/Los_Angeles", "Europe/Berlin", "Asia/Kathmandu"])
def test_each_batch_is_counted_on_one_day_of_the_time_zone(zone, carol_client, export):
    with timezone.override(zone):
        moments = [timezone.now() - timedelta(minutes=47 * number) for number in range(900)]
        run = run_of(export, "succeeded")
        rows = {"run": run, "state": "completed", "rows": 1, "accepted": 1, "body_bytes": 1}
        Batch.objects.bulk_create(
            Batch(number=number, activity_id=f"activity-{number}", sent_at=moment, **rows)
            for number, moment in enumerate(moments)
        )
        expected = Counter(timezone.localdate(moment) for moment in moments)

        daily = sent_by_day()

        assert daily is not None
        assert {day.date: day.total for day in daily.days} == {day.date: expected[day.date] for day in daily.days}


def test_who_was_sent_again_the_same_day_is_counted_once(carol_client, export):
    sent(export, 0, 40, state="sent")
    sent(export, 0, 40)

    daily = carol_client.get("/").context["daily"]

    assert (daily.total, daily.busy_days[0].counts["accepted"], daily.busy_days[0].counts["outcome_unknown"]) == (
        40, 40, 0,
    )  # fmt: skip


def test_what_was_accepted_lately_is_what_the_last_seven_days_of_the_chart_say(carol_client, export):
    for days_ago, rows in ((0, 1), (6, 10), (7, 100)):
        sent(export, days_ago, rows)

    page = carol_client.get("/").context

    assert page["counts"]["accepted"] == sum(day.counts["accepted"] for day in page["daily"].days[-7:]) == 11


def test_the_parts_of_a_day_stand_on_each_other(carol_client, export):
    sent(export, 0, 100, refused=25)

    accepted, refused = carol_client.get("/").context["daily"].chart.rects[-2:]

    assert (accepted.css, accepted.y, accepted.height) == ("cc-chart__bar cc-tone-success", 25, 75)
    assert (refused.css, refused.y, refused.height) == ("cc-chart__bar cc-tone-danger", 0, 25)


def test_the_table_behind_the_chart_says_the_same(carol_client, export):
    sent(export, 0, 12_345)

    page = carol_client.get("/").text

    assert "Show as table" in page
    assert '<td class="cc-table__number" data-label="Accepted by Constant Contact">12,345</td>' in page


def test_without_anything_sent_there_is_no_chart_of_it(carol_client, export):
    assert carol_client.get("/").context["daily"] is None


def test_the_next_refresh_is_shown_to_everybody(carol_client, export):
    save_refresh_schedule(by=None, is_on=True, recurrence="daily", times=["02:30"], time_zone="Europe/Berlin", days=[])

    answer = carol_client.get("/")

    assert answer.context["refresh"]["next_times"] == [RefreshSchedule.current().next_run_at]
    assert "Daily at 02:30 (Europe/Berlin)" in answer.text


def test_only_administrators_are_offered_to_switch_the_refresh_on(alice_client, bob_client, carol_client, export):
    pages = [client.get("/").text for client in (alice_client, bob_client, carol_client)]

    assert ["Switch it on" in page for page in pages] == [True, False, False]
    assert all("The refresh schedule is off." in page for page in pages)


def test_somebody_without_a_role_sees_whom_to_ask(client, db):
    nobody = User.objects.create_user("nobody", is_staff=True)
    client.force_login(nobody, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get("/").content.decode()

    assert "You have no role yet" in page
    assert ADMINISTRATORS not in page


def test_home_asks_the_database_the_same_questions_however_much_there_is(
    alice_client, export, django_assert_num_queries
):
    sent(export, 0, 10)
    run_of(export, "failed")
    with CaptureQueriesContext(connection) as few:
        alice_client.get("/")
    for number in range(12):
        sent(export, number, 10)

    with django_assert_num_queries(len(few)):
        alice_client.get("/")
    assert len(few) <= 30
