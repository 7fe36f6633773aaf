"""Every page of exports, runs, segments and connections × every role × every method, in one table.

The addresses come from the resolver itself: a new one without a row fails.
"""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from connections.models import Connection
from exports.editing.suppressing import suppress
from exports.models import (
    Erasure,
    ErasureStep,
    Export,
    ExportSchedule,
    Refresh,
    RefreshSchedule,
    Run,
    Suppression,
    SuppressionUpload,
)
from profiles.models import DatabaseAddress, ProfileSource
from segments.models import Segment
from tests.exports.pages import plain_export, plain_segment

APPS = ("connections_", "segments_", "exports_", "system_")
METHODS = ("get", "head", "put", "patch", "delete", "post")  # the last one may change things
LIST = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"

# The connection is shared with one contributor; there is another one, and a person of the staff without any role.
ADMINISTRATOR, CONTRIBUTOR, OTHER_CONTRIBUTOR, VIEWER = "administrator", "contributor", "other contributor", "viewer"
NO_ROLE, STRANGER = "no role", "stranger"
ROLES = (ADMINISTRATOR, CONTRIBUTOR, OTHER_CONTRIBUTOR, VIEWER, NO_ROLE, STRANGER)

ADMINISTRATORS = {ADMINISTRATOR}
SHARERS = {ADMINISTRATOR, CONTRIBUTOR}  # of the connection
MAKERS = {*SHARERS, OTHER_CONTRIBUTOR}
EVERYBODY = {*MAKERS, VIEWER}
NOBODY: set[str] = set()


class May(NamedTuple):
    """Who may look at an address, and who may change something by posting to it."""

    look: set[str]
    post: set[str]


