"""Every page there is, filled: on a phone, in Chinese, and by the Tab key alone."""

import io

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from connections import wizard
from connections.models import Connection
from exports.editing import suppression_uploads
from exports.editing.suppressing import suppress
from exports.models import Run
from exports.runs import start_run
from segments.evaluations.lifecycle import evaluate_now
from segments.models import Segment
from tests.support.browser import PHONE, be, picture, sideways_overflow, words_of_another_language
from tests.support.fixtures_exports import PEOPLE, work_once, work_until_over

# Names of addresses, with the kind of row they are about.
PAGES = [
    ("home", None),
    ("admin:connections_connection_changelist", None),
    ("admin:connections_connection_add", None),
    ("admin:connections_connection_change", "connection"),
    ("admin:connections_connection_delete", "connection"),
    ("admin:connections_connection_export_user", "connection"),
    ("admin:profiles_profilesource_changelist", None),
    ("admin:profiles_profilesource_add", None),
    ("admin:profiles_profilesource_change", "source"),
    ("admin:profiles_profilesource_upload", "source"),
    ("admin:profiles_profilesource_delete", "source"),
    ("admin:segments_segment_changelist", None),
    ("admin:segments_segment_add", None),
    ("admin:segments_segment_change", "segment"),
    ("admin:segments_segment_edit", "segment"),
    ("admin:segments_segment_members", "segment"),
    ("admin:segments_segment_delete", "segment"),
    ("admin:exports_export_changelist", None),
    ("admin:exports_export_add", None),
    ("admin:exports_export_change", "export"),
    ("admin:exports_export_duplicate", "export"),
    ("admin:exports_export_history", "export"),
    ("admin:exports_export_detach", "export"),
    ("admin:exports_export_delete", "export"),
    ("admin:exports_suppression_changelist", None),
    ("admin:exports_suppression_add", None),
    ("admin:exports_suppression_upload", None),
    ("admin:exports_suppression_change", "suppression"),
    ("admin:exports_suppression_upload_show", "suppressed_file"),
    ("admin:exports_run_changelist", None),
    ("admin:exports_run_change", "run"),
    ("admin:exports_run_change", "preview"),
    ("admin:exports_run_change", "failed"),
    ("admin:auth_user_changelist", None),
    ("admin:auth_user_add", None),
    ("admin:auth_user_change", "alice"),
    ("admin:auth_user_password_change", "bob"),
    ("admin:auth_user_remove", "bob"),
    ("admin:password_change", None),
    ("admin:exports_refresh_changelist", None),
    ("admin:system_status", None),
    ("admin:system_alerts", None),
    ("admin:system_audit", None),
    ("admin:exports_erasure_changelist", None),
    *[(f"admin:connections_connection_step {step.slug}", "draft") for step in wizard.STEPS],
]


def told(found: dict[str, object]) -> str:
    return "\n".join(f"{address}: {what}" for address, what in found.items())


@pytest.fixture
def rows(settings, live_server, alice, bob, connection, source, export) -> dict[str, int]:
    """One of everything, by the names that PAGES uses."""
    settings.BASE_URL = live_server.url
    segment = Segment.objects.get()
    evaluate_now(segment, trigger="refresh")
    failed = Run.objects.create(
        export=export, status="failed", trigger="on_demand", reason="reconnect", finished_at=export.created_at,
        reason_details={"connection": connection.display_name}, configuration={"mapping": export.mapping},
    )  # fmt: skip
    run = work_until_over(start_run(export, by=alice)[0])
    preview = work_once(start_run(export, by=alice, preview=True)[0])
    draft = Connection.objects.create(display_name="Second newsletter", sharing="administrators", created_by=alice)
    wizard.agree(draft, by=alice, ip_address=None)
    suppressed = suppress(email="goro@example.com", connection=None, reason="Newsletter", by=alice)
    file = suppression_uploads.count(
        io.BytesIO(b"ana@example.com\nnobody\n"), "people.csv", connection=None, reason="Newsletter", by=alice
    )
    made = {"connection": connection, "source": source, "segment": segment, "export": export, "run": run,
            "preview": preview, "failed": failed, "draft": draft, "alice": alice, "bob": bob,
            "suppression": suppressed, "suppressed_file": file}  # fmt: skip
    return {name: row.pk for name, row in made.items()}


