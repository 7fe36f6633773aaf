from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf

from connections.models import Connection
from exports.models import Export, Run
from exports.schedule.timetables import save_refresh_schedule
from profiles.models import ProfileSource
from segments.models import Segment
from tests.support.batches import stored_batch
from tests.support.browser import PHONE, be, choose_language, picture, sideways_overflow

# Accepted profiles and how the run ended, oldest first.
HISTORY = [
    (7_912, "succeeded"),
    (8_014, "succeeded"),
    (3_350, "completed_with_errors"),
    (0, "failed"),
    (8_061, "succeeded"),
    (8_077, "succeeded"),
    (1_204, "succeeded"),
    (8_098, "succeeded"),
]


@pytest.fixture
def a_week_of_runs(transactional_db) -> None:
    now = timezone.now()
    get_broker().set_stat(f"{Conf.Q_STAT}:a-worker", "alive", 600)
    source = ProfileSource.objects.create(name="Customers", key_attribute="id", row_count=19_972)
    Segment.objects.create(name="United States", source=source, member_count=8_103)
    connected = Connection.objects.create(display_name="Newsletter", state="connected", saved_at=now)
    export = Export.objects.create(name="US newsletter", connection=connected, list_id="a-list")
    for age, (accepted, status) in zip(reversed(range(len(HISTORY))), HISTORY, strict=True):
        at = now - timedelta(hours=20 * age + 1)
        run = Run.objects.create(export=export, trigger="scheduled", status=status, queued_at=at, finished_at=at)
        if accepted:
            lost = {"refused": 30 * age, "cannot_add": 10 * age}
            stored_batch(run, accepted + 40 * age, sent_at=at, activity_id=f"activity-{age}", **lost)
    save_refresh_schedule(
        by=None, is_on=True, recurrence="weekly", days=[1, 4], times=["02:30"], time_zone="Europe/Berlin"
    )


def test_home_in_both_languages_and_on_a_phone(page, live_server, alice, a_week_of_runs):
    be(page, live_server.url, alice)

    page.goto(live_server.url)
    page.get_by_role("img", name="Profiles accepted by Constant Contact").wait_for()
    assert page.get_by_role("table", name="Last runs").get_by_role("row").count() == 1 + len(HISTORY)
    picture(page, "home")
    page.get_by_text("Show as table").click()
    assert page.get_by_role("table", name="Contacts sent in the last 30 days").get_by_role("row").count() > 3
    picture(page, "home-table")
    page.emulate_media(color_scheme="dark")
    page.reload()
    picture(page, "home-dark")
    page.emulate_media(color_scheme="light")

    choose_language(page, "简体中文")
    page.get_by_role("heading", name="最近的运行").wait_for()
    picture(page, "home-zh")

    page.set_viewport_size(PHONE)
    assert sideways_overflow(page) == 0
    picture(page, "home-phone-zh")
