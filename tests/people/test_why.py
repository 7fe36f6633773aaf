"""Why is this person on the list, or not? From rosters, plans and sources; by rule; only of what one may see."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
from auditlog.models import LogEntry
from django.urls import reverse

from connections.models import Connection
from exports.models import Batch, Export, Roster, Run
from exports.reports import why as reports
from exports.reports.why import Answer, why
from exports.runs import start_run
from profiles.snapshots import store_parquet
from segments.members.one_person import profiles_of_address
from segments.models import Segment
from tests.exports.pages import plain_export
from tests.people.test_send_only_to_me import opt_out, suppress
from tests.support.fixtures_exports import make_segment, work_until_over

COLUMNS = {
    "email": "VARCHAR", "contact_id": "VARCHAR", "profile_id": "VARCHAR", "export_id": "BIGINT",
    "first_sent": "TIMESTAMP", "last_sent": "TIMESTAMP", "run_id": "BIGINT", "confirmed": "TIMESTAMP",
    "on_list": "BOOLEAN", "updated": "TIMESTAMP", "left": "TIMESTAMP", "removed": "TIMESTAMP",
    "removed_by_run": "BIGINT",
}  # fmt: skip
THEN = datetime(2026, 11, 2, 10, tzinfo=UTC)


def know(export: Export, folder: Path, *people: dict[str, object]) -> None:
    """What the last read-back found of the list of an export."""
    path = folder / f"{uuid.uuid4()}.parquet"
    with duckdb.connect() as duck:
        columns = ", ".join(f'"{name}" {type}' for name, type in COLUMNS.items())
        duck.execute(f"CREATE TABLE roster ({columns})")
        for person in people:
            values = [value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in person.values()]
            names = ", ".join(f'"{name}"' for name in person)
            duck.execute(f"INSERT INTO roster ({names}) VALUES ({', '.join('?' * len(values))})", values)
        duck.execute(f"COPY roster TO '{path}' (FORMAT parquet)")
    Roster.objects.update_or_create(
        account_id=export.list_account_id,
        list_id=export.list_id,
        defaults={"file": store_parquet("rosters", path), "read_at": datetime.now(UTC) + timedelta(days=1)},
    )


def verdict(user, text: str) -> tuple[bool | None, str]:
    (found,) = why(user, text).lists
    return found.is_on, found.verdict.code.removeprefix("why.")


def test_the_plans_tell_of_everybody_before_the_list_is_read(export, alice, sandbox, list_id):
    Roster.objects.all().delete()
    assert verdict(alice, " ANA@example.com") == (None, "off_not_yet_unread")
    run = work_until_over(start_run(export, by=alice)[0])
    Roster.objects.all().delete()
    assert verdict(alice, "Ana@Example.com ") == (True, "on_accepted")
    assert verdict(alice, "josé@example.com") == (None, "off_left_out_unread")
    assert verdict(alice, "goro@example.com") == (None, "off_not_member_unread")
    assert verdict(alice, "nobody@example.com") == (None, "off_nobody_unread")
    work_until_over(start_run(export, by=alice)[0])  # nothing changed: what was sent is in the run before
    (found,) = why(alice, "ana@example.com").lists[0].exports
    assert found.sent.run == run
    assert dict(found.sent.values) == {"email": "ana@example.com", "first_name": "Ana", "last_name": "Alvarez"}
    assert found.sent.batch.activity_id
    Roster.objects.all().delete()
    Batch.objects.filter(run=run).update(refused=1, accepted=2)
    assert verdict(alice, "ana@example.com") == (None, "unclear")
    Run.objects.update(plan_file="")
    Export.objects.update(baseline=None)
    assert verdict(alice, "ana@example.com") == (None, "off_not_yet_unread")


def test_what_the_list_was_seen_to_hold_tells_why_before_any_plan(export, alice, tmp_path, source):
    ours = {"export_id": export.pk, "first_sent": THEN, "last_sent": THEN, "run_id": 1}
    know(
        export,
        tmp_path,
        {"email": "ana@example.com", "confirmed": THEN, "on_list": True, **ours},
        {"email": "own@example.com", "confirmed": THEN, "on_list": True},
        {"email": "left@example.com", "confirmed": THEN, "on_list": False, "left": THEN, **ours},
        {"email": "off@example.com", "confirmed": THEN, "on_list": False, "removed": THEN, **ours},
        {"email": "refused@example.com", "on_list": False, **ours},
        {"email": "other@example.com", "confirmed": THEN, "on_list": True, **(ours | {"export_id": 999})},
        {"email": "sent@example.com", **ours},
        {"email": "out@example.com", "confirmed": THEN, "on_list": False, **ours},
    )
    opt_out(export.list_account_id, "out@example.com", tmp_path)
    for address, expected in {
        "ana@example.com": (True, "on_by_export"),
        "own@example.com": (True, "on_by_others"),
        "left@example.com": (False, "off_left"),
        "off@example.com": (False, "off_removed"),
        "refused@example.com": (False, "off_refused"),
        "other@example.com": (True, "on_by_another_export"),
        "sent@example.com": (None, "not_read"),
        "out@example.com": (False, "off_opted_out"),
        "ben@example.com": (False, "off_not_yet"),
        "goro@example.com": (False, "off_not_member"),
        "nobody@example.com": (False, "off_nobody"),
    }.items():
        assert verdict(alice, address) == expected, address
    suppress("sent@example.com", alice)
    suppress("nobody@example.com", alice)
    suppress("ana@example.com", alice)
    assert verdict(alice, "sent@example.com") == (None, "off_suppressed")
    assert verdict(alice, "nobody@example.com") == (None, "off_suppressed")
    assert verdict(alice, "ana@example.com") == (True, "on_by_export")  # sent before somebody suppressed the address
    assert why(alice, "ana@example.com").lists[0].suppression is not None
    assert "opted out of all email of the account on Nov. 2, 2026" in str(
        why(alice, "out@example.com").lists[0].verdict
    )


def test_each_rule_of_each_segment_is_told(source, db):
    country, city = (
        {"attribute": "country", "operator": "equals", "value": "France", "ignore_case": True},
        {"attribute": "first_name", "operator": "startsWith", "value": "B"},
    )
    rules = {"op": "and", "rules": [country, city], "then": [{"operation": "except", "op": "or", "rules": [city]}]}
    several = Segment.objects.create(name="Several", source=source, rules=rules)
    wrong = make_segment(source, "Wrong", [{"attribute": "gone", "operator": "isNull"}])
    everybody = make_segment(source, "Everybody", [])
    (found,) = profiles_of_address(source, "email", "ben@example.com", [several, wrong, everybody], ["country", "no"])
    assert (found.key, found.values) == ("2", {"country": "France"})
    first, second, third = found.judged
    assert first.is_member is False
    assert [(rule.operation, rule.holds) for rule in first.rules] == [("", True), ("except", True)]
    assert [(each.text, each.holds) for each in first.rules[0].conditions] == [
        ("country is “France” (ignoring case)", True), ("first_name starts with “B”", True),
    ]  # fmt: skip
    assert second.is_member is None
    assert "gone" in second.problem
    assert third.is_member is True
    (goro,) = profiles_of_address(source, "email", "goro@example.com", [several])
    assert [each.holds for each in goro.judged[0].rules[0].conditions] == [False, False]
    assert len(profiles_of_address(source, "email", "ana@example.com", [everybody])) == 2
    assert profiles_of_address(source, "no attribute", "ana@example.com", [everybody]) == []


def test_others_see_nothing_and_each_look_is_recorded_without_the_address(
    export, alice, alice_client, bob, bob_client, dave_client, carol_client, connection, caplog
):
    Connection.objects.filter(pk=connection.pk).update(sharing="chosen")
    connection.chosen_contributors.set([bob])
    plain_export(connection, "559a8e62-ae55-44cf-9c9c-c976ca9904ab", "Second")
    page = reverse("admin:exports_why")
    assert carol_client.post(page, {"address": "ana@example.com"}).status_code == 403
    assert bob_client.get(page, {"address": "ana@example.com"}).context.get("answer") is None
    answer = bob_client.post(page, {"address": "ana@example.com"})
    assert [each["found"].name for each in answer.context["lists"]] == ["News", "Newsletter"]
    text = answer.content.decode()
    assert "is a member." in text
    assert "country is “France” (ignoring case)" in text
    none = dave_client.post(page, {"address": "ana@example.com"})
    assert none.context["lists"] == []
    assert "There is no list whose people you may see" in none.content.decode()
    entries = LogEntry.objects.filter(additional_data__event="asked_why")
    assert entries.count() == 2
    assert all("ana@" not in str(entry.additional_data) + entry.object_repr for entry in entries)
    assert "ana@example.com" not in caplog.text
    assert Export.objects.count() == 2


def test_many_lists_are_answered_some_at_a_time(export, alice, alice_client, connection, monkeypatch):
    for number in range(4):
        plain_export(connection, str(uuid.uuid4()), f"Export {number}", list_name=f"List {number}")
    monkeypatch.setattr(reports, "LISTS", 2)
    seen, first = [], 0
    while first is not None:
        answer: Answer = why(alice, "ana@example.com", first)
        seen += [found.name for found in answer.lists]
        first = answer.next
    assert seen == ["List 0", "List 1", "List 2", "List 3", "Newsletter"]
    monkeypatch.setattr(reports, "SECONDS", -1.0)
    assert len(why(alice, "ana@example.com").lists) == 1  # but one at least
    page = alice_client.post(reverse("admin:exports_why"), {"address": "ana@example.com", "first": "2"})
    assert [each["found"].name for each in page.context["lists"]] == ["List 2"]
    assert "3 of 5 lists looked at" in " ".join(page.content.decode().split())
