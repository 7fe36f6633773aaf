from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf

from connections.models import Connection
from exports.models import Batch, Export, Run
from segments.models import ProfileSource, Segment
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
            Batch.objects.create(
                run=run, number=1, rows=accepted, body_bytes=1, state="completed", activity_id=f"activity-{age}"
            )


def test_home_shows_the_last_runs_in_both_languages_and_on_a_phone(page, live_server, alice, a_week_of_runs):
    be(page, live_server.url, alice)

    page.goto(live_server.url)
    page.get_by_role("img", name="Profiles accepted by Constant Contact").wait_for()
    assert page.get_by_role("row").count() == 1 + len(HISTORY)
    picture(page, "home")

    choose_language(page, "简体中文")
    page.get_by_role("heading", name="最近的运行").wait_for()
    picture(page, "home-zh")

    page.set_viewport_size(PHONE)
    assert sideways_overflow(page) == 0
    picture(page, "home-phone-zh")
