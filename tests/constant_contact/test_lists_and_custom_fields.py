"""Lists and custom fields are read, made and deleted."""

import pytest

from constant_contact import RejectedError


def test_all_lists_are_read_however_many_pages_they_take(cc, sandbox):
    for number in range(3):
        sandbox.add_list(f"List {number}")

    lists = cc.contact_lists(membership_count="active")

    assert {"List 0", "List 1", "List 2"} < {found.name for found in lists}
    assert all(found.membership_count == 0 for found in lists)
    assert all(found.created_at for found in lists)
    assert all(found.membership_count is None for found in cc.contact_lists())


def test_one_list_is_read_with_its_members_counted(cc, sandbox):
    sandbox.add_contacts({"email": "ann@example.com", "lists": [sandbox.newsletter]})

    assert cc.contact_list(sandbox.newsletter).membership_count is None
    assert cc.contact_list(sandbox.newsletter, membership_count="all").membership_count == 1


@pytest.mark.parametrize("list_id", ["3cd3b0c0-0000-4000-8000-000000000001", "not-a-uuid"])
def test_an_unknown_list_is_not_found(cc, list_id):
    with pytest.raises(RejectedError) as caught:
        cc.contact_list(list_id)

    assert caught.value.not_found


def test_a_list_is_made_and_its_name_taken_only_once(cc):
    made = cc.create_contact_list("Segment: buyers", "Made by an export")

    assert cc.contact_list(made.list_id).name == "Segment: buyers"
    assert made.description == "Made by an export"
    with pytest.raises(RejectedError) as caught:
        cc.create_contact_list("Segment: buyers")
    assert caught.value.conflict


def test_a_deleted_list_is_shown_as_deleted(cc, sandbox):
    activity = cc.delete_contact_list(sandbox.newsletter)
    sandbox.settle()

    assert cc.activity(activity.activity_id).succeeded
    assert cc.contact_list(sandbox.newsletter).deleted_at


def test_a_custom_field_gets_its_name_from_constant_contact(cc):
    made = cc.create_custom_field("Loyalty tier")

    assert (made.label, made.type) == ("Loyalty tier", {"type": "string"})
    assert made.name
    assert made in cc.custom_fields()
    with pytest.raises(RejectedError) as caught:
        cc.create_custom_field("Loyalty tier")
    assert caught.value.conflict


def test_all_custom_fields_are_read(cc):
    for number in range(60):
        cc.create_custom_field(f"Field {number}")

    assert len(cc.custom_fields()) >= 60


@pytest.mark.parametrize(
    "type",
    [
        {"type": "date", "version": 2},
        {"type": "number", "metadata": {"decimal_places": 2, "allow_negative": True}},
        {"type": "single_select", "choices": ["Small", "Large"], "metadata": {"display_type": "dropdown"}},
        {"type": "boolean"},
    ],
)
def test_a_custom_field_is_made_with_its_type_and_read_with_it(cc, type):
    made = cc.create_custom_field("Size", type)

    assert made.type == type
    assert made in cc.custom_fields()
