"""Nobody is called unchanged whose fate is unknown: they are sent once more, and then said to be unconfirmed."""

import pytest
from django.urls import reverse

from exports.models import Batch, Export, Run
from exports.plan.baseline import batch_outcomes
from exports.plan.build import Baseline
from exports.plan.reader import find_person, left_out_rows
from exports.runs import start_run
from tests.support.batches import stored_batch
from tests.support.fixtures_exports import PEOPLE, make_source, work_once, work_until_over

from .planning import plan

TARGETS = ("email", "first_name")
CLEAN = PEOPLE[:3]


@pytest.fixture
def unsubscribed(export, sandbox, tmp_path):
    """An export of three people, one of whom Constant Contact adds to no list and does not say who."""
    make_source(tmp_path, CLEAN)
    sandbox.add_contacts({"email": "ben@example.com"})
    sandbox.unsubscribe("ben@example.com")
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


def test_people_of_a_batch_that_was_not_accepted_completely_are_sent_once_more_and_then_not_again(
    unsubscribed, sandbox, bob
):
    counts = [run_of(unsubscribed, bob).counts for _time in range(4)]

    assert counts == [{"send": 3}, {"send": 3}, {"unconfirmed": 3}, {"unconfirmed": 3}]
    assert sandbox.stats()["imports"] == 2


@pytest.mark.parametrize(
    "counts",
    [
        {"accepted": 2, "refused": 1},
        {"accepted": 1, "unaccounted": 2, "counts_agree": False},
        {"accepted": 3, "counts_agree": False},
    ],
)
def test_whatever_the_counts_leave_open_is_sent_again(export, sandbox, tmp_path, bob, counts):
    make_source(tmp_path, CLEAN)
    cut_short(export, bob, sandbox, **counts)

    run = run_of(export, bob)

    assert run.counts == {"send": 3}
    assert run_of(export, bob).counts == {"unchanged": 3}  # the second time all of them were accepted


def test_a_batch_of_which_nothing_is_known_is_an_outage_and_not_a_person(export, sandbox, tmp_path, bob):
    make_source(tmp_path, CLEAN)
    for _time in range(3):
        run = run_of(export, bob)
        assert run.counts == {"send": 3}
        Batch.objects.filter(run=run).update(state=Batch.State.UNKNOWN, accepted=0)


def test_an_unconfirmed_person_is_sent_when_a_value_changes_and_with_send_everyone_again(
    unsubscribed, sandbox, tmp_path, bob
):
    for _time in range(3):
        run_of(unsubscribed, bob)
    make_source(tmp_path, [{**CLEAN[0], "last_name": "Changed"}, *CLEAN[1:]])

    assert run_of(unsubscribed, bob).counts == {"send": 1, "unconfirmed": 2}
    assert run_of(unsubscribed, bob).counts == {"unchanged": 1, "unconfirmed": 2}
    assert run_of(unsubscribed, bob, everyone=True).counts == {"send": 3}


def test_nobody_in_doubt_is_said_to_have_these_values_already(unsubscribed, bob, alice_client):
    first, second, third = [run_of(unsubscribed, bob) for _time in range(3)]

    pages = [
        alice_client.post(reverse("admin:exports_run_person", args=[run.pk]), {"person": "ana@example.com"}).text
        for run in (first, second, third)
    ]

    assert not any("has these values already" in page for page in pages)
    assert "did not accept 1 of the 3 profiles of this batch" in pages[0]
    assert "The next run sends this profile once more." in pages[0]
    assert "Look the address up at Constant Contact." in pages[1]
    assert "these values were sent twice" in pages[2]
    assert f"did not accept 1 of the 3 profiles of the batch it was in (Run {second.pk})" in pages[2]


def test_unconfirmed_people_are_a_part_of_their_own_and_make_no_run_amber(unsubscribed, bob, alice_client):
    run = [run_of(unsubscribed, bob) for _time in range(3)][-1]

    page = alice_client.get(reverse("admin:exports_run_change", args=[run.pk]))

    assert (run.status, run.reason) == (Run.Status.SUCCEEDED, "")
    assert [(str(part.label), part.count) for part in page.context["parts"]] == [("Sent before, not confirmed", 3)]
    assert "Download left-out profiles" in page.text
    rows = [[str(cell) for cell in row[1:]] for row in left_out_rows(run)]
    assert rows == [[each["email"], "Sent before, not confirmed", ""] for each in CLEAN]


def test_a_preview_lists_unconfirmed_people(unsubscribed, bob, alice_client):
    for _time in range(2):
        run_of(unsubscribed, bob)
    preview = run_of(unsubscribed, bob, preview=True)

    page = alice_client.get(reverse("admin:exports_run_change", args=[preview.pk]))

    (example,) = page.context["examples"]
    assert (example["kind"], example["count"], example["field"]) == ("unconfirmed", 3, "")


def test_the_batch_of_an_unconfirmed_person_is_one_of_the_export(unsubscribed, bob):
    run = [run_of(unsubscribed, bob) for _time in range(3)][-1]
    (outcome,) = find_person(run, "ana@example.com")
    assert outcome.batch is not None
    assert outcome.batch.run.export_id == run.export_id


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
