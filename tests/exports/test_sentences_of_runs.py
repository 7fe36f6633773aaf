"""The sentence of a run says what became of whom, by its numbers: no more than is known, and no less."""

import pytest
from django.utils import timezone

from exports.messages.runs import RUNS
from exports.models import Run
from exports.pipeline.settle import outcome_of
from exports.reports.numbers import numbers_of
from exports.reports.sentence import run_sentence
from tests.exports.pages import plain_export
from tests.support.batches import batch, stored_batch


def told(status: str, reason: str, batches, details=None, **counts: int) -> str:
    """The sentence of a run that ended so."""
    rows = sum(each.rows for each in batches)
    run = Run(
        status=status, reason=reason, reason_details=details or {}, counts={"send": rows, **counts},
        finished_at=timezone.now(),
    )  # fmt: skip
    return run_sentence(run, numbers_of(run, batches))


IMPORTED, CUT_OFF = batch(26_251, "completed"), batch(9, "cancelled")


@pytest.mark.parametrize(
    ("batches", "consequence"),
    [
        ([], "Nothing was sent."),
        ([batch(9, "cancelled")], "Nothing was sent."),
        ([IMPORTED, CUT_OFF], "26,251 profiles had been imported before; the rest was not sent."),
        ([batch(1, "completed"), CUT_OFF], "1 profile had been imported before; the rest was not sent."),
        ([IMPORTED], "26,251 profiles had been imported before."),
        ([batch(5, "refused"), CUT_OFF], "Nothing had been imported."),
        (
            [IMPORTED, batch(1, "unknown")],
            "26,251 profiles had been imported before. What became of 1 profile that was sent is not known. "
            "Such profiles are sent again by the next run.",
        ),
        (
            [batch(40, "sent"), batch(2, "sending"), CUT_OFF],
            "What became of 42 profiles that were sent is not known. Such profiles are sent again by the next run. "
            "The rest was not sent.",
        ),
    ],
)
def test_a_run_that_was_stopped_says_what_had_been_sent(batches, consequence):
    assert told("failed", "segment_gone", batches, {"segment": "France"}) == (
        f"The segment “France” no longer exists. {consequence} Edit the export and select other segments."
    )


@pytest.mark.parametrize("reason", sorted(RUNS))
def test_nothing_was_sent_is_said_only_when_nothing_was(reason):
    names = "connection segment list export limit found most told batch times added gone changed run"
    details = dict.fromkeys(names.split(), "x")
    details["at"] = "2026-01-31T00:00:00+00:00"
    text = told("failed", reason, [IMPORTED, CUT_OFF], details)
    # Why a plan was put down as a preview instead of being sent, and what ends a run before it has a plan.
    put_down = {"plan_changed", "plan_renewed", "people_changed"}
    before_the_plan = {"no_members", "list_unreadable", "opt_outs_unreadable"}
    assert "othing was sent" not in text or reason in put_down | before_the_plan


@pytest.mark.parametrize(
    ("batches", "sentence"),
    [
        ([], "The run was cancelled. Nothing had been imported. Run the export again to send it."),
        (
            [IMPORTED, CUT_OFF],
            "The run was cancelled. 26,251 profiles had been imported before; the rest was not sent. "
            "Run the export again to send the rest.",
        ),
        ([IMPORTED], "The run was cancelled. 26,251 profiles had been imported before."),
        (
            [IMPORTED, batch(7, "unknown")],
            "The run was cancelled. 26,251 profiles had been imported before. What became of 7 profiles that were sent "
            "is not known. Such profiles are sent again by the next run. Run the export again to send the rest.",
        ),
    ],
)
def test_a_cancelled_run_tells_accepted_from_unknown(batches, sentence):
    assert told("cancelled", "cancelled", batches, {"sent": 0}) == sentence


