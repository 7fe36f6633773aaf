"""A preview: what would be sent, exactly as sent, and sending just that."""

import json
import re

import pytest
from django.urls import reverse

from connections.models import Connection
from exports.models import Export, Run
from exports.plan.payloads import values_of
from exports.runs import start_run
from segments.models import Segment
from tests.exports.pages import sentences
from tests.support.fixtures_exports import REACHED, on_list, work_once, work_until_over


@pytest.fixture
def planned(export, bob) -> Run:
    """A preview of 6 people, of whom 3 would be sent."""
    Connection.objects.filter(pk=export.connection_id).update(sharing="contributors")
    return work_once(start_run(export, by=bob, trigger=Run.Trigger.PREVIEW, preview=True)[0])


def page_of(run: Run, name: str = "change") -> str:
    return reverse(f"admin:exports_run_{name}", args=[run.pk])


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_a_preview_sends_nothing(planned, sandbox):
    assert planned.status == Run.Status.PLANNED
    assert sandbox.stats()["imports"] == 0


def test_the_page_says_what_would_happen_and_what_it_costs(bob_client, planned):
    answer = bob_client.get(page_of(planned))
    page = text_of(answer)
    assert "What would happen to everybody" in page
    assert "3 To be sent" in page
    assert "3 Left out" in page
    assert answer.context["estimate"].calls > 1
    assert "left today" in page
    assert "Send this plan" in page


def test_the_sample_is_exactly_what_is_sent(bob_client, planned, sandbox, list_id):
    answer = bob_client.get(page_of(planned))
    shown = [json.loads(row.payload) for row, _cells in answer.context["sample"]]
    assert {each["email"] for each in shown} == REACHED
    bob_client.post(page_of(planned, "send"))
    planned.refresh_from_db()
    work_until_over(planned)
    received = {member["email"]: member["first_name"] for member in sandbox.members(list_id)}
    assert received == {each["email"]: each["first_name"] for each in shown}


def test_each_reason_comes_with_examples(bob_client, planned):
    page = text_of(bob_client.get(page_of(planned)))
    assert "josé@example.com" in page
    assert "No email address" in page


def test_sending_the_plan_leads_to_the_run(bob_client, planned, sandbox, list_id):
    answer = bob_client.post(page_of(planned, "send"), follow=True)
    assert "it sends exactly the plan you saw" in sentences(answer)
    planned.refresh_from_db()
    work_until_over(planned)
    assert on_list(sandbox, list_id) == REACHED


def test_a_link_sends_nothing(bob_client, planned):
    assert bob_client.get(page_of(planned, "send")).url == page_of(planned)
    planned.refresh_from_db()
    assert planned.status == Run.Status.PLANNED


def test_a_plan_of_an_export_that_was_changed_since_is_not_sent(bob_client, planned, sandbox):
    Export.objects.filter(pk=planned.export_id).update(mapping={"email": "email"})
    page = text_of(bob_client.get(page_of(planned)))
    assert "This preview is out of date." in page
    assert "Send this plan" not in page
    assert "Preview again to see" in sentences(bob_client.post(page_of(planned, "send"), follow=True))
    assert sandbox.stats()["imports"] == 0


def test_viewers_see_how_many_and_not_who(carol_client, planned):
    answer = carol_client.get(page_of(planned))
    assert "3 To be sent" in text_of(answer)
    assert answer.context["sample"] == []
    assert "josé" not in text_of(answer)
    assert "Send this plan" not in text_of(answer)
    assert carol_client.post(page_of(planned, "send")).status_code == 403


def test_nothing_to_send_is_shown(bob, bob_client, planned):
    bob_client.post(page_of(planned, "send"))
    planned.refresh_from_db()
    work_until_over(planned)
    export = Export.objects.get(pk=planned.export_id)
    again = work_until_over(start_run(export, by=bob, preview=True)[0])  # the list has members: it is read back first
    page = text_of(bob_client.get(page_of(again)))
    assert "There is nothing to send." in page
    assert "Send this plan" not in page


def test_a_preview_that_failed_says_why(bob_client, export, bob, tmp_path):
    Connection.objects.filter(pk=export.connection_id).update(sharing="contributors")
    run = start_run(export, by=bob, preview=True)[0]
    Segment.objects.all().delete()
    work_once(run)
    assert "no longer exists" in text_of(bob_client.get(page_of(run)))


def test_a_plan_laid_out_as_files_is_shown_by_field():
    line = 'ana@example.com,"Ana, the first"'
    assert values_of(line, ["email", "first_name"]) == {"email": "ana@example.com", "first_name": "Ana, the first"}
