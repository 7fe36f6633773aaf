"""The pages about the system."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import Schedule
from django_q.models import Task as Done

import audit_trail
from ccexport.alerts.store import open_incident
from exports.models import Batch, Refresh, Run
from exports.schedule.timetables import save_refresh_schedule
from profiles.models import ProfileImport
from segments.models import Segment
from tests.exports.pages import plain_export, plain_segment
from tests.support.browser import PHONE, be, choose_language, picture, sideways_overflow
from tests.support.marks import mark

LIST = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"


@pytest.fixture
def rows(transactional_db, connection, alice, bob, carol) -> dict[str, Any]:
    """One of everything, some of it in trouble."""
    now = timezone.now()
    get_broker().set_stat(f"{Conf.Q_STAT}:a-worker", mark(now - timedelta(hours=3)), 600)
    for number, tick in enumerate(Schedule.objects.all()):
        done = {"started": now - timedelta(seconds=40), "stopped": now - timedelta(seconds=39), "success": True}
        Done.objects.create(id=f"tick-{number}", name="tick", func=tick.func, group=tick.name, **done)
        Schedule.objects.filter(pk=tick.pk).update(task=f"tick-{number}")
    save_refresh_schedule(
        by=alice, is_on=True, recurrence="weekly", days=[1, 2, 3, 4, 5], times=["02:30"], time_zone="Europe/Berlin"
    )
    segment = plain_segment("Customers in the United States")
    Segment.objects.filter(pk=segment.pk).update(member_count=8_103, counted_at=now - timedelta(minutes=5))
    ProfileImport.objects.create(source=segment.source, file_name="customers.csv", state="done", finished_at=now)
    export = plain_export(connection, LIST, name="US customers")
    runs = [
        Run.objects.create(
            export=export, trigger="on_demand", status=status, reason=reason, finished_at=now, started_by=alice,
            counts={"send": 40, "invalid_email": 3}, planned_at=now, configuration={"mapping": export.mapping},
        )
        for status, reason in [("succeeded", ""), ("failed", "all_refused")]
    ]  # fmt: skip
    Batch.objects.create(run=runs[1], number=1, rows=40, body_bytes=900, state="refused", reason="activity_failed")
    audit_trail.record(export, "ran", by=alice, run=runs[1].pk)
    open_incident(
        "run_failed", f"export:{export.pk}", name=export.name, run=runs[1].pk, reason="all_refused", details={}
    )
    refresh = Refresh.objects.create(trigger="on_demand", status="succeeded", finished_at=now)
    return {"export": export, "run": runs[1], "segment": segment, "connection": connection, "refresh": refresh}


NAMES = {
    "schedule": "exports_refresh_changelist",
    "status": "system_status",
    "alerts": "system_alerts",
    "audit": "system_audit",
    "people": "auth_user_changelist",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_pages_about_the_system_in_both_languages_and_on_a_phone(name, page, live_server, alice, rows):
    be(page, live_server.url, alice)
    page.goto(live_server.url + reverse(f"admin:{NAMES[name]}"))
    picture(page, f"system-{name}")

    choose_language(page, "简体中文")
    picture(page, f"system-{name}-zh")

    page.set_viewport_size(PHONE)
    assert sideways_overflow(page) == 0
    picture(page, f"system-{name}-phone-zh")


def test_a_task_opens_by_the_keyboard_and_shows_its_history(page, live_server, alice, rows):
    be(page, live_server.url, alice)
    page.goto(live_server.url + reverse("admin:system_status"))

    page.locator("summary", has_text="US customers").focus()
    page.keyboard.press("Enter")

    assert page.get_by_role("table", name="Recent runs").get_by_role("row").count() == 3
