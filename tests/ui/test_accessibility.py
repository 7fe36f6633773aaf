"""axe-core finds nothing on any page of the product, in light and dark.

Which pages there are is asked of the resolver: a new address that answers with a page is looked at without being named
here, and one that can't be opened fails. What only shows after an action is in STATES.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django_q.brokers import get_broker
from django_q.conf import Conf
from playwright.sync_api import Page, Route

import audit_trail
from ccexport.alerts.store import open_incident
from connections.models import Connection
from exports.models import Erasure, Export, Refresh, RefreshStep, Run, Suppression, SuppressionUpload
from profiles.models import DatabaseAddress, ProfileSource
from segments.models import Segment
from tests.exports.test_rights_table import NAMES
from tests.exports.test_rights_table import address_of as address_named
from tests.support.axe import COLOURS, violations
from tests.support.browser import be, sign_in
from tests.ui.test_walk_pages import PAGES, address_of, rows  # noqa: F401  rows is a fixture

SCHEMES = {"light": None, "dark": COLOURS}


@pytest.fixture
def addresses(rows, alice) -> list[str]:  # noqa: F811
    """Every address that answers with a page."""
    get_broker().set_stat(f"{Conf.Q_STAT}:a-worker", "alive", 600)
    export, run = Export.objects.get(pk=rows["export"]), Run.objects.get(pk=rows["failed"])
    audit_trail.record(export, "ran", by=alice, run=run.pk)
    open_incident("run_failed", f"export:{export.pk}", name=export.name, run=run.pk, reason="all_refused", details={})
    client = Client()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    found = dict.fromkeys([*(address_of(page, rows) for page in PAGES), *_named(rows, alice)])
    return [address for address in found if is_page(client.get(address))]


def _named(rows: dict[str, int], alice: Any) -> Iterator[str]:  # noqa: F811
    there = ProfileSource.objects.create(name="Customers there", kind="postgresql", key_attribute="id")
    DatabaseAddress.objects.create(source=there, table="customers")
    refresh = Refresh.objects.create(trigger="on_demand", status="completed_with_errors", finished_at=alice.date_joined)
    segment = Segment.objects.get(pk=rows["segment"])
    RefreshStep.objects.create(refresh=refresh, kind="segment", name=segment.name, segment=segment, state="failed")
    of_kind = {
        "connection": Connection.objects.get(pk=rows["connection"]),
        "export": Export.objects.get(pk=rows["export"]),
        "run": Run.objects.get(pk=rows["run"]),
        "suppression": Suppression.objects.get(pk=rows["suppression"]),
        "suppressionupload": SuppressionUpload.objects.get(pk=rows["suppressed_file"]),
        "erasure": Erasure.objects.create(masked="a…@example.com", key="0" * 64, state="done"),
        "refresh": refresh,
        "segment": segment,
        "profilesource": ProfileSource.objects.get(pk=rows["source"]),
        "database_source": there,
    }
    yield from (address_named(name, of_kind) for name in NAMES)
    yield from (reverse("admin:auth_user_history", args=[alice.pk]), reverse("admin:auth_user_changelist"))


def is_page(answer: HttpResponse) -> bool:
    html = answer.headers.get("Content-Type", "").startswith("text/html")
    return answer.status_code == 200 and html and b"<html" in b"".join(answer)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_shuts_anybody_out(scheme, page, live_server, alice, addresses):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    be(page, live_server.url, alice)
    found = {}
    for address in addresses:
        page.goto(live_server.url + address)
        found[address] = violations(page, SCHEMES[scheme])

    assert len(addresses) > 50
    assert not any(found.values()), as_lines(found)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_of_an_empty_installation_shuts_anybody_out(scheme, page, live_server, alice):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    be(page, live_server.url, alice)
    lists = [name for name in NAMES if name.endswith("changelist")]
    found = {}
    for address in ["/", reverse("admin:system_status"), *(reverse(f"admin:{name}") for name in lists)]:
        page.goto(live_server.url + address)
        found[address] = violations(page, SCHEMES[scheme])

    assert not any(found.values()), as_lines(found)


def as_lines(found: dict[str, list[str]]) -> str:
    return "\n".join(f"{name}: {each}" for name, wrong in found.items() for each in wrong)


# What shows after an action


def _sent_empty(name: str, *args: str) -> Callable[[Page, str, dict[str, int]], None]:
    """Open a form, leave it as it is or empty it, and press its button."""

    def act(page: Page, url: str, rows: dict[str, int]) -> None:  # noqa: F811
        page.goto(url + reverse(f"admin:{name}", args=[rows.get(arg, arg) for arg in args]))
        for field in page.locator("#main input[type=text]:visible:enabled:not([readonly])").all():
            field.fill("")
        page.evaluate("""() => {
            const forms = [...document.querySelectorAll("#main form[method=post]")];
            const form = forms.toSorted((a, b) => b.elements.length - a.elements.length)[0];
            form.noValidate = true;
            form.requestSubmit();
        }""")
        page.wait_for_timeout(200)  # some forms answer on the page, others with another page, which has to begin first
        page.wait_for_load_state("networkidle")

    return act


def _find_person(page: Page, url: str, rows: dict[str, int]) -> None:  # noqa: F811
    page.goto(url + reverse("admin:exports_run_change", args=[rows["run"]]))
    page.locator("input[name=person]").fill("ana@example.com")
    page.locator("input[name=person]").press("Enter")
    page.wait_for_load_state("networkidle")


def _open_everything(page: Page, url: str, rows: dict[str, int]) -> None:  # noqa: F811
    page.goto(url + reverse("admin:exports_run_change", args=[rows["run"]]))
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


STATES: dict[str, Callable[[Page, str, dict[str, int]], None]] = {
    "export form with errors": _sent_empty("exports_export_add"),
    "connection without a name": _sent_empty("connections_connection_new", "constant_contact"),
    "consent not given": _sent_empty("connections_connection_step", "draft", "consent"),
    "segment with errors": _sent_empty("segments_segment_add"),
    "source with errors": _sent_empty("profiles_profilesource_add_file"),
    "person with errors": _sent_empty("auth_user_add"),
    "password with errors": _sent_empty("auth_user_password_change", "bob"),
    "a person looked up": _find_person,
    "a run with all its details": _open_everything,
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_after_an_action_shuts_anybody_out(scheme, page, watch, live_server, alice, rows):  # noqa: F811
    watch.expect("Failed to load resource")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    be(page, live_server.url, alice)
    found = {}
    for name, act in STATES.items():
        act(page, live_server.url, rows)
        found[name] = violations(page, SCHEMES[scheme])

    assert not any(found.values()), as_lines(found)


def _shown(page: Page, url: str, template: str) -> None:
    """Show an error page that nobody can ask for."""

    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body=render_to_string(template))

    page.route(f"{url}/shown", answer)
    page.goto(f"{url}/shown")
    page.unroute(f"{url}/shown")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_way_in_and_no_error_page_shuts_anybody_out(scheme, page, watch, live_server, carol):
    watch.expect("Failed to load resource")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = {}

    def look(name: str) -> None:
        found[name] = violations(page, SCHEMES[scheme])

    page.goto(live_server.url + reverse("admin:login"))
    look("sign-in")
    page.locator("#id_username").fill("carol")
    page.locator("#id_password").fill("wrong")
    page.locator("#login-form button[type=submit]").click()
    page.get_by_text("Please enter the correct username and password").wait_for()
    look("sign-in refused")
    sign_in(page, live_server.url, "carol")
    for name, address in (("404", "/nothing-here"), ("403", reverse("admin:auth_user_changelist"))):
        page.goto(live_server.url + address)
        look(name)
    for template in ("500.html", "503.html", "403_csrf.html", "ccexport/locked_out.html"):
        _shown(page, live_server.url, template)
        look(template)

    assert not any(found.values()), as_lines(found)
