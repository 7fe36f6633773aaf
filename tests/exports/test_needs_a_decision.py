"""A run that a brake holds: it sends nothing, is told of once, and ends by somebody's decision or a newer run."""

import pytest
from auditlog.models import LogEntry
from django.core.management import CommandError, call_command
from django.urls import reverse

from ccexport.alerts.detect import present_incidents
from ccexport.alerts.notifications import notification_of
from ccexport.alerts.recipients import recipients_of
from ccexport.models import Incident
from connections.models import Connection
from exports.models import Batch, Export, Run
from exports.permissions import can_decide
from exports.pipeline.advance import advance
from exports.plan.retention import sweep_plans
from exports.reports.attention import can_retry
from exports.reports.sentence import run_sentence
from exports.runs import cancel_run, claim_run, discard_run, start_run
from exports.schedule.refresh import start_refresh
from tests.exports.pages import sentences
from tests.support.fixtures_exports import (
    make_export,
    make_segment,
    make_source,
    on_list,
    refresh_until_over,
    work_once,
    work_until_over,
)

MANY = [{"id": str(n), "email": f"p{n}@example.com", "first_name": f"P{n}", "last_name": "X", "country": "France"}
        for n in range(30)]  # fmt: skip


@pytest.fixture
def export(db, tmp_path, connection, list_id, bob) -> Export:
    """Thirty people, of an export that bob made."""
    Connection.objects.filter(pk=connection.pk).update(sharing="contributors")
    return make_export(connection, list_id, make_segment(make_source(tmp_path, MANY)), created_by=bob)


def page_of(run: Run, name: str = "change") -> str:
    return reverse(f"admin:exports_run_{name}", args=[run.pk])


def events() -> list[tuple[str, str]]:
    entries = LogEntry.objects.filter(action=LogEntry.Action.ACCESS).order_by("pk")
    return [(entry.additional_data["event"], str(entry.actor)) for entry in entries]