TABLE = {
    # Exports
    "exports_export_changelist": May(EVERYBODY, MAKERS),  # bulk actions ask again for each row
    "exports_export_add": May(MAKERS, MAKERS),
    "exports_export_account": May(SHARERS, NOBODY),
    "exports_export_create_list": May(NOBODY, SHARERS),
    "exports_export_change": May(EVERYBODY, SHARERS),
    "exports_export_duplicate": May(SHARERS, SHARERS),
    "exports_export_run_now": May(SHARERS, SHARERS),
    "exports_export_run_everyone": May(SHARERS, SHARERS),
    "exports_export_preview": May(SHARERS, SHARERS),
    "exports_export_detach": May(ADMINISTRATORS, ADMINISTRATORS),
    "exports_export_delete": May(SHARERS, SHARERS),
    "exports_export_history": May(EVERYBODY, NOBODY),
    "exports_export_schedule": May(SHARERS, SHARERS),
    "exports_export_run_all": May(MAKERS, MAKERS),  # each runs what they may run
    # System › Schedule
    "exports_refresh_changelist": May(EVERYBODY, ADMINISTRATORS),
    "exports_refresh_change": May(EVERYBODY, NOBODY),
    "exports_refresh_now": May(ADMINISTRATORS, ADMINISTRATORS),
    "exports_refresh_history": May(EVERYBODY, NOBODY),
    # Runs
    "exports_run_changelist": May(EVERYBODY, NOBODY),
    "exports_run_change": May(EVERYBODY, NOBODY),
    "exports_run_progress": May(EVERYBODY, NOBODY),
    "exports_run_cancel": May(SHARERS, SHARERS),
    "exports_run_person": May(SHARERS, SHARERS),
    "exports_run_left_out": May(SHARERS, NOBODY),
    "exports_run_send": May(SHARERS, SHARERS),
    "exports_run_discard": May(ADMINISTRATORS, ADMINISTRATORS),  # and for the owner of the export
    "exports_run_people": May(SHARERS, SHARERS),  # the text that is sought is posted
    "exports_run_people_download": May(SHARERS, SHARERS),
    "exports_run_to_me": May(SHARERS, SHARERS),
    "exports_why": May(MAKERS, MAKERS),  # each sees what is known of the exports they may run
    "exports_run_undo": May(SHARERS, SHARERS),  # and for administrators, whosever the connection is
    "exports_run_removed": May(SHARERS, NOBODY),
    "exports_run_history": May(EVERYBODY, NOBODY),
    # Suppressions: to viewers, only how many there are
    "exports_suppression_changelist": May(EVERYBODY, MAKERS),  # what is searched for is posted
    "exports_suppression_add": May(MAKERS, MAKERS),
    "exports_suppression_download": May(MAKERS, NOBODY),
    "exports_suppression_change": May(SHARERS, NOBODY),
    "exports_suppression_remove": May(ADMINISTRATORS, ADMINISTRATORS),
    "exports_suppression_history": May(EVERYBODY, NOBODY),  # names nobody
    "exports_suppression_upload": May(MAKERS, MAKERS),
    "exports_suppression_upload_show": May(SHARERS, NOBODY),
    "exports_suppression_upload_progress": May(SHARERS, NOBODY),
    "exports_suppression_upload_add": May(SHARERS, SHARERS),
    "exports_suppression_upload_drop": May(SHARERS, SHARERS),
    "exports_suppression_upload_remove": May(ADMINISTRATORS, ADMINISTRATORS),
    # System › Erasures
    **{
        f"exports_erasure_{name}": May(ADMINISTRATORS, ADMINISTRATORS)
        for name in ("look", "start", "at_account", "again")
    },
    **{
        f"exports_erasure_{name}": May(ADMINISTRATORS, NOBODY)
        for name in ("changelist", "change", "progress", "receipt", "history")
    },
    # Segments and profile sources; some questions are posted, because rules or a file come with them
    "segments_segment_changelist": May(EVERYBODY, MAKERS),  # refreshes those that were ticked
    "segments_segment_add": May(MAKERS, MAKERS),
    "segments_segment_attributes": May(MAKERS, NOBODY),
    "segments_segment_inspect": May(NOBODY, MAKERS),
    "segments_segment_change": May(EVERYBODY, NOBODY),
    "segments_segment_edit": May(MAKERS, MAKERS),
    "segments_segment_status": May(EVERYBODY, NOBODY),
    "segments_segment_members": May(EVERYBODY, NOBODY),
    "segments_segment_download": May(EVERYBODY, NOBODY),
    "segments_segment_turn": May(MAKERS, MAKERS),
    "segments_segment_duplicate": May(MAKERS, MAKERS),
    "segments_segment_refresh": May(MAKERS, MAKERS),
    "segments_segment_delete": May(MAKERS, MAKERS),
    "segments_segment_history": May(EVERYBODY, NOBODY),
    "profiles_profilesource_changelist": May(EVERYBODY, NOBODY),
    "profiles_profilesource_add": May(MAKERS, NOBODY),
    "profiles_profilesource_add_file": May(MAKERS, MAKERS),
    "profiles_profilesource_columns": May(NOBODY, MAKERS),
    "profiles_profilesource_change": May(EVERYBODY, NOBODY),
    "profiles_profilesource_upload": May(MAKERS, MAKERS),
    "profiles_profilesource_progress": May(EVERYBODY, NOBODY),
    "profiles_profilesource_delete": May(MAKERS, MAKERS),
    "profiles_profilesource_history": May(EVERYBODY, NOBODY),
    "profiles_profilesource_add_database": May(ADMINISTRATORS, ADMINISTRATORS),  # it holds a password
    "profiles_profilesource_database": May(ADMINISTRATORS, ADMINISTRATORS),
    "profiles_profilesource_refresh": May(NOBODY, MAKERS),
    "profiles_profilesource_test": May(NOBODY, MAKERS),
    # Connections
    **{
        f"connections_connection_{name}": May(ADMINISTRATORS, ADMINISTRATORS)
        for name in (
            *("changelist", "add", "new", "set_up", "step", "save", "authenticate", "other_account", "change"),
            *("limits", "test", "export_user", "delete", "release", "history"),
        )
    },
    "connections_connection_consents": May(ADMINISTRATORS, NOBODY),
    "connections_connection_all_consents": May(ADMINISTRATORS, NOBODY),
    # The system
    "system_status": May(EVERYBODY, NOBODY),
    "system_status_live": May(EVERYBODY, NOBODY),
    "system_status_retire_host": May(NOBODY, ADMINISTRATORS),
    "system_alerts": May(MAKERS, NOBODY),
    "system_alerts_test": May(NOBODY, ADMINISTRATORS),
    "system_alerts_choose": May(NOBODY, MAKERS),
    "system_audit": May(ADMINISTRATORS, NOBODY),
    "system_audit_download": May(ADMINISTRATORS, NOBODY),
}
QUERIES = {
    "exports_export_account": "connection",
    "exports_export_create_list": "connection",
    "exports_export_schedule": "export",
}
PARTS = {"kind": "constant_contact", "slug": "name", "database": "postgresql", "how": "activate"}
ROWS = {
    **{
        f"exports_suppression_upload_{name}": "suppressionupload"
        for name in ("show", "progress", "add", "drop", "remove")
    },
    "profiles_profilesource_database": "database_source",
    "profiles_profilesource_refresh": "database_source",
    "profiles_profilesource_test": "database_source",
    "segments_segment_attributes": "profilesource",  # of which a segment would be
}


def addresses() -> Iterator[str]:
    """The names of all addresses of our apps in the admin."""

    def walk(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns)
            elif pattern.name and pattern.name.startswith(APPS):
                yield pattern.name

    return iter(dict.fromkeys(walk(admin.site.get_urls())))


NAMES = sorted(addresses())


def test_every_address_has_a_row():
    assert set(NAMES) - set(TABLE) == set()


