"""The pages about the system, and axe-core on every page of the product."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf

import audit_trail
from ccexport.alerts.book import open_trouble
from exports.models import Batch, Refresh, Run
from tests.exports.pages import plain_export, plain_segment
from tests.support.browser import PHONE, be, choose_language, picture, sideways_overflow

LIST = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"


@pytest.fixture
def rows(transactional_db, connection, alice) -> dict[str, Any]:
    """One of everything, some of it in trouble."""
    now = timezone.now()
    get_broker().set_stat(f"{Conf.Q_STAT}:a-worker", "alive", 600)
    segment = plain_segment("Customers in the United States")
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
    open_trouble("run_failed", f"export:{export.pk}", name=export.name, run=runs[1].pk, reason="all_refused", told={})
    refresh = Refresh.objects.create(trigger="on_demand", status="succeeded", finished_at=now)
    return {"export": export, "run": runs[1], "segment": segment, "connection": connection, "refresh": refresh}


def pages(rows: dict[str, Any], person: Any) -> dict[str, str]:
    """Every page that a person can look at, by the name of its picture."""

    def of(name: str, *args: Any) -> str:
        return reverse(f"admin:{name}", args=args)

    export, run, segment = rows["export"].pk, rows["run"].pk, rows["segment"].pk
    source, connection = rows["segment"].source_id, rows["connection"].pk
    return {
        "home": "/",
        "exports": of("exports_export_changelist"),
        "export-add": of("exports_export_add"),
        "export": of("exports_export_change", export),
        "export-duplicate": of("exports_export_duplicate", export),
        "export-detach": of("exports_export_detach", export),
        "export-remove": of("exports_export_delete", export),
        "export-history": of("exports_export_history", export),
        "runs": of("exports_run_changelist"),
        "run": of("exports_run_change", run),
        "segments": of("segments_segment_changelist"),
        "segment-add": of("segments_segment_add"),
        "segment": of("segments_segment_change", segment),
        "segment-remove": of("segments_segment_delete", segment),
        "sources": of("segments_profilesource_changelist"),
        "source-add": of("segments_profilesource_add"),
        "source": of("segments_profilesource_change", source),
        "connections": of("connections_connection_changelist"),
        "connection-add": of("connections_connection_add"),
        "connection": of("connections_connection_change", connection),
        "connection-remove": of("connections_connection_delete", connection),
        "people": of("auth_user_changelist"),
        "person-add": of("auth_user_add"),
        "person": of("auth_user_change", person.pk),
        "person-remove": of("auth_user_remove", person.pk),
        "person-password": of("auth_user_password_change", person.pk),
        "schedule": of("exports_refresh_changelist"),
        "status": of("system_status"),
        "alerts": of("system_alerts"),
        "audit": of("system_audit"),
    }


def violations(page: Any) -> list[str]:
    """What axe-core finds on the page, each with the first element that it is about."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(scheme, page, live_server, alice, rows):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(live_server.url + reverse("admin:login"))
    found = {"sign-in": violations(page)}
    be(page, live_server.url, alice)

    for name, address in pages(rows, alice).items():
        page.goto(live_server.url + address)
        found[name] = violations(page)

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("name", ["status", "alerts", "audit"])
def test_the_pages_about_the_system_in_both_languages_and_on_a_phone(name, page, live_server, alice, rows):
    be(page, live_server.url, alice)
    page.goto(live_server.url + pages(rows, alice)[name])
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

    assert page.get_by_role("table", name="The last times").get_by_role("row").count() == 3