@pytest.mark.parametrize(
    ("batches", "sentence"),
    [
        (
            [batch(100, "completed", refused=1)],
            "Constant Contact refused 1 of the profiles we sent. Constant Contact does not say which it refused. "
            "The next run reads the list back, says who is not there and sends them once more.",
        ),
        (
            [batch(100, "completed", cannot_add=3)],
            "3 of the profiles we sent could not be added to the list. "
            "Most often these people unsubscribed, and Constant Contact adds nobody who did. "
            "The next run reads the list back and says who is not there.",
        ),
        (
            [batch(100, "completed", unaccounted=1)],
            "1 of the profiles we sent is in none of Constant Contact's counts. "
            "The next run reads the list back, and sends once more whoever is not there.",
        ),
        (
            [batch(100, "completed", unaccounted=20)],
            "20 of the profiles we sent are in none of Constant Contact's counts. "
            "The next run reads the list back, and sends once more whoever is not there.",
        ),
        (
            [batch(100, "completed"), batch(1, "refused")],
            "1 profile was not imported because Constant Contact did not take its batch. "
            "Run the export again; what was imported already is not sent twice.",
        ),
        (
            [batch(100, "completed", counts_agree=False)],
            "Constant Contact counted more profiles than we sent. The next run sends the batches concerned again.",
        ),
    ],
)
def test_refused_not_added_unaccounted_and_not_imported_are_told_apart(batches, sentence, db, connection):
    run = Run.objects.create(
        export=plain_export(connection, "a-list"), trigger="on_demand", configuration={"mapping": {}},
        counts={"send": sum(each.rows for each in batches)},
    )  # fmt: skip
    for number, each in enumerate(batches, start=1):
        each.run, each.number, each.pk, each.activity_id = run, number, None, f"activity-{number}"
        each.save()

    status, reason, details = outcome_of(run)

    assert status == Run.Status.COMPLETED_WITH_ERRORS
    run.status, run.reason, run.reason_details, run.finished_at = status, reason, details, timezone.now()
    assert run_sentence(run) == sentence


def test_everything_that_happened_is_said_at_once():
    everything = [batch(100, "completed", refused=5, cannot_add=4, unaccounted=3), batch(10, "refused")]
    text = told("completed_with_errors", "some_refused", everything, {"left_out": 2, "new": 2}, no_email=2)
    for part in (
        "10 profiles were not imported",
        "3 of the profiles",
        "refused 5",
        "4 of the profiles",
        "2 profiles w",
    ):
        assert part in text
    assert "unsubscribed" in text


def test_nobody_is_said_to_have_unsubscribed_who_was_refused_for_an_error():
    assert "unsubscribed" not in told("completed_with_errors", "some_not_added", [batch(9, "completed", refused=2)])


@pytest.mark.parametrize(
    ("unchanged", "sentence"),
    [(1, "Nothing to send: 1 profile is unchanged."), (152, "Nothing to send: 152 profiles are unchanged.")],
)
def test_an_unchanged_run_is_successful_and_says_so(unchanged, sentence):
    assert told("succeeded", "", [], unchanged=unchanged) == sentence


def test_a_run_that_did_all_it_had_to_needs_no_sentence():
    assert told("succeeded", "", [batch(9, "completed")], unchanged=3, duplicate=2) == ""


def test_runs_of_earlier_versions_are_told_by_their_numbers_too():
    details = {"left_out": 2, "not_added": 1}
    text = told("completed_with_errors", "some_left_out_and_not_added", [batch(9, "completed", refused=1)], details,
                no_email=2)  # fmt: skip
    assert text.startswith("Constant Contact refused 1 of the profiles we sent.")
    assert "2 profiles were left out because of their data." in text


def test_a_batch_that_still_is_at_constant_contact_is_not_taken_for_imported(connection, alice_client):
    run = Run.objects.create(
        export=plain_export(connection, "a-list"), trigger="on_demand", status="failed", reason="unexpected",
        stage="confirm", counts={"send": 20}, finished_at=timezone.now(), planned_at=timezone.now(),
        configuration={"mapping": {}},
    )  # fmt: skip
    stored_batch(run, 20, "unknown", activity_id="a")

    page = alice_client.get(f"/admin/exports/run/{run.pk}/change/").text

    assert "What became of 20 profiles that were sent is not known." in page
    assert "Outcome unknown" in page
    assert "Being imported" not in page
    assert "Counts compared" not in page
