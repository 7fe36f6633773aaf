"""What Constant Contact says of a job decides what a run says of its people, and silence says nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from constant_contact import ActivityCounters
from exports.models import Batch, Run
from exports.pipeline import check, written_files
from exports.pipeline.confirm import IMPORT_PATIENCE, LISTED_WITHIN, UNLISTED_PATIENCE, count_outcome
from exports.pipeline.read_list import MAX_JOBS
from exports.plan import cut
from exports.runs import start_run
from tests.support.fixtures_exports import api_calls, work_once, work_until, work_until_over

READ_BACK = "POST /v3/activities/contact_exports"
ACTIVITY = "GET /v3/activities/*"


@pytest.mark.parametrize(
    ("counters", "accepted", "refused", "cannot_add", "unaccounted", "agree"),
    [
        ({"person": 40}, 40, 0, 0, 0, True),
        ({"person": 20}, 20, 0, 0, 20, False),  # cut short
        ({}, 0, 0, 0, 40, False),  # not a word
        ({"person": 40, "error": 2, "correctable": 1}, 37, 3, 0, 0, True),  # refused rows counted as read
        ({"person": 37, "error": 2, "correctable": 1}, 37, 3, 0, 0, True),  # and not
        ({"person": 38, "error": 2, "correctable": 1}, 35, 3, 0, 2, False),  # neither
        ({"person": 40, "cannot_add_to_list": 4}, 36, 0, 4, 0, True),
        ({"person": 20, "cannot_add_to_list": 4}, 16, 0, 4, 20, False),
        ({"person": 41}, 40, 0, 0, 0, False),  # somebody whom we did not send
        ({"person": 0, "error": 40}, 0, 40, 0, 0, True),
        ({"person": 40, "error": 50, "cannot_add_to_list": 9}, 0, 40, 0, 0, True),
    ],
)
def test_nobody_counts_as_accepted_whom_the_service_did_not_count(
    counters, accepted, refused, cannot_add, unaccounted, agree
):
    found = count_outcome(40, ActivityCounters(**counters))
    assert found == {
        "accepted": accepted,
        "refused": refused,
        "cannot_add": cannot_add,
        "unaccounted": unaccounted,
        "counts_agree": agree,
    }
    assert accepted + refused + cannot_add + unaccounted == 40


def test_job_that_is_listed_late_is_waited_for(export, sandbox, bob):
    sandbox.fault(ACTIVITY, "404", times=3)
    run = work_until_over(start_run(export, by=bob)[0])
    assert [batch.state for batch in run.batches.all()] == [Batch.State.COMPLETED]
    assert sandbox.stats()["imports"] == 1


def test_job_that_is_never_listed_leaves_the_outcome_unknown(export, sandbox, bob):
    sandbox.fault(ACTIVITY, "404", times=1000)
    run = work_once(start_run(export, by=bob)[0])
    with time_machine.travel(timezone.now() + UNLISTED_PATIENCE + timedelta(seconds=1)) as clock:
        run = work_until(run, Run.Stage.CHECK)
        while run.is_open:  # neither are the jobs that would read the list back: a few of them are enough
            clock.shift(LISTED_WITHIN)
            run = work_once(run)
    assert [(batch.state, batch.reason) for batch in run.batches.all()] == [(Batch.State.UNKNOWN, "activity_gone")]
    assert run.status == Run.Status.COMPLETED_WITH_ERRORS
    assert api_calls(sandbox).count(READ_BACK) == MAX_JOBS


@pytest.mark.parametrize("outcome", ["failed", "timed_out", "cancelled"])
def test_job_that_may_have_imported_a_part_is_not_called_not_imported(export, sandbox, bob, outcome):
    sandbox.switch(job_outcome=outcome)
    run = work_until_over(start_run(export, by=bob)[0])
    assert [(batch.state, batch.reason) for batch in run.batches.all()] == [(Batch.State.UNKNOWN, "activity_failed")]
    assert run.status == Run.Status.COMPLETED_WITH_ERRORS


def test_job_that_never_ends_is_not_asked_after_for_ever(export, sandbox, bob):
    sandbox.switch(job_seconds=10**7)
    run = work_once(start_run(export, by=bob)[0])
    with time_machine.travel(timezone.now() + IMPORT_PATIENCE + timedelta(seconds=1)) as clock:
        run = work_until(run, Run.Stage.CHECK)
        assert [batch.reason for batch in run.batches.all()] == ["activity_never_ended"]
        # Jobs of an account run one at a time, so that which reads the list back stands behind it. Another one would
        # too, so none is asked for; and the next run reads the list anyway.
        run = work_once(run)
        assert run.reason == "reading_queued"
        clock.shift(check.PATIENCE)
        run = work_once(run)
        assert (run.status, run.reason) == (Run.Status.COMPLETED_WITH_ERRORS, "some_refused")
        assert [batch.missing for batch in run.batches.all()] == [None]
        assert run.events.filter(code="list_unreadable").exists()
        assert api_calls(sandbox).count(READ_BACK) == 1

        # What a run needs to know before its plan is waited for longer. Without it nobody is sent.
        run = work_once(work_once(start_run(export, by=bob)[0]))
        clock.shift(check.PATIENCE)
        run = work_once(run)
        assert (run.status, run.reason) == (Run.Status.WAITING, "reading_queued")
        clock.shift(written_files.PATIENCE)
        run = work_once(run)
        assert (run.status, run.reason) == (Run.Status.FAILED, "list_unreadable")
        assert sandbox.stats()["imports"] == 1


@pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
def test_all_jobs_are_asked_after_in_one_call_whatever_their_order(export, sandbox, bob, monkeypatch, order):
    monkeypatch.setattr(cut, "MAX_ROWS", 1)
    sandbox.switch(activities_order=order)
    run = work_until_over(start_run(export, by=bob)[0])
    assert len(run.batches.all()) == 3
    assert [call for call in api_calls(sandbox) if "GET /v3/activities" in call] == ["GET /v3/activities"]


def test_first_question_comes_soon_after_the_last_import_however_long_the_run_waited(export, sandbox, bob):
    sandbox.switch(job_seconds=60)
    run = start_run(export, by=bob)[0]
    Run.objects.filter(pk=run.pk).update(
        started_at=timezone.now() - timedelta(hours=5), sent_at=timezone.now() - timedelta(hours=4)
    )
    run = work_once(run)
    assert run.resume_at - timezone.now() < timedelta(seconds=3)