def test_a_segment_that_shrank_waits_until_somebody_decides(
    export, sandbox, list_id, tmp_path, alice, bob, dave, carol_client, dave_client, bob_client, alice_client, capsys
):
    assert work_until_over(start_run(export, by=bob)[0]).status == Run.Status.SUCCEEDED
    make_source(tmp_path, [*MANY[:9], {**MANY[9], "email": "new@example.com"}])

    # A refresh comes to it. It is no failure of the refresh, and seen there.
    refresh = refresh_until_over(start_refresh(by=None, trigger="scheduled")[0])
    first = work_until_over(export.runs.first())
    assert (first.status, first.reason, first.finished_at, first.lease, first.list_taken) == (
        Run.Status.NEEDS_DECISION, "needs_decision", None, "", "",
    )  # fmt: skip
    (brake,) = first.brakes
    assert (brake["code"], brake["value"], brake["limit"]) == ("shrank", 67, 50)
    assert sandbox.stats()["imports"] == 1
    assert refresh.status == "succeeded"
    assert "Needs a decision" in alice_client.get(reverse("admin:exports_refresh_change", args=[refresh.pk])).text
    work_once(first)
    assert first.status == Run.Status.NEEDS_DECISION  # it never goes on by itself

    # Whom it concerns is told, once.
    incidents = [
        Incident(kind=kind, subject=about, details=found) for (kind, about), found in present_incidents().items()
    ]
    (incident,) = incidents
    assert (incident.kind, incident.subject) == (Incident.Kind.NEEDS_DECISION, f"export:{export.pk}")
    assert recipients_of(incident) == [alice, bob]
    told = notification_of(incident)
    assert told.title == "The export “Newsletter” needs a decision."
    assert "67% fewer profiles than at the last run: 10 instead of 30." in told.text
    assert told.title in alice_client.get("/").text

    # A newer run takes its place: one at the command line, which says what to do.
    with pytest.raises(CommandError, match=f"send its plan or discard it on http.*/run/{first.pk + 1}/") as ended:
        call_command("run_export", "Newsletter", wait=True)
    assert ended.value.returncode == 3
    assert "10 instead of 30" in capsys.readouterr().out
    first.refresh_from_db()
    second = export.runs.first()
    assert (first.status, first.reason) == (Run.Status.CANCELLED, "replaced")
    assert run_sentence(first) == (
        f"Nobody had decided about this run when a newer one replaced it: Run {second.pk}. Nothing was sent."
    )

    # Who may look, and who may decide.
    for client in (carol_client, dave_client):
        page = client.get(page_of(second))
        assert "An administrator or the owner of the export decides about this run." in page.text
        assert "10 instead of 30" in page.text
        assert [client.post(page_of(second, name)).status_code for name in ("send", "discard")] == [403, 403]
    page = bob_client.get(page_of(second))
    assert "p3@example.com" in page.text or "new@example.com" in page.text  # the plan to look at
    assert "Send this plan all the same?" in page.text
    assert bob_client.get(page_of(second, "discard")).url == page_of(second)  # a link discards nothing

    # Discarded: it is over, nothing of it can be retried, and nobody is told any more.
    answer = alice_client.post(page_of(second, "discard"), follow=True)
    assert "is discarded: it is never sent." in sentences(answer)
    second.refresh_from_db()
    assert (second.status, second.reason, second.decided_by) == (Run.Status.CANCELLED, "discarded", alice)
    assert "Retry failed batches" not in answer.text
    assert not can_retry(second)
    assert present_incidents() == {}
    assert not discard_run(second, by=bob)
    assert "needs no decision any more" in sentences(alice_client.post(page_of(second, "discard"), follow=True))

    # Sent: exactly this plan, by whoever decided; the run stays that of whoever started it.
    third = work_until_over(start_run(export, by=None, trigger=Run.Trigger.SCHEDULED)[0])
    plan, queued_at = third.plan_file, third.queued_at
    answer = bob_client.post(page_of(third, "send"), follow=True)
    assert "it sends exactly the plan you saw" in sentences(answer)
    third.refresh_from_db()
    work_until_over(third)
    assert (third.status, third.plan_file, third.decided_by, third.started_by) == (
        Run.Status.SUCCEEDED,
        plan,
        bob,
        None,
    )
    assert (third.trigger, third.queued_at) == (Run.Trigger.SCHEDULED, queued_at)
    assert "new@example.com" in on_list(sandbox, list_id)
    assert events()[-4:] == [
        ("ran", "None"), ("discarded_plan", "alice"), ("ran", "None"), ("decided_to_send", "bob"),
    ]  # fmt: skip
    assert work_until_over(start_run(export, by=bob)[0]).status == Run.Status.SUCCEEDED  # ten are what it compares with


def test_who_started_it_decides_nothing_where_the_connection_says_so(
    export, sandbox, source, alice, bob, bob_client, alice_client
):
    Connection.objects.update(decided_by_another=True)
    nobody = {"attribute": "country", "operator": "equals", "value": "Nowhere"}
    export.segments.set([make_segment(source, "Nobody", [nobody])])
    export = Export.objects.get(pk=export.pk)

    # A preview shows which brake would hold it, and holds nothing.
    preview = work_until_over(start_run(export, by=bob, preview=True)[0])
    page = bob_client.get(page_of(preview)).text
    assert preview.status == Run.Status.PLANNED
    assert "A brake would hold this plan." in page
    assert "The selected segments have no members." in page

    held = work_until_over(start_run(export, by=bob)[0])
    assert (held.status, [each["code"] for each in held.brakes]) == (Run.Status.NEEDS_DECISION, ["empty"])
    assert not can_decide(bob, held)
    assert can_decide(alice, held)
    page = bob_client.get(page_of(held)).text
    assert "You started this run, so somebody else decides about it." in page
    assert bob_client.post(page_of(held, "discard")).status_code == 403
    page = alice_client.get(page_of(held)).text
    assert "Discard" in page
    assert "Send this plan all the same?" not in page  # there is nothing to send
    assert "There is nothing to send." in sentences(alice_client.post(page_of(held, "send"), follow=True))
    held.refresh_from_db()
    assert held.status == Run.Status.NEEDS_DECISION
    assert sandbox.stats()["imports"] == 0


