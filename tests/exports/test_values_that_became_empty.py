"""An import leaves out what is empty, so Constant Contact keeps the old value: that is counted and said."""

import pytest
from django.urls import reverse

from exports.models import Export
from exports.plan.build import Baseline
from exports.runs import start_run
from tests.support.fixtures_exports import PEOPLE, make_source, work_until_over

from .planning import plan

TARGETS = ("email", "first_name", "city")
FULL = [("1", None, "a@example.com", "Ana", "Aix"), ("2", None, "b@example.com", "Ben", "Bath")]


def emptied(*names: str) -> list[dict]:
    return [{**PEOPLE[0], **dict.fromkeys(names, "")}, *PEOPLE[1:3]]


def test_the_run_counts_them_and_its_page_says_so(export, sandbox, list_id, tmp_path, bob, alice_client):
    make_source(tmp_path, PEOPLE[:3])
    work_until_over(start_run(export, by=bob)[0])
    make_source(tmp_path, emptied("first_name", "last_name"))

    run = work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob)[0])

    assert (run.counts["send"], run.became_empty) == (1, 2)
    (ana,) = [member for member in sandbox.members(list_id) if member["email"] == "ana@example.com"]
    assert ana["first_name"] == "Ana"
    page = alice_client.get(reverse("admin:exports_run_change", args=[run.pk])).text
    assert "2 values became empty; Constant Contact keeps the old ones." in page


def test_a_preview_and_the_persons_page_say_so_too(export, tmp_path, bob, alice_client):
    make_source(tmp_path, PEOPLE[:3])
    work_until_over(start_run(export, by=bob)[0])
    make_source(tmp_path, emptied("last_name"))

    preview = work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob, preview=True)[0])

    address = reverse("admin:exports_run_change", args=[preview.pk])
    assert "1 value became empty; Constant Contact keeps the old one." in alice_client.get(address).text
    person = alice_client.post(reverse("admin:exports_run_person", args=[preview.pk]), {"person": "ana@example.com"})
    assert "Empty now, so Constant Contact keeps the old value: Last name." in person.text


def test_the_form_says_that_empty_values_are_not_sent(export, alice_client):
    page = alice_client.get(reverse("admin:exports_export_change", args=[export.pk])).text
    assert "Empty values are not sent: Constant Contact keeps what it has." in page


def test_what_was_sent_is_remembered_over_runs_in_which_nothing_changed(tmp_path):
    first = plan(tmp_path, FULL, TARGETS, name="first")
    second = plan(tmp_path, FULL, TARGETS, Baseline(first.path, [1]), name="second")
    now = [("1", None, "a@example.com", "Ana", ""), FULL[1]]
    third = plan(tmp_path, now, TARGETS, Baseline(second.path, []), name="third")

    assert (first.made.became_empty, second.made.became_empty, third.made.became_empty) == (0, 0, 1)


def test_a_value_that_was_never_sent_did_not_become_empty(tmp_path):
    first = plan(tmp_path, FULL, TARGETS, name="first")
    now = [("1", None, "a@example.com", "", ""), FULL[1]]
    second = plan(tmp_path, now, TARGETS, Baseline(first.path, []), name="second")

    assert second.made.became_empty == 0


@pytest.mark.parametrize("width", [2, 8, 9, 16, 17, 32, 33, 54])
def test_each_of_many_values_is_told_from_the_others(tmp_path, width):
    targets = ("email", *(f"cf:field_{number}" for number in range(1, width)))
    full = [("1", None, "a@example.com", *["x"] * (width - 1))]
    first = plan(tmp_path, full, targets, name="first")
    now = [("1", None, "a@example.com", *["x"] * (width - 2), "")]
    second = plan(tmp_path, now, targets, Baseline(first.path, [1]), name="second")

    (row,) = second.rows()
    assert row["sent_before"] - row["filled"] == 1 << width - 1
    assert second.made.became_empty == 1
