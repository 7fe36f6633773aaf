"""System › Status: tasks by group, the workers, the queue, and the budget of the day."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule, Task

from connections.models import RequestBudget
from exports.models import Run
from exports.runs import start_run
from profiles.models import ProfileImport
from segments.models import Evaluation, Segment
from tests.exports.pages import plain_export, plain_source

STATUS = reverse("admin:system_status")
LIVE = reverse("admin:system_status_live")
LIST = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"


@pytest.fixture
def export(connection):
    return plain_export(connection, LIST, name="US customers")


@pytest.fixture(autouse=True)
def a_worker(db):
    get_broker().set_stat(f"{Conf.Q_STAT}:one-cluster", "alive", 3600)


def groups(client) -> dict:
    return {str(group.title): group for group in client.get(STATUS).context["groups"]}


def ended(export, status: str, **columns) -> Run:
    return Run.objects.create(
        export=export, trigger="on_demand", status=status, finished_at=timezone.now(), configuration={}, **columns
    )


def test_every_group_is_there_for_everybody_with_a_role(carol_client, export):
    found = groups(carol_client)

    assert list(found) == ["Profile sources", "Segments", "Exports", "System"]
    assert [group.total for group in found.values()][:3] == [1, 1, 1]


def test_a_task_says_how_its_last_run_ended_and_why(alice_client, export):
    ended(export, "succeeded")
    ended(export, "failed", reason="no_members")

    (task,) = groups(alice_client)["Exports"].tasks

    assert str(task.badge.label) == "Failed"
    assert "have no members" in task.note
    assert [str(past.badge.label) for past in task.past] == ["Failed", "Successful"]


def test_the_history_ends_with_the_fifth_run_and_leaves_previews_out(alice_client, export):
    for _ in range(7):
        ended(export, "succeeded")
    Run.objects.create(export=export, trigger="preview", status="planned", preview=True, configuration={})

    (task,) = groups(alice_client)["Exports"].tasks

    assert len(task.past) == 5
    assert str(task.badge.label) == "Successful"


def test_an_open_run_shows_its_stages_and_can_be_cancelled_by_who_may(alice_client, carol_client, alice, export):
    run, _ = start_run(export, by=alice)
    cancel = reverse("admin:exports_run_cancel", args=[run.pk])

    assert cancel in alice_client.get(STATUS).text
    assert cancel not in carol_client.get(STATUS).text
    (task,) = groups(carol_client)["Exports"].tasks
    assert [stage.title for stage in task.stages] == ["Read the account", "Plan", "Send", "Confirm", "Settle"]


def test_the_page_asks_again_only_while_something_is_at_work(alice_client, alice, export):
    assert "data-poll" not in alice_client.get(STATUS).text

    run, _ = start_run(export, by=alice)
    assert f'data-poll="{LIVE}"' in alice_client.get(LIVE).text

    Run.objects.filter(pk=run.pk).update(status="cancelled", finished_at=timezone.now())
    assert "data-poll" not in alice_client.get(LIVE).text


def test_an_import_that_failed_says_why(alice_client, db):
    source = plain_source()
    ProfileImport.objects.create(
        source=source, file_name="people.csv", key_attribute="id", state="failed", finished_at=timezone.now(),
        stored_problem={"text": "The import was interrupted. Upload the file again.", "details": {}},
    )  # fmt: skip

    (task,) = groups(alice_client)["Profile sources"].tasks

    assert str(task.badge.label) == "Failed"
    assert task.badge.tone == "danger"


def test_a_segment_that_was_never_counted_has_not_started(alice_client, db):
    Segment.objects.create(name="New", source=plain_source())

    (task,) = groups(alice_client)["Segments"].tasks

    assert str(task.badge.label) == "Not started"


def test_segments_tell_how_they_stand_and_what_their_evaluations_became(alice_client, db):
    source = plain_source()
    waiting, draft = (Segment.objects.create(name=name, source=source) for name in ("Waiting", "Draft"))
    Segment.objects.filter(pk=draft.pk).update(state="inactive")
    for status in ("succeeded", "cancelled", "queued"):
        Evaluation.objects.create(segment=waiting, trigger="refresh", status=status)

    first, second = groups(alice_client)["Segments"].tasks

    assert (first.name, str(first.badge.label), first.is_open) == ("Waiting", "Queued", True)
    assert [str(past.badge.label) for past in first.past] == ["Queued", "Cancelled", "Successful"]
    assert (second.name, str(second.badge.label)) == ("Draft", "Skipped")


def test_the_ticks_of_the_system_show_when_they_last_ran(alice_client, db):
    tick = Schedule.objects.get(name="exports: advance open runs")
    now = timezone.now()
    Task.objects.create(id="a" * 32, name="tick", func=tick.func, started=now, stopped=now, success=True)
    Schedule.objects.filter(pk=tick.pk).update(task="a" * 32)

    tasks = {str(task.name): task for task in groups(alice_client)["System"].tasks}

    assert str(tasks["Continue runs (every minute)"].badge.label) == "Successful"


def test_a_red_line_says_that_no_worker_lives(alice_client, carol_client):
    get_broker().cache.clear()

    for client in (alice_client, carol_client):
        assert "No worker is running." in client.get(STATUS).text
    assert "No worker is running." in alice_client.get("/").text
    assert "No worker is running." not in carol_client.get("/").text


def test_stuck_queue_is_shown_after_two_minutes(alice_client):
    OrmQ.objects.all().delete()
    OrmQ.objects.create(key=Conf.CLUSTER_NAME, payload="", lock=timezone.now())
    assert "The queue doesn" not in alice_client.get(LIVE).text

    with time_machine.travel(timezone.now() + timedelta(seconds=121)):
        page = alice_client.get(LIVE)

    assert page.context["queue"].waiting == 1
    assert "The task queue is stuck." in page.text


def test_appointments_and_tasks_in_work_do_not_wait(alice_client):
    OrmQ.objects.all().delete()
    OrmQ.objects.create(key=Conf.CLUSTER_NAME, payload="", lock=timezone.now() + timedelta(minutes=5))

    assert alice_client.get(STATUS).context["queue"].waiting == 0


def test_the_budget_of_each_key_is_shown_with_the_end_of_the_key(alice_client, settings):
    settings.CONSTANT_CONTACT_CLIENT_ID = "first-key-abcd"
    RequestBudget.objects.create(pk="second-key-wxyz", day=timezone.now().date(), spent=4_321)

    page = alice_client.get(STATUS).text

    assert "4,321" in page
    assert "…wxyz" in page
    assert "second-key" not in page


def test_a_hundred_exports_need_as_many_queries_as_one(alice_client, connection, django_assert_max_num_queries):
    for number in range(60):
        ended(plain_export(connection, LIST, name=f"Export {number}"), "succeeded")
    alice_client.get(STATUS)

    with django_assert_max_num_queries(45):
        page = alice_client.get(STATUS)

    group = {str(each.title): each for each in page.context["groups"]}["Exports"]
    assert (len(group.tasks), group.more) == (50, 10)
