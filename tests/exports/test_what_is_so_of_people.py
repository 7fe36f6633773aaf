"""Sentences about people claim no more than is so."""

import pytest
from django.urls import reverse

from exports.models import Batch, Run
from exports.plan.reader import PersonOutcome, Row
from exports.reports.person import explain
from exports.runs import start_run
from profiles.models import ProfileSource
from tests.support.fixtures_exports import work_until_over


@pytest.mark.parametrize("attribute", ["", "last_name"])
def test_a_duplicate_was_updated_earlier_only_where_the_source_says_when(export, bob, alice_client, attribute):
    run = work_until_over(start_run(export, by=bob)[0])
    ProfileSource.objects.update(updated_attribute=attribute)

    page = alice_client.post(reverse("admin:exports_run_person", args=[run.pk]), {"person": "6"}).text

    assert "another profile has the same email address and was kept" in page
    assert ("updated more recently" in page) is bool(attribute)


def test_the_form_promises_nothing_of_who_left_before_the_list_is_read_back(alice_client, connection):
    page = alice_client.get(reverse("admin:exports_export_add")).text
    assert "Who leaves this list is known once it was read back: from the second run on." in page
    assert "never added again" not in page


def test_who_left_the_list_is_not_added_again_by_sending_everyone_and_the_page_says_of_when_that_is(
    export, sandbox, list_id, bob, alice_client
):
    address = reverse("admin:exports_export_change", args=[export.pk])
    assert "Not yet: who left the list is not known." in alice_client.get(address).text
    work_until_over(start_run(export, by=bob)[0])
    sandbox.leave_list("ana@example.com", list_id)
    export.refresh_from_db()
    work_until_over(start_run(export, by=bob, everyone=True)[0])
    assert "ana@example.com" not in {member["email"] for member in sandbox.members(list_id)}
    assert "Whoever opted out or left the list by then is not put back." in alice_client.get(address).text


@pytest.mark.parametrize(("status", "verb"), [("failed", "failed"), ("cancelled", "was stopped")])
def test_who_was_not_sent_any_more_is_shown_how_the_run_ended(status, verb):
    batch = Batch(number=2, state=Batch.State.CANCELLED, rows=1, run=Run(status=status))
    row = Row("1", "ana@example.com", "send", "", 2, "{}")
    (message,) = explain(PersonOutcome(row, batch), {})
    assert message.happened == f"Not sent, because the run {verb} before batch 2."


def test_fields_that_became_empty_are_listed_by_what_people_call_them():
    row = Row("1", "ana@example.com", "send", "", None, "{}", emptied=6)
    to_be_sent, emptied = explain(PersonOutcome(row, None, ["first_name", "cf:level"]), {"cf:level": "Level"})
    assert str(to_be_sent) == "To be sent"
    assert str(emptied) == "Empty now, so Constant Contact keeps the old value: First name, Level."
