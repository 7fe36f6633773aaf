"""System › Audit: the trail as sentences, searched and downloaded."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from auditlog.context import set_actor
from auditlog.models import LogEntry
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

import audit_trail
from ccexport.audit import retention
from ccexport.audit.retention import forget_old_entries
from ccexport.audit.sentences import sentences_of
from ccexport.messages import EVENT_TEXTS
from connections.models import Consent
from exports.editing.saving import Draft, save_export
from exports.models import RefreshSchedule, Run
from exports.runs import start_run
from jobs.limits import LIMITS
from tests.exports.pages import plain_export, plain_segment

AUDIT = reverse("admin:system_audit")
DOWNLOAD = reverse("admin:system_audit_download")


@pytest.fixture
def export(connection, list_id):
    return plain_export(connection, list_id, name="US customers")


def sentences() -> list[str]:
    return [sentence for entry in LogEntry.objects.order_by("pk") for sentence in sentences_of(entry)]


def found(client, **asked) -> str:
    return client.get(AUDIT, asked).text


def test_a_change_is_a_sentence_from_what_to_what(export, alice):
    draft = Draft("Everybody", export.connection, export.list_id, {"email": "email"}, list(export.segments.all()))
    with set_actor(alice):
        save_export(draft, export, seen=export.updated_at, by=alice)

    assert "alice changed “Display name” of the export “Everybody” from “US customers” to “Everybody”." in sentences()


def test_data_matching_is_shown_in_words(export, alice):
    with audit_trail.changes_of(export, by=alice):
        type(export).objects.update(mapping={"email": "email", "first_name": "given"})

    assert sentences()[-1].endswith("from “Email ← email” to “Email ← email, First name ← given”.")


def test_segments_are_named_when_they_are_added_and_taken_out(export):
    export.segments.set([plain_segment("Spain")])

    assert "The system added “Spain” to “Segments” of the export “US customers”." in sentences()
    assert "The system removed “France” from “Segments” of the export “US customers”." in sentences()


def test_who_ran_is_shown_and_what_ran_by_itself(export, bob):
    run, _ = start_run(export, by=bob)
    assert sentences()[-1] == f"bob ran the export “US customers” (run {run.pk})."

    Run.objects.all().delete()
    run, _ = start_run(export, by=None, trigger=Run.Trigger.SCHEDULED)
    assert sentences()[-1] == f"The export “US customers” ran by itself (run {run.pk})."


def test_every_event_has_its_sentence_in_both_languages(export, alice):
    details = {"run": 1, "organization": "Sandbox", "old": "Viewers", "new": "Administrators", "provider": "Example ID"}
    details |= {"attribute": "first_name", "count": 2, "undone": 1, "connection": "Newsletter"}
    LogEntry.objects.all().delete()
    for event in EVENT_TEXTS:
        audit_trail.record(export, event, by=alice, **details)
    for language in ("en", "zh-hans"):
        with override(language):
            assert all("US customers" in sentence or "alice" in sentence for sentence in sentences())


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ({"person": "alice"}, True),
        ({"person": "bob"}, False),
        ({"kind": "exports.export"}, True),
        ({"kind": "segments.segment"}, False),
        ({"name": "us cust"}, True),
        ({"name": "Spain"}, False),
        ({"until": "2026-11-23"}, False),
        ({"since": "2026-11-24", "until": "2026-11-24"}, True),
        ({"since": "2026-11-25"}, False),
    ],
)
def test_the_trail_is_searched(asked, is_found, export, alice, bob, alice_client):
    LogEntry.objects.all().delete()
    with time_machine.travel("2026-11-24 12:00:00Z", tick=False):
        audit_trail.record(export, "downloaded_left_out", by=alice, run=7)
    people = {"alice": alice.pk, "bob": bob.pk}
    asked = asked | ({"person": people[asked["person"]]} if "person" in asked else {})

    assert ("alice downloaded the left-out profiles of run 7" in found(alice_client, **asked)) is is_found
    assert ("run 7" in b"".join(alice_client.get(DOWNLOAD, asked)).decode()) is is_found


def test_senseless_date_is_shown_as_an_error(alice_client):
    assert "Enter a valid date." in found(alice_client, since="yesterday")


def test_the_file_holds_no_formula(export, alice, alice_client):
    export.name = "=HYPERLINK(1)"
    audit_trail.record(export, "tested", by=alice)

    lines = b"".join(alice_client.get(DOWNLOAD)).decode()

    assert "'=HYPERLINK(1)" in lines
    assert ",=HYPERLINK" not in lines


def test_a_page_holds_fifty_and_asks_few_queries(export, alice, alice_client, django_assert_max_num_queries):
    for number in range(60):
        audit_trail.record(export, "ran", by=alice, run=number)
    alice_client.get(AUDIT)

    with django_assert_max_num_queries(14):
        page = alice_client.get(AUDIT)

    assert len(page.context["rows"]) == 50
    assert "run 59" in page.text
    assert "run 1)" in alice_client.get(AUDIT, {"page": 2}).text


def test_a_name_with_markup_stays_text(export, alice, alice_client):
    export.name = "<script>alert(1)</script>"
    audit_trail.record(export, "tested", by=alice)

    assert "<script>alert(1)" not in found(alice_client)


def test_entries_are_dropped_after_the_days_that_the_page_names(export, alice, alice_client, settings):
    assert "Each entry is kept for 730 days." in found(alice_client)
    LogEntry.objects.all().delete()
    for days in (731, 729):
        with time_machine.travel(timezone.now() - timedelta(days=days), tick=False):
            audit_trail.record(export, "tested", by=alice)

    assert forget_old_entries() == 1
    assert LogEntry.objects.count() == 1

    settings.AUDIT_RETENTION_DAYS = 0
    assert forget_old_entries() == 0
    assert "Entries are kept for good." in found(alice_client)


def test_old_entries_are_dropped_a_few_at_a_time_and_what_time_leaves_over_the_next_day(export, alice, monkeypatch):
    with time_machine.travel(timezone.now() - timedelta(days=731), tick=False):
        for _entry in range(5):
            audit_trail.record(export, "tested", by=alice)
    begun = iter([0.0, 0.0, 0.0, LIMITS.daily.work])
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    with monkeypatch.context() as patched:
        patched.setattr(retention, "time", SimpleNamespace(monotonic=lambda: next(begun)))
        assert forget_old_entries() == 4
    assert forget_old_entries() == 1


def test_only_administrators_look(bob_client, carol_client):
    assert [client.get(AUDIT).status_code for client in (bob_client, carol_client)] == [403, 403]


def test_entries_of_yesterday_are_found_since_then(export, alice, alice_client):
    audit_trail.record(export, "tested", by=alice)
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()

    assert "alice tested" in found(alice_client, since=yesterday)


def test_a_consent_names_the_person_and_the_connection(connection, alice):
    Consent.objects.create(connection=connection, user=alice, text_version="7", language="en")

    agreed = "alice agreed to the data privacy and compliance text, version 7, for the connection “Newsletter”."
    assert agreed in sentences()


def test_change_of_the_schedule_is_shown(connection, alice):
    with set_actor(alice):
        RefreshSchedule.objects.create(pk=1, recurrence="daily", times=["02:30"], time_zone="Europe/Paris")
        schedule = RefreshSchedule.objects.get(pk=1)
        schedule.is_on = True
        schedule.save()

    changed = "alice changed “Schedule run” of the refresh schedule “Refresh schedule” from “No” to “Yes”."
    assert changed in sentences()