def address_of(page: tuple[str, str | None], rows: dict[str, int]) -> str:
    name, *more = page[0].split()
    return reverse(name, args=[*([rows[page[1]]] if page[1] else []), *more])


@pytest.fixture
def data() -> str:
    """All words that are nobody's to translate."""
    people = " ".join(" ".join([*person, *person.values()]) for person in PEOPLE)
    return f"{people} Newsletter newsletter for Sandbox Organization Second Customers people.csv erin"


def test_no_page_is_wider_than_a_phone(page, live_server, alice, rows):
    be(page, live_server.url, alice)
    page.set_viewport_size(PHONE)
    wide = {}
    for each in PAGES:
        page.goto(f"{live_server.url}{address_of(each, rows)}")
        if over := sideways_overflow(page):
            wide[address_of(each, rows)] = over
    assert not wide, told(wide)


@pytest.mark.browser_context_args(locale="zh-CN")
def test_no_page_leaves_english_words_in_chinese(page, live_server, alice, rows, data):
    be(page, live_server.url, alice)
    left = {}
    for each in PAGES:
        page.goto(f"{live_server.url}{address_of(each, rows)}")
        if words := words_of_another_language(page, data):
            left[address_of(each, rows)] = words
    assert not left, told(left)


def test_every_control_is_reached_by_tab(page, live_server, alice, rows):
    be(page, live_server.url, alice)
    missed = {}
    for each in PAGES:
        page.goto(f"{live_server.url}{address_of(each, rows)}", wait_until="networkidle")  # rules come later
        if controls := not_reached_by_tab(page):
            missed[address_of(each, rows)] = controls
    assert not missed, told(missed)


# What one can act on with a mouse, in the page itself: the menu beside it is the same everywhere.
# Of radio buttons, Tab stops at one, and the arrows go on from there.
MISSED = r"""() => {
    const controls = "a[href], button, input, select, textarea, summary, [x-on\\:click], [role=button]";
    const useless = ":disabled, [type=hidden], [type=radio], [data-reached], #changelist-filter-close";
    return [...document.querySelector("#main").querySelectorAll(controls)]
        .filter((each) => !each.matches(useless) && each.checkVisibility({ visibilityProperty: true }))
        .map((each) => each.outerHTML.slice(0, 200));
}"""
BEGIN = """() => {
    const main = document.querySelector("#main");
    main.tabIndex = -1;
    main.focus();
}"""
# True once the focus has left the page, or come round. A date is one control with a stop for each of its parts.
MARK = """() => {
    const here = document.activeElement;
    if (here === window.lastStop) return false;
    if (!here.closest("#main") || here.dataset.reached) return true;
    here.dataset.reached = "yes";
    window.lastStop = here;
    return false;
}"""


def not_reached_by_tab(page: Page) -> list[str]:
    """Press Tab from one end of the page to the other, and return the visible controls where the focus never was."""
    page.evaluate(BEGIN)
    for _press in range(200):
        page.keyboard.press("Tab")
        if page.evaluate(MARK):
            break
    return page.evaluate(MISSED)


def test_pictures_of_pages_that_say_no(page, watch, live_server, carol):
    watch.expect("404")
    watch.expect("403")
    be(page, live_server.url, carol)
    page.goto(f"{live_server.url}/nothing-here")
    picture(page, "not-found")
    page.goto(f"{live_server.url}{reverse('admin:exports_export_add')}")
    picture(page, "not-allowed")
