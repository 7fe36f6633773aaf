"""Amber is for what is new: who was left out before, for the same reason, is a calm note beside Successful."""

import pytest
from django.utils import timezone

from engine.files import discard
from exports.models import Export, Run
from exports.reports.sentence import facts_of, run_sentence
from exports.runs import start_run
from tests.support.fixtures_exports import PEOPLE, make_source, work_until_over

BAD = {"first_name": "Bad", "last_name": "Address", "country": "France"}
AS_BEFORE = "2 profiles are left out as before."


def run_again(export, bob, **options) -> Run:
    return work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob, **options)[0])


@pytest.fixture
def reported(export, bob) -> Run:
    """The first run: two people are left out for their data, and a third as the double of another."""
    run = run_again(export, bob)
    assert (run.status, run.reason_details) == ("completed_with_errors", {"left_out": 2, "new": 2})
    assert facts_of(run)[0].happened == "2 profiles were left out because of their data."
    return run


def test_an_unchanged_run_with_the_same_people_left_out_is_successful(reported, export, bob):
    run = run_again(export, bob)

    assert (run.status, run.reason) == ("succeeded", "")
    assert run_sentence(run) == f"Nothing to send: 3 profiles are unchanged. {AS_BEFORE}"


def test_so_is_one_that_sends_somebody_else(reported, export, bob, tmp_path):
    make_source(tmp_path, [*PEOPLE, {**BAD, "id": "8", "email": "dora@example.com"}])

    run = run_again(export, bob)

    assert (run.status, run.to_send, run_sentence(run)) == ("succeeded", 1, AS_BEFORE)


def test_so_is_one_that_sends_everyone_again(reported, export, bob):
    run = run_again(export, bob, everyone=True)

    assert (run.status, run.to_send, run_sentence(run)) == ("succeeded", 3, AS_BEFORE)


def test_somebody_new_is_said_and_counted(reported, export, bob, tmp_path):
    make_source(tmp_path, [*PEOPLE, {**BAD, "id": "8", "email": "nowhere"}])

    run = run_again(export, bob)

    assert (run.status, run.reason, run.reason_details) == (
        "completed_with_errors", "some_left_out", {"left_out": 3, "new": 1},
    )  # fmt: skip
    assert "3 profiles were left out because of their data, 1 of them for the first time." in run_sentence(run)


def test_another_person_in_place_of_one_is_new_though_they_are_as_many(reported, export, bob, tmp_path):
    people = [person for person in PEOPLE if person["id"] != "5"]
    make_source(tmp_path, [*people, {**BAD, "id": "8", "email": ""}])

    assert run_again(export, bob).reason_details == {"left_out": 2, "new": 1}


def test_another_reason_for_the_same_person_is_new(reported, export, bob, tmp_path):
    people = [{**person, "email": "nowhere"} if person["id"] == "5" else person for person in PEOPLE]
    make_source(tmp_path, people)

    assert run_again(export, bob).reason_details == {"left_out": 2, "new": 1}


def test_a_failed_run_between_reports_nobody(reported, export, bob):
    Run.objects.create(
        export=export, trigger="on_demand", status="failed", reason="unexpected", finished_at=timezone.now(),
        configuration=reported.configuration, counts=reported.counts,
    )  # fmt: skip

    assert run_again(export, bob).status == "succeeded"


def test_without_the_plan_of_the_last_report_everybody_is_new(reported, export, bob, tmp_path):
    make_source(tmp_path, [*PEOPLE, {**BAD, "id": "8", "email": "dora@example.com"}])
    discard(reported.plan_file)

    assert run_again(export, bob).reason_details == {"left_out": 2, "new": 2}


def test_a_preview_reports_nobody(export, bob):
    start_run(export, by=bob, preview=True)[0].refresh_from_db()
    preview = Run.objects.get()
    while preview.status != Run.Status.PLANNED:
        preview = work_until_over(preview) if preview.is_open else preview

    assert run_again(export, bob).reason_details == {"left_out": 2, "new": 2}
