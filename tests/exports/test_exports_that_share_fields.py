"""A contact has each field once: what another export has overwritten is not called unchanged."""

import pytest
from django.urls import reverse

from exports.editing.removal import remove_export
from exports.models import Export, Run
from exports.plan import cut
from exports.plan.overlaps import exports_sharing
from exports.runs import start_run
from tests.support.fixtures_exports import PEOPLE, make_export, make_segment, make_source, work_until_over

OTHER_NAME = {"email": "email", "first_name": "last_name"}


@pytest.fixture
def clean(export, tmp_path):
    people = [{**each, "last_name": each["last_name"] or "Cho"} for each in PEOPLE[:3]]
    make_source(tmp_path, people)
    return export


def another(export: Export, sandbox, mapping=OTHER_NAME, **columns) -> Export:
    """An export of the same people to another list, with first names of its own."""
    segments = list(export.segments.all())
    list_id = sandbox.add_list("Another list")
    return make_export(export.connection, list_id, *segments, name="Other", mapping=mapping, **columns)


def run_of(export: Export, bob, **how) -> Run:
    return work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob, **how)[0])


def first_name(sandbox, email: str) -> str:
    return sandbox.person(email)["first_name"]


def test_who_was_overwritten_is_sent_again(clean, sandbox, bob):
    other = another(clean, sandbox)
    run_of(clean, bob)
    run_of(other, bob)
    assert first_name(sandbox, "ana@example.com") == "Alvarez"

    again = run_of(clean, bob)

    assert again.counts == {"send": 3}
    assert first_name(sandbox, "ana@example.com") == "Ana"
    assert run_of(clean, bob).counts == {"unchanged": 3}


def test_only_people_whose_values_differ_are_sent_again(clean, sandbox, tmp_path, bob):
    people = [{**each, "last_name": each["first_name"] if each["id"] != "1" else "Other"} for each in PEOPLE[:3]]
    make_source(tmp_path, people)
    other = another(clean, sandbox)
    run_of(clean, bob)
    run_of(other, bob)
    assert run_of(clean, bob).counts == {"send": 1, "unchanged": 2}


def test_exports_that_agree_do_not_send_each_others_people(clean, sandbox, bob):
    other = another(clean, sandbox, {"email": "email", "first_name": "first_name"})
    for _time in range(3):
        last = [run_of(clean, bob), run_of(other, bob)]
    assert [run.counts for run in last] == [{"unchanged": 3}, {"unchanged": 3}]
    assert sandbox.stats()["imports"] == 2


def test_a_field_by_another_name_is_the_same_field(clean, sandbox, bob):
    Export.objects.filter(pk=clean.pk).update(mapping={"email": "email", "city": "first_name"})
    other = another(clean, sandbox, {"email": "email", "home_city": "last_name"})
    run_of(clean, bob)
    run_of(other, bob)
    assert run_of(clean, bob).counts == {"send": 3}


def test_other_fields_and_other_accounts_overwrite_nothing(clean, sandbox, bob):
    other = another(clean, sandbox, {"email": "email", "company_name": "last_name"})
    run_of(clean, bob)
    run_of(other, bob)
    assert run_of(clean, bob).counts == {"unchanged": 3}


def test_a_plan_that_does_not_say_what_it_sent_counts_as_overwriting(clean, sandbox, bob):
    run_of(clean, bob)  # when no other export is there
    other = another(clean, sandbox, {"email": "email", "first_name": "first_name"})
    run_of(other, bob)
    Run.objects.filter(export=other).update(plan_file="")
    assert run_of(clean, bob).counts == {"send": 3}
    assert run_of(clean, bob).counts == {"unchanged": 3}


def test_an_export_that_was_removed_has_overwritten_all_the_same(clean, sandbox, bob):
    other = another(clean, sandbox)
    run_of(clean, bob)
    run_of(other, bob)
    remove_export(other)
    assert run_of(clean, bob).counts == {"send": 3}


def test_an_export_whose_baseline_is_later_keeps_it_when_another_is_removed(clean, sandbox, bob):
    other = another(clean, sandbox)
    run_of(other, bob)
    run_of(clean, bob)
    remove_export(other)
    assert run_of(clean, bob).counts == {"unchanged": 3}


def test_files_tell_what_they_sent_as_well(clean, sandbox, bob, monkeypatch):
    monkeypatch.setattr(cut, "MAX_ROWS", 1)  # three calls as JSON, one as a file
    monkeypatch.setattr(cut, "MAX_BYTES", 180)
    other = another(clean, sandbox)
    run_of(clean, bob)
    run_of(other, bob)
    assert run_of(clean, bob).counts == {"send": 3}


def test_exports_that_share_fields_are_found_whatever_their_lists(clean, sandbox):
    other = another(clean, sandbox)
    email_only = make_export(clean.connection, sandbox.add_list("L"), make_segment(clean.segments.get().source, "S"),
                             name="Only Email", mapping={"email": "email"})  # fmt: skip
    assert exports_sharing(clean.list_account_id, clean.mapping, apart_from=clean) == {other: {"first_name"}}
    assert exports_sharing(clean.list_account_id, email_only.mapping, apart_from=email_only) == {}


def test_the_page_of_an_export_warns_of_others_to_other_lists(clean, sandbox, alice_client):
    another(clean, sandbox)
    page = alice_client.get(reverse("admin:exports_export_change", args=[clean.pk])).text
    assert "“Other” also fills First name, for another list of the account." in page


def test_the_form_learns_which_fields_other_exports_fill(clean, sandbox, alice_client):
    other = another(clean, sandbox)
    answer = alice_client.get(reverse("admin:exports_export_account"), {"connection": clean.connection_id}).json()
    assert {"id": other.pk, "name": "Other", "fields": ["first_name"]} in answer["exports"]
