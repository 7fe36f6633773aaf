"""Sentences about people claim no more than is so."""

import pytest
from django.urls import reverse

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


def test_the_form_does_not_promise_what_constant_contact_does_not_do(alice_client, connection):
    page = alice_client.get(reverse("admin:exports_export_add")).text
    assert "Constant Contact adds nobody who unsubscribed; somebody who only left this list is added again." in page
    assert "never added again" not in page


def test_who_only_left_the_list_is_added_again(export, sandbox, list_id, bob):
    work_until_over(start_run(export, by=bob)[0])
    sandbox.leave_list("ana@example.com", list_id)
    export.refresh_from_db()
    work_until_over(start_run(export, by=bob, everyone=True)[0])
    assert "ana@example.com" in {member["email"] for member in sandbox.members(list_id)}