@pytest.fixture
def rows(connection, alice, bob) -> dict[str, object]:
    """One of everything."""
    connection.chosen_contributors.set([bob])
    Connection.objects.filter(pk=connection.pk).update(sharing="chosen")
    segment = plain_segment()
    export = plain_export(connection, LIST)
    run = Run.objects.create(
        export=export, trigger="on_demand", status="failed", reason="unexpected",
        finished_at=export.created_at, configuration={"mapping": export.mapping},
    )  # fmt: skip
    there = ProfileSource.objects.create(name="Customers there", kind="postgresql", key_attribute="id")
    database = DatabaseAddress.objects.create(source=there, table="customers")
    refresh = Refresh.objects.create(trigger="on_demand", status="succeeded", finished_at=export.created_at)
    return {
        "connection": connection,
        "export": export,
        "run": run,
        "refresh": refresh,
        "segment": segment,
        "profilesource": segment.source,
        "erasure": Erasure.objects.create(masked="a…@example.com", key="0" * 64, state="done"),
        "suppression": suppress(email="ana@example.com", connection=connection, reason="By phone", by=alice),
        "suppressionupload": SuppressionUpload.objects.create(
            name="old.csv", reason="Old", connection=connection, account_id=connection.account_id, new=1, file="x"
        ),
        "database_source": database.source,
    }


@pytest.fixture
def client_of(alice, bob, dave, carol):
    erin = User.objects.create_user("erin", password="erin", is_staff=True)
    people = {ADMINISTRATOR: alice, CONTRIBUTOR: bob, OTHER_CONTRIBUTOR: dave, VIEWER: carol, NO_ROLE: erin}

    def client(role: str) -> Client:
        client = Client()
        if role != STRANGER:
            client.force_login(people[role], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return client


def address_of(name: str, rows: dict[str, object]) -> str:
    if name == "system_status_retire_host":
        return reverse(f"admin:{name}", args=[1])
    if name.startswith("system_") or name == "exports_why":
        return reverse(f"admin:{name}")
    row = rows[ROWS.get(name, name.split("_")[1])]
    patterns = admin.site.get_urls()
    resolver = next(p for p in patterns if isinstance(p, URLResolver) and any(c.name == name for c in p.url_patterns))
    pattern = next(each for each in resolver.url_patterns if each.name == name)
    parts = {part: PARTS.get(part, row.pk) for part in pattern.pattern.converters}
    query = f"?{QUERIES[name]}={rows[QUERIES[name]].pk}" if name in QUERIES else ""
    return reverse(f"admin:{name}", kwargs=parts) + query


def state() -> list[object]:
    """Everything that a request of the wrong person could change."""
    of_exports = (Export, ExportSchedule, Refresh, RefreshSchedule, Run, Suppression, SuppressionUpload, Connection)
    tables = (*of_exports, Erasure, ErasureStep, Segment, ProfileSource, DatabaseAddress)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def is_refused(answer) -> bool:
    to_sign_in = answer.status_code == 302 and answer.url.startswith(reverse("admin:login"))
    return to_sign_in or answer.status_code in {403, 404, 405}


@pytest.mark.parametrize("name", NAMES)
def test_the_table_holds(name, rows, client_of):
    address = address_of(name, rows)
    for role in ROLES:
        client = client_of(role)
        for method in METHODS:
            with transaction.atomic():
                check(name, role, method, client, address)
                transaction.set_rollback(True)


def check(name: str, role: str, method: str, client: Client, address: str) -> None:
    may, case = TABLE[name], (name, role, method)
    data = dict(parse_qsl(urlsplit(address).query)) if method == "post" else {}
    before = state()
    answer = getattr(client, method)(address, data)
    if answer.streaming:
        b"".join(answer)  # what was begun to be read would be in the way of the rollback
    allowed = role in (may.post if method == "post" else may.look)
    if not allowed and (method != "post" or role not in may.look):
        assert is_refused(answer), (case, answer.status_code)
    elif allowed and method in {"get", "head", "post"}:
        assert answer.status_code < 403 or answer.status_code == 405, (case, answer.status_code)
        assert not answer.headers.get("Location", "").startswith(reverse("admin:login")), case
    assert answer.status_code < 500, case
    if method != "post" or not allowed:
        assert state() == before, case


@pytest.mark.parametrize("page", ["change/", "delete/", ""])
@pytest.mark.parametrize("number", ["%20{}", "{}%20", "+{}", "x"])
def test_another_spelling_of_a_number_leads_to_no_form_of_the_stock_admin(number, page, rows, alice_client):
    for kind, row in rows.items():
        before = state()
        address = f"/admin/{row._meta.app_label}/{kind}/{number.format(row.pk)}/{page}"
        for answer in (alice_client.get(address), alice_client.post(address, {"name": "Changed", "post": "yes"})):
            assert answer.status_code == 404, address
        assert state() == before
