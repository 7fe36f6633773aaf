"""What the audit trail holds after people have done something: who, what, from what to what, and never a secret."""

import json

import pytest
from auditlog.models import LogEntry
from django.urls import reverse

from audit_trail import changes_of
from connections.models import Connection, Consent, TokenSet
from connections.tokens import needs_reconnecting
from exports.editing.removal import detach
from exports.editing.saving import Draft, save_export
from exports.models import Run
from exports.runs import cancel_run, start_run
from segments.models import Segment
from tests.exports.pages import plain_export, plain_segment


@pytest.fixture
def export(connection, list_id):
    return plain_export(connection, list_id, name="US customers")


def last() -> LogEntry:
    return LogEntry.objects.order_by("pk").last()


def everything() -> str:
    return json.dumps([[entry.changes, entry.additional_data, entry.object_repr] for entry in LogEntry.objects.all()])


def test_a_change_by_the_form_is_written_with_its_person(alice_client, alice, connection):
    page = reverse("admin:connections_connection_change", args=[connection.pk])
    form = {"display_name": "Renamed", "sharing": "contributors", "seen": connection.updated_at.isoformat()}

    alice_client.post(page, form)

    entry = LogEntry.objects.get_for_object(connection).filter(action=LogEntry.Action.UPDATE).first()
    assert entry.actor == alice
    assert entry.changes["display_name"][1] == "Renamed"


def test_an_update_without_signals_is_written_from_what_to_what(export, alice):
    draft = Draft("Renamed", export.connection, export.list_id, {"email": "email"}, list(export.segments.all()))

    save_export(draft, export, seen=export.updated_at, by=alice)

    assert last().changes == {"name": ["US customers", "Renamed"]}


def test_nothing_is_written_when_nothing_changed(export):
    before = LogEntry.objects.count()

    with changes_of(export):
        type(export).objects.filter(pk=export.pk).update(name=export.name)

    assert LogEntry.objects.count() == before


def test_the_segments_of_an_export_are_watched(export):
    other = plain_segment("Spain")

    export.segments.add(other)

    assert last().changes["segments"] == {"type": "m2m", "operation": "add", "objects": ["Spain"]}


def test_runs_previews_and_cancelling_are_written_with_who_asked(export, alice, bob):
    run, _ = start_run(export, by=bob)
    assert (last().actor, last().additional_data["event"], last().additional_data["run"]) == (bob, "ran", run.pk)

    cancel_run(run, by=alice)
    assert (last().actor, last().additional_data["event"]) == (alice, "cancelled")

    Run.objects.all().delete()
    start_run(export, by=bob, preview=True, trigger=Run.Trigger.PREVIEW)
    assert last().additional_data["event"] == "previewed"


def test_a_second_click_is_no_second_event(export, bob):
    start_run(export, by=bob)
    start_run(export, by=bob)

    assert LogEntry.objects.filter(additional_data__event="ran").count() == 1


def test_detaching_is_written(export, alice):
    detach(export, by=alice)

    assert last().actor == alice
    assert last().changes["connection"][1] == "None"


def test_downloads_and_look_ups_of_people_are_written_without_the_address(export, alice_client, alice):
    run = Run.objects.create(
        export=export, trigger="on_demand", status="failed", reason="unexpected", plan_file="gone.parquet",
        finished_at=export.created_at, configuration={"mapping": export.mapping},
    )  # fmt: skip

    alice_client.post(reverse("admin:exports_run_person", args=[run.pk]), {"person": "ana@example.com"})

    assert (last().actor, last().additional_data["event"]) == (alice, "looked_up_person")
    assert "ana@example.com" not in everything()


def test_a_consent_is_written_with_its_version(connection, alice):
    Consent.objects.create(connection=connection, user=alice, text_version="2026-11", language="en")

    assert last().changes["text_version"] == ["None", "2026-11"]


def test_a_connection_that_fails_is_written_once(connection):
    needs_reconnecting(connection)
    needs_reconnecting(connection)

    assert LogEntry.objects.filter(additional_data__event="needs_reconnecting").count() == 1


def test_tokens_and_passwords_never_reach_the_trail(connection, alice):
    alice.set_password("a very secret phrase")
    alice.save()
    held = TokenSet.objects.get(connection=connection)
    held.save()
    Connection.objects.get(pk=connection.pk).save()

    stored = everything()
    assert "password" not in stored
    assert alice.password not in stored
    assert held.access_token not in stored
    assert held.refresh_token not in stored


def test_an_address_in_a_rule_is_not_kept(db):
    segment = plain_segment("One person")
    segment.rules = {"op": "and", "rules": [{"attribute": "email", "operator": "equals", "value": "ana@example.com"}]}
    segment.save()

    assert "ana@example.com" not in everything()
    assert "rules" in LogEntry.objects.get_for_object(Segment.objects.get()).first().changes
