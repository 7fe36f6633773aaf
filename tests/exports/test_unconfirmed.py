"""Nobody is called unchanged whose fate is unknown: they are looked up on the list, sent once more, and then named."""

import pytest
from django.urls import reverse

from exports.destination import custom_fields
from exports.models import Batch, Export, Run
from exports.plan.baseline import batch_outcomes
from exports.plan.build import Baseline
from exports.plan.reader import Row, _batch_of, left_out_rows
from exports.runs import start_run
from tests.support.batches import stored_batch
from tests.support.fixtures_exports import PEOPLE, make_source, work_once, work_until_over

from .planning import plan

TARGETS = ("email", "first_name")
CLEAN = PEOPLE[:3]
SIZED = [{**each, "size": "L" if each["id"] == "2" else ""} for each in CLEAN]  # Ben is refused for it
TWICE = {"not_on_list": 1, "unchanged": 2}


@pytest.fixture
def refused(export, sandbox, connection, tmp_path):
    """An export of three people, one of whom Constant Contact refuses and does not say who."""
    target, _field = custom_fields.create(connection, "Size")
    Export.objects.filter(pk=export.pk).update(mapping={**export.mapping, target: "size"})
    make_source(tmp_path, SIZED)
    sandbox.switch(custom_fields_per_contact=0)
    return export


def run_of(export: Export, bob, **how) -> Run:
    return work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob, **how)[0])


def cut_short(export: Export, bob, sandbox, **counts) -> Run:
    """A run whose one batch ends with these counts of Constant Contact's."""
    run = start_run(Export.objects.get(pk=export.pk), by=bob)[0]
    sandbox.switch(job_seconds=60)
    while not run.batches.exclude(activity_id="").exists():
        work_once(run)
    Batch.objects.filter(run=run).update(state=Batch.State.COMPLETED, **counts)
    sandbox.advance(900)
    sandbox.switch(job_seconds=0)
    return work_until_over(run)


def test_who_was_refused_is_found_by_name_sent_once_more_and_then_not_again(refused, sandbox, tmp_path, bob):
    counts = [run_of(refused, bob).counts for _time in range(4)]

    assert counts == [{"send": 3}, {"send": 1, "unchanged": 2}, TWICE, TWICE]
    assert sandbox.stats()["imports"] == 2

    # Until a value changes, or everyone is sent again.
    make_source(tmp_path, [SIZED[0], {**SIZED[1], "last_name": "Changed"}, SIZED[2]])
    assert run_of(refused, bob).counts == {"send": 1, "unchanged": 2}
    assert run_of(refused, bob, everyone=True).counts == {"send": 3}


@pytest.mark.parametrize(
    "counts",
    [
        {"accepted": 2, "refused": 1},
        {"accepted": 1, "unaccounted": 2, "counts_agree": False},
        {"accepted": 3, "counts_agree": False},
    ],
)
def test_whatever_the_counts_leave_open_is_looked_up_on_the_list(export, sandbox, tmp_path, bob, counts):
    make_source(tmp_path, CLEAN)
    cut_short(export, bob, sandbox, **counts)
    assert run_of(export, bob).counts == {"unchanged": 3}


def test_of_a_batch_of_which_nothing_is_known_whoever_is_on_the_list_arrived(export, sandbox, tmp_path, bob):
    make_source(tmp_path, CLEAN)
    run = run_of(export, bob)
    Batch.objects.filter(run=run).update(state=Batch.State.UNKNOWN, accepted=0)
    assert run_of(export, bob).counts == {"unchanged": 3}


def test_nobody_in_doubt_is_said_to_have_these_values_already_and_who_is_missing_is_named(refused, bob, alice_client):
    first, second, third = [run_of(refused, bob) for _time in range(3)]

    pages = [
        alice_client.post(reverse("admin:exports_run_person", args=[run.pk]), {"person": "ben@example.com"}).text
        for run in (first, second, third)
    ]

    assert not any("has these values already" in page for page in pages)
    assert "did not accept 1 of the 3 profiles of this batch" in pages[0]
    assert "sends this profile once more if it is not there." in pages[0]
    assert "says whether this profile is there." in pages[1]
    assert "these values were sent twice, and the address was not on the list" in pages[2]

    # They are a part of their own, make no run amber, and are listed for download and in a preview.
    page = alice_client.get(reverse("admin:exports_run_change", args=[third.pk]))
    assert (third.status, third.reason) == (Run.Status.SUCCEEDED, "")
    assert [(part.name, part.count) for part in page.context["parts"]] == [("unchanged", 2), ("not_on_list", 1)]
    assert "Download left-out profiles" in page.text
    assert [[str(cell) for cell in row[1:3]] for row in left_out_rows(third)] == [
        ["ben@example.com", "Sent before, not on the list"]
    ]
    preview = run_of(refused, bob, preview=True)
    (example,) = alice_client.get(reverse("admin:exports_run_change", args=[preview.pk])).context["examples"]
    assert (example["kind"], example["count"], example["field"]) == ("not_on_list", 1, "")


def test_the_batch_of_an_unconfirmed_person_is_one_of_the_export(export):
    earlier = Run.objects.create(export=export, status="cancelled", finished_at="2026-01-01T00:00Z")
    batch = stored_batch(earlier, 2, refused=1)
    run = Run.objects.create(export=export)
    assert _batch_of(run, Row("1", "ana@example.com", "unconfirmed", str(batch.pk), None, "")) == batch


def test_outcomes_of_batches(export, bob):
    run = Run.objects.create(export=export)
    confirmed = stored_batch(run, 2, number=1)
    unclear = stored_batch(run, 2, number=2, refused=1)
    for number, (state, activity) in enumerate(
        [("unknown", "a"), ("refused", ""), ("refused", "b"), ("cancelled", ""), ("pending", "")], start=3
    ):
        stored_batch(run, 2, state, number=number, activity_id=activity)

    outcomes = batch_outcomes(run)

    assert (outcomes.confirmed, outcomes.unclear, outcomes.unknown) == ([confirmed.number], {2: unclear.pk}, [3, 5])


PLANNED = [("1", None, "a@example.com", "Ana"), ("2", None, "b@example.com", "Ben")]


def test_one_more_time_is_one_that_constant_contact_imported(tmp_path):
    first = plan(tmp_path, PLANNED, TARGETS, name="first")
    second = plan(tmp_path, PLANNED, TARGETS, Baseline(first.path, [], {1: 7}), name="second")
    refused = plan(tmp_path, PLANNED, TARGETS, Baseline(second.path, []), name="refused")
    third = plan(tmp_path, PLANNED, TARGETS, Baseline(refused.path, [], {1: 9}), name="third")

    assert [each["reason"] for each in second.rows()] == ["again", "again"]
    assert [each["reason"] for each in refused.rows()] == ["again", "again"]
    assert third.disposition_of("1") == ("unconfirmed", "9")


def test_another_value_is_not_the_same_person_sent_again(tmp_path):
    changed = [("1", None, "a@example.com", "Anna"), PLANNED[1]]
    first = plan(tmp_path, PLANNED, TARGETS, name="first")
    second = plan(tmp_path, changed, TARGETS, Baseline(first.path, [], {1: 7}), name="second")
    third = plan(tmp_path, changed, TARGETS, Baseline(second.path, [], {1: 8}), name="third")

    assert third.disposition_of("1") == ("send", "again")
    assert third.disposition_of("2") == ("unconfirmed", "8")