def test_a_preview_that_trips_is_sent_at_once_only_by_who_may_decide(export, sandbox, list_id, alice, bob, bob_client):
    Export.objects.update(brakes={"new_people": 5})
    export = Export.objects.get(pk=export.pk)
    Connection.objects.update(decided_by_another=True)
    preview = work_until_over(start_run(export, by=bob, preview=True)[0])
    page = bob_client.get(page_of(preview)).text
    assert "If somebody sends this plan, it waits until" in page
    bob_client.post(page_of(preview, "send"))
    preview.refresh_from_db()
    work_until_over(preview)
    assert (preview.status, preview.preview) == (Run.Status.NEEDS_DECISION, False)
    assert sandbox.stats()["imports"] == 0

    Connection.objects.update(decided_by_another=False)
    other = work_until_over(start_run(export, by=bob, preview=True)[0])
    assert "If you send this plan, you decide about that." in bob_client.get(page_of(other)).text
    bob_client.post(page_of(other, "send"))
    other.refresh_from_db()
    preview.refresh_from_db()
    assert (preview.status, preview.reason) == (Run.Status.CANCELLED, "replaced")
    assert set(preview.batches.values_list("state", flat=True)) == {Batch.State.CANCELLED}
    assert (work_until_over(other).status, other.decided_by) == (Run.Status.SUCCEEDED, bob)
    assert len(on_list(sandbox, list_id)) == 30


def test_a_plan_that_changed_since_is_not_sent_by_a_decision_about_the_old_one(
    connection, list_id, sqlite, sqlite_source, sandbox, alice, alice_client
):
    """Profiles in a database say nothing when they change, so they are read again."""
    sqlite.execute("CREATE TABLE people (id INTEGER, email TEXT, first_name TEXT, last_name TEXT, country TEXT)")
    for each in MANY[:3]:
        sqlite.execute("INSERT INTO people VALUES (:id, :email, :first_name, :last_name, :country)", each)
    segment = make_segment(sqlite_source("people"), "In the database")
    held = work_until_over(start_run(make_export(connection, list_id, segment, brakes={"new_people": 1}), by=None)[0])
    sqlite.execute("DELETE FROM people WHERE id = 1")
    alice_client.post(page_of(held, "send"))
    held.refresh_from_db()
    assert held.decided_by == alice
    work_until_over(held)
    assert (held.status, held.reason, held.decided_at, held.counts) == (
        Run.Status.NEEDS_DECISION, "plan_changed", None, {"send": 2},
    )  # fmt: skip
    assert [each["value"] for each in held.brakes] == [2]
    assert sandbox.stats()["imports"] == 0
    of_before = alice_client.post(page_of(held, "send"), {"plan": "plans/of-before.parquet"}, follow=True)
    assert "Look at it before you send it." in sentences(of_before)
    alice_client.post(page_of(held, "send"), {"plan": held.plan_file})
    held.refresh_from_db()
    assert work_until_over(held).status == Run.Status.SUCCEEDED
    assert len(on_list(sandbox, list_id)) == 2


def test_a_run_that_is_cancelled_while_it_is_planned_needs_no_decision(export, sandbox, bob):
    Export.objects.update(brakes={"new_people": 1})
    run = start_run(Export.objects.get(pk=export.pk), by=bob)[0]
    planned = claim_run(run.pk)
    cancel_run(run, by=bob)
    assert planned.cancel_requested_at is None  # of that its worker knows nothing yet
    advance(planned)
    run.refresh_from_db()
    assert (run.status, sandbox.stats()["imports"]) == (Run.Status.CANCELLED, 0)


def test_the_plan_of_a_held_run_is_kept_no_longer_than_that_of_a_preview(export, settings):
    settings.PLAN_RETENTION_DAYS = 0
    held = Run.objects.create(export=export, trigger="on_demand", status="needs_decision", plan_file="plans/x.parquet",
                              configuration={"mapping": {}})  # fmt: skip
    sweep_plans()
    held.refresh_from_db()
    assert held.plan_file == ""
