"""Finding the list of an export: by ID, by address, by name, or by making one."""

import pytest

from exports.destination import lists
from exports.destination.account import AccountError
from exports.models import Export
from tests.exports.pages import plain_export
from tests.support.fixtures_connections import make_connection
from tests.support.fixtures_exports import api_calls

ID = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"
OTHER = "0b1c2d3e-ae55-44cf-9c9c-c976ca9904ab"


@pytest.mark.parametrize(
    "text",
    [
        ID,
        f"  {ID}\n",
        ID.upper(),
        f"https://app.constantcontact.com/pages/contacts/ui#contacts/{ID}",
        f"https://app.constantcontact.com/pages/contacts/ui#contacts/{ID}?sort=name&page=2",
        f"app.constantcontact.com/pages/contacts/ui#lists/{ID}",
        f"https://app.constantcontact.com/pages/contacts/ui?list_id={ID}",
        f"https://app.constantcontact.com/{OTHER}/pages/contacts/ui#contacts/{ID}/details",
        f"https://api.cc.email/v3/contact_lists/{ID}",
        f"the list is {ID}, I think",
    ],
)
def test_an_id_is_found_in_whatever_people_paste(text):
    assert lists.list_id_in(text) == ID


@pytest.mark.parametrize("text", ["", "Newsletter", "1234567890", ID[:-1], f"{ID}0", f"{ID} {OTHER}"])
def test_no_id_is_seen_where_there_is_none_or_more_than_one(text):
    assert lists.list_id_in(text) is None


def test_lists_are_searched_by_words_of_their_name(connection, sandbox):
    for name in ("Spring newsletter", "Newsletter for spring", "Autumn newsletter"):
        sandbox.add_list(name)
    found = [each.name for each in lists.lists_of(connection, "SPRING news")]
    assert found == ["Newsletter for spring", "Spring newsletter"]


def test_a_search_soon_after_another_costs_no_call(connection, sandbox):
    lists.lists_of(connection)
    before = len(api_calls(sandbox))
    lists.lists_of(connection, "news")
    assert len(api_calls(sandbox)) == before


def test_the_lists_of_one_connection_are_not_taken_for_those_of_another(connection, sandbox, alice):
    other = make_connection(sandbox, alice, "Other", account_id="another-account")
    sandbox.add_list("Seen by the first")
    lists.lists_of(connection)
    sandbox.add_list("Made since")
    assert "Made since" in [each.name for each in lists.lists_of(other)]


def test_a_search_says_which_exports_write_to_a_list(connection, sandbox):
    list_id = sandbox.add_list("Spring")
    plain_export(connection, list_id, "US customers")
    (found,) = lists.lists_of(connection, "spring")
    assert found.exports == ("US customers",)


def test_a_list_is_found_by_id_address_and_name(connection, sandbox):
    list_id = sandbox.add_list("Spring")
    for text in (list_id, f"https://app.constantcontact.com/pages/contacts/ui#contacts/{list_id}", " spring "):
        assert lists.find(connection, text).list_id == list_id


def test_an_unknown_id_is_refused(connection):
    with pytest.raises(AccountError, match="has no list with this ID"):
        lists.find(connection, OTHER)


def test_a_deleted_list_is_refused_by_its_name(connection, sandbox):
    list_id = sandbox.add_list("Spring")
    sandbox.delete_list(list_id)
    with pytest.raises(AccountError, match="“Spring” was deleted"):
        lists.find(connection, list_id)


def test_a_list_that_we_know_from_another_account_is_said_to_be_there(connection, sandbox):
    elsewhere = sandbox.add_list("Theirs", account=sandbox.other_account_id)
    plain_export(connection, elsewhere, list_account_id=sandbox.other_account_id)
    with pytest.raises(AccountError, match="belongs to another Constant Contact account"):
        lists.find(connection, elsewhere)


def test_a_name_that_no_list_has_is_refused(connection):
    with pytest.raises(AccountError, match="has no list with this name"):
        lists.find(connection, "No such list")


def test_outage_of_constant_contact_is_shown(connection, sandbox):
    sandbox.fault("GET /v3/contact_lists*", "503", times=10)
    with pytest.raises(AccountError, match="can't be reached"):
        lists.find(connection, OTHER)


def test_a_new_list_is_found_at_once(connection):
    lists.lists_of(connection)
    made = lists.create(connection, "  Brand   new ")
    assert made.name == "Brand new"
    assert [each.list_id for each in lists.lists_of(connection, "brand")] == [made.list_id]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("", "Enter a name"), ("x" * 256, "up to 255 characters"), ("Spring", "a list with this name")],
)
def test_a_name_that_can_not_be_used_for_a_new_list_gets_a_sentence(connection, sandbox, name, sentence):
    sandbox.add_list("Spring")
    with pytest.raises(AccountError, match=sentence):
        lists.create(connection, name)


def test_a_lost_answer_warns_before_the_list_is_created_twice(connection, sandbox):
    sandbox.fault("POST /v3/contact_lists", "drop_after")
    with pytest.raises(AccountError, match="may have been created"):
        lists.create(connection, "Spring")
    assert [each.name for each in lists.lists_of(connection, "spring")] == ["Spring"]


def test_other_exports_to_the_same_list_are_returned(connection):
    first, second = plain_export(connection, ID, "First"), plain_export(connection, ID, "Second")
    plain_export(connection, OTHER, "Elsewhere")
    Export.objects.filter(name="Elsewhere").update(list_id=OTHER)
    assert lists.others_writing_to(ID, connection.account_id, apart_from=first) == [second]
