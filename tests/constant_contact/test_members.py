"""Contacts are read, moved between lists, and exported to a file."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture
def people(sandbox) -> list[str]:
    return sandbox.add_contacts(
        {"email": ANN, "first_name": "Ann", "lists": [sandbox.newsletter]},
        {"email": BOB, "lists": [sandbox.newsletter, sandbox.weekly_news]},
    )


def addresses(sandbox, list_id: str) -> set[str]:
    sandbox.settle()
    return {member["email"] for member in sandbox.members(list_id)}


def test_members_are_read_over_all_pages(cc, sandbox, people):
    contacts = list(cc.contacts(lists=[sandbox.newsletter], include=["list_memberships"], limit=1))

    assert {contact.email for contact in contacts} == {ANN, BOB}
    assert {contact.contact_id for contact in contacts} == set(people)
    assert {len(contact.list_memberships) for contact in contacts} == {1, 2}
    assert {contact.permission_to_send for contact in contacts} == {"implicit"}


def test_who_opted_out_lately_is_found(cc, sandbox, people):
    before = datetime.fromtimestamp(sandbox.now(), UTC) - timedelta(minutes=1)
    sandbox.unsubscribe(ANN)

    (contact,) = cc.contacts("unsubscribed", optout_after=before)

    assert contact.email == ANN
    assert (contact.permission_to_send, contact.opt_out_source) == ("unsubscribed", "Contact")
    assert contact.opt_out_at >= before
    assert list(cc.contacts("unsubscribed", optout_after=before + timedelta(days=1))) == []
    assert {found.email for found in cc.contacts(["active", "unsubscribed"])} == {ANN, BOB}


def test_deleted_contacts_are_read_too_unless_left_out(cc, sandbox, people):
    sandbox.delete_contact(ANN)

    found = {contact.email: contact.deleted_at for contact in cc.contacts()}

    assert found[ANN]
    assert found[BOB] is None
    assert {contact.email for contact in cc.contacts("active")} == {BOB}


def test_contacts_are_put_on_a_list_by_id(cc, sandbox, people):
    cc.add_list_memberships([sandbox.weekly_news], contact_ids=people)

    assert addresses(sandbox, sandbox.weekly_news) == {ANN, BOB}


def test_members_of_one_list_are_put_on_another(cc, sandbox, people):
    cc.add_list_memberships([sandbox.weekly_news], source_list_ids=[sandbox.newsletter])

    assert addresses(sandbox, sandbox.weekly_news) == {ANN, BOB}


def test_contacts_are_taken_off_a_list_by_id(cc, sandbox, people):
    cc.remove_list_memberships([sandbox.newsletter], contact_ids=people[:1])

    assert addresses(sandbox, sandbox.newsletter) == {BOB}


def test_members_of_one_list_are_taken_off_another_and_live_on(cc, sandbox, people):
    activity = cc.remove_list_memberships([sandbox.newsletter], source_list_ids=[sandbox.weekly_news])

    assert addresses(sandbox, sandbox.newsletter) == {ANN}
    assert addresses(sandbox, sandbox.weekly_news) == {BOB}
    assert cc.activity(activity.activity_id).counters.list == 1


def test_members_are_exported_to_a_file(cc, sandbox, people):
    activity = cc.export_contacts([sandbox.newsletter], fields=["first_name"], status="active")
    sandbox.settle()

    content = b"".join(cc.export_result(cc.activity(activity.activity_id))).decode()

    rows = list(csv.reader(io.StringIO(content)))
    assert len(rows) == 3
    assert any("Ann" in row for row in rows)


def test_an_export_that_is_not_ready_has_no_file(cc, sandbox, people):
    sandbox.switch(job_seconds=60)
    activity = cc.export_contacts([sandbox.newsletter])

    with pytest.raises(ValueError, match="has no file"):
        cc.export_result(cc.activity(activity.activity_id))
