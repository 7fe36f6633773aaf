"""The stages and the bar of a run: everybody is in exactly one part, and no stage is shown as done before it is."""

import pytest
from django.utils import timezone

from exports.models import Batch, Run
from exports.reports.badges import batch_badge
from exports.reports.numbers import numbers_of
from exports.reports.stages import stages_of
from tests.support.batches import batch

COUNTS = {"send": 9, "unchanged": 4, "no_email": 2, "duplicate": 1}


def run(status: str, stage: str = "settle", **columns) -> Run:
    over = status not in {"planned", "needs_decision", *Run.OPEN}
    finished_at = timezone.now() if over else None
    return Run(status=status, stage=stage, counts=COUNTS, planned_at=timezone.now(), finished_at=finished_at, **columns)


EVERY_STATE = [
    batch(3, "completed", refused=1, cannot_add=1),
    batch(1, "sent", percent_done=50),
    batch(1, "sending"),
    batch(1, "pending"),
    batch(2, "refused"),
    batch(1, "cancelled"),
]


def parts(run: Run, batches) -> dict[str, int]:
    return {str(part.label): part.count for part in numbers_of(run, batches).parts()}


def test_the_parts_add_up_to_everybody_who_was_selected():
    assert sum(parts(run("running", "send"), EVERY_STATE).values()) == sum(COUNTS.values())


def test_parts_are_named_by_what_became_of_them():
    assert parts(run("running", "send"), EVERY_STATE) == {
        "Accepted by Constant Contact": 1,
        "Being imported": 1,
        "Being sent": 1,
        "To be sent": 1,
        "Unchanged since the last run": 4,
        "Refused by Constant Contact": 1,
        "Not imported": 2,
        "Can't be added to the list": 1,
        "Not sent": 1,
        "Left out": 3,
    }


def test_a_run_that_ended_is_sending_nothing_any_more():
    found = parts(run("failed", "confirm"), EVERY_STATE)
    assert found["Outcome unknown"] == 2
    assert found["Not sent"] == 2
    assert not {"Being imported", "Being sent", "To be sent"} & set(found)


def test_a_disposition_of_its_own_is_a_part_of_its_own():
    other = run("succeeded")
    other.counts = {"send": 1, "set_aside": 3}
    assert parts(other, [batch(1, "completed")]) == {"Accepted by Constant Contact": 1, "set_aside": 3}


def test_unchanged_profiles_are_not_left_out():
    assert numbers_of(run("succeeded"), []).all_left_out == 3


@pytest.mark.parametrize(
    ("status", "stage", "states"),
    [
        ("queued", "plan", ["current", "todo", "todo", "todo"]),
        ("running", "send", ["done", "current", "todo", "todo"]),
        ("waiting", "confirm", ["done", "done", "current", "todo"]),
        ("succeeded", "settle", ["done", "done", "done", "done"]),
        ("completed_with_errors", "settle", ["done", "done", "done", "done"]),
        ("failed", "send", ["done", "failed", "todo", "todo"]),
        ("cancelled", "send", ["done", "failed", "todo", "todo"]),
        ("skipped", "plan", ["failed", "todo", "todo", "todo"]),
    ],
)
def test_a_stage_is_done_at_hand_to_come_or_where_it_stopped(status, stage, states):
    assert [each.state for each in stages_of(run(status, stage), [])] == states


def test_a_preview_has_one_stage():
    assert [each.state for each in stages_of(run("running", "plan", preview=True), [])] == ["current"]


def test_the_stage_at_hand_says_how_far_it_is():
    confirm = stages_of(run("waiting", "confirm"), [batch(10, "completed"), batch(10, "sent", percent_done=50)])[2]
    assert (confirm.value, confirm.text) == (75, "75% imported")


def test_a_batch_that_was_never_sent_is_not_imported():
    confirm = stages_of(run("waiting", "confirm"), [batch(10, "cancelled"), batch(10, "sent", percent_done=50)])[2]
    assert (confirm.value, confirm.text) == (50, "50% imported")


def test_nobody_asks_any_more_after_a_batch_whose_outcome_is_unknown():
    stages = stages_of(run("waiting", "confirm"), [batch(10, "unknown"), batch(10, "sent", percent_done=50)])
    assert (stages[1].text, stages[2].value) == ("2 of 2 batches sent", 75)


@pytest.mark.parametrize(
    ("status", "batches", "text"),
    [
        ("succeeded", [batch(9, "completed")], "Counts compared"),
        ("completed_with_errors", [batch(4, "completed"), batch(5, "refused")], "Counts compared"),
        ("succeeded", [], "Nothing to compare"),
        ("failed", [batch(9, "refused")], ""),
        ("cancelled", [batch(9, "completed")], ""),
        ("cancelled", [batch(9, "cancelled")], ""),
        ("failed", [batch(4, "completed"), batch(5, "unknown")], ""),
    ],
)
def test_counts_are_compared_only_of_what_was_imported(status, batches, text):
    assert stages_of(run(status), batches)[3].text == text


@pytest.mark.parametrize("state", Batch.State.values)
def test_every_state_of_a_batch_is_shown_in_a_run_that_is_over(state):
    badge = batch_badge(batch(1, state), is_over=True)
    assert not badge.is_busy
    assert badge.label not in {"Being sent", "Being imported"}
