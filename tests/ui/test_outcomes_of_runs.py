"""Runs of every outcome as people see them: on their pages, in the lists, on Home and under Alerts."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf

from connections.models import Connection
from exports.models import Export, Run
from profiles.models import ProfileSource
from segments.models import Segment
from tests.support.batches import stored_batch
from tests.support.browser import PHONE, be, picture, sideways_overflow
from tests.support.marks import mark

LEFT_OUT = {"invalid_email": 20, "no_email": 14}
# Name of the export, status, reason and its details, counts, batches (rows, state, counts of it).
OUTCOMES = [
    ("Unchanged", "succeeded", "", {}, {"unchanged": 152, **LEFT_OUT}, []),
    ("Accepted", "succeeded", "", {}, {"send": 8_014, "unchanged": 31}, [(8_014, "completed", {})]),
    ("New left out", "completed_with_errors", "some_left_out", {"left_out": 34, "new": 1},
     {"send": 8_014, **LEFT_OUT}, [(8_014, "completed", {})]),
    ("Everything at once", "completed_with_errors", "some_refused", {"left_out": 34, "new": 34},
     {"send": 52_502, "duplicate": 3, **LEFT_OUT},
     [(40_000, "completed", {"refused": 12, "cannot_add": 7, "unaccounted": 20}), (12_502, "refused", {})]),
    ("Stopped", "failed", "export_user_inactive", {"connection": "Newsletter"}, {"send": 52_502},
     [(26_251, "completed", {}), (10_000, "unknown", {}), (16_251, "cancelled", {})]),
    ("Cancelled", "cancelled", "cancelled", {}, {"send": 52_502},
     [(26_251, "completed", {}), (26_251, "cancelled", {})]),
    ("Nobody", "skipped", "no_members", {}, {}, []),
    ("Held", "needs_decision", "needs_decision", {}, {"send": 8_014, **LEFT_OUT}, [(8_014, "pending", {})]),
    ("Under way", "waiting", "importing", {}, {"send": 52_502},
     [(26_251, "completed", {}), (16_251, "sent", {"percent_done": 40}), (10_000, "pending", {})]),
]  # fmt: skip


@pytest.fixture
def outcomes(transactional_db) -> list[Run]:
    now = timezone.now()
    get_broker().set_stat(f"{Conf.Q_STAT}:a-worker", mark(now), 600)
    source = ProfileSource.objects.create(name="Customers", key_attribute="id", row_count=60_000)
    segment = Segment.objects.create(name="United States", source=source, member_count=52_502)
    connected = Connection.objects.create(
        display_name="Newsletter", state="connected", saved_at=now, account_id="an-account"
    )
    return [_stored(connected, segment, *outcome) for outcome in OUTCOMES]


def _stored(connection, segment, name, status, reason, details, counts, batches) -> Run:
    now = timezone.now()
    export = Export.objects.create(
        name=name, connection=connection, list_id="00000000-0000-0000-0000-000000000000", list_name="News",
        list_account_id="an-account", mapping={"email": "email"},
    )  # fmt: skip
    export.segments.add(segment)
    over = None if status in ("waiting", "needs_decision") else now
    run = Run.objects.create(
        export=export, trigger="scheduled", status=status, reason=reason, reason_details=details, counts=counts,
        stage="confirm" if batches and status in ("waiting", "failed", "cancelled") else "settle" if counts else "plan",
        planned_at=now if counts else None, queued_at=now - timedelta(minutes=4), finished_at=over, encoding="csv",
        configuration={"connection_name": "Newsletter", "list_name": "News", "mapping": {"email": "email"}},
    )  # fmt: skip
    for number, (rows, state, columns) in enumerate(batches, start=1):
        sent = {"sent_at": now, "activity_id": f"{run.pk}-{number}"} if state not in ("pending", "cancelled") else {}
        stored_batch(run, rows, state, number=number, body_bytes=rows * 60, **sent, **columns)
    return run


def test_runs_of_every_outcome(page, live_server, alice, outcomes):
    be(page, live_server.url, alice)
    pages = {f"run-{run.export.name.lower()}": f"/admin/exports/run/{run.pk}/change/" for run in outcomes}
    pages |= {"runs": "/admin/exports/run/", "exports": "/admin/exports/export/", "home": "/"}
    pages |= {"alerts": "/admin/system/alerts/", "status": "/admin/system/status/"}
    for scheme, size in (("light", None), ("dark", None), ("light", PHONE)):
        page.emulate_media(color_scheme=scheme)
        if size:
            page.set_viewport_size(size)
        for name, address in pages.items():
            page.goto(live_server.url + address)
            assert sideways_overflow(page) == 0, name
            picture(page, f"outcome-{name}-{'phone' if size else scheme}")
    page.goto(f"{live_server.url}/admin/exports/run/")
    page.get_by_text("152 unchanged, nothing to send").wait_for()
