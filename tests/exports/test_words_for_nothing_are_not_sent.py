"""A word for "nothing" that counts as empty is sent to nobody: from the file to what the sandbox's list holds."""

import pytest
from django.urls import reverse

from exports.models import Export, Run
from exports.runs import start_run
from profiles.models import ProfileSource
from tests.support.fixtures_exports import make_export, make_segment, make_source, work_until_over

PEOPLE = [
    {"id": "1", "email": "ana@example.com", "first": "NULL", "size": "1"},
    {"id": "2", "email": "ben@example.com", "first": "Ben", "size": "NULL"},
    {"id": "3", "email": "chen@example.com", "first": " nan ", "size": "3"},
    {"id": "4", "email": "NULL", "first": "Di", "size": "4"},
    {"id": "5", "email": "ed@example.com", "first": "Null", "size": "5"},
]


@pytest.fixture
def export(connection, list_id, tmp_path, db):
    segment = make_segment(make_source(tmp_path, PEOPLE), rules=[])
    return make_export(connection, list_id, segment, mapping={"email": "email", "first_name": "first"})


def treat(client, attribute, empty=True):
    address = reverse("admin:profiles_profilesource_words", args=[ProfileSource.objects.get().pk])
    client.post(address, {"attribute": attribute, **({"empty": "1"} if empty else {})})


def run(export, bob, **how) -> Run:
    return work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob, **how)[0])


def first_names(sandbox, list_id):
    return {member["email"].partition("@")[0]: member.get("first_name") for member in sandbox.members(list_id)}


def test_until_somebody_chooses_they_are_sent(export, sandbox, list_id, bob):
    run(export, bob)

    assert first_names(sandbox, list_id) == {"ana": "NULL", "ben": "Ben", "chen": "nan", "ed": "Null"}


def test_once_somebody_chose_no_such_word_is_on_the_list(export, sandbox, list_id, bob, bob_client):
    treat(bob_client, "first")

    ended = run(export, bob)

    assert first_names(sandbox, list_id) == {"ana": None, "ben": "Ben", "chen": None, "ed": "Null"}
    assert ended.without_value == 0  # nothing was there that could have been sent


def test_an_address_that_is_such_a_word_is_none(export, bob, bob_client):
    assert run(export, bob).counts == {"send": 4, "invalid_email": 1}

    treat(bob_client, "email")

    assert run(export, bob).counts == {"unchanged": 4, "no_email": 1}


def test_a_rule_means_the_same_as_what_is_sent(export, sandbox, list_id, bob, bob_client):
    segment = export.segments.get()
    segment.rules = {"op": "and", "rules": [{"attribute": "first", "operator": "isNull"}]}
    segment.save()
    treat(bob_client, "first")

    run(export, bob)

    assert first_names(sandbox, list_id) == {"ana": None, "chen": None}


def test_a_rule_about_numbers_that_were_text_finds_them(export, sandbox, list_id, bob, bob_client):
    treat(bob_client, "size")
    segment = export.segments.get()
    segment.rules = {"op": "and", "rules": [{"attribute": "size", "operator": "greaterThan", "value": "2"}]}
    segment.save()

    run(export, bob)

    assert set(first_names(sandbox, list_id)) == {"chen", "ed"}


def test_a_run_after_the_choice_does_not_repeat_the_plan_of_before(export, sandbox, list_id, bob, bob_client):
    before = run(export, bob)
    treat(bob_client, "first")

    after = run(export, bob)

    assert after.plan_inputs != before.plan_inputs
    assert after.counts == {"send": 2, "unchanged": 2, "invalid_email": 1}
    assert after.became_empty == 2
    assert first_names(sandbox, list_id)["ana"] == "NULL"  # an import erases nothing: the page of the run says so


def test_a_preview_of_before_the_choice_is_not_sent_as_it_is(export, bob, bob_client, alice_client):
    preview = run(export, bob, preview=True)
    treat(bob_client, "first")

    page = alice_client.get(reverse("admin:exports_run_change", args=[preview.pk])).text

    assert "The profiles or rules that it was made from have changed." in page


def test_the_next_file_sends_no_such_word_either(export, sandbox, list_id, bob, bob_client, tmp_path):
    treat(bob_client, "first")
    people = [{**PEOPLE[0], "first": "#N/A"}, {**PEOPLE[1], "first": "None"}, {**PEOPLE[2], "first": "Chen"}]
    make_source(tmp_path, people)

    run(export, bob)

    assert first_names(sandbox, list_id) == {"ana": None, "ben": None, "chen": "Chen"}


def test_after_undoing_they_are_sent_again(export, sandbox, list_id, bob, bob_client):
    treat(bob_client, "first")
    run(export, bob)
    treat(bob_client, "first", empty=False)

    run(export, bob)

    assert first_names(sandbox, list_id)["ana"] == "NULL"
