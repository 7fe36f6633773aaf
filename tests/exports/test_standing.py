"""The stages and the bar of a run: everybody is in exactly one part, and no stage is shown as done before it is."""

import pytest
from django.utils import timezone

from exports.models import Run
from exports.standing import Part, laid_out, left_out, parts_of, stages_of, summary_of
from tests.support.batches import batch

COUNTS = {"send": 9, "unchanged": 4, "no_email": 2, "duplicate": 1}


def run(status: str, stage: str = "settle", **columns) -> Run:
    over = status not in {"planned", *Run.OPEN}
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


def test_the_parts_add_up_to_everybody_who_was_selected():
    assert sum(part.count for part in parts_of(run("running", "send"), EVERY_STATE)) == sum(COUNTS.values())


def test_parts_are_named_by_what_became_of_them():
    found = {str(part.label): part.count for part in parts_of(run("running", "send"), EVERY_STATE)}
    assert found["Accepted by Constant Contact"] == 1
    assert found["Refused by Constant Contact"] == 3
    assert found["Can't be added to the list"] == 1
    assert found["Left out"] == 3


def test_a_run_that_ended_is_sending_nothing_any_more():
    found = {str(part.label): part.count for part in parts_of(run("failed", "confirm"), EVERY_STATE)}
    assert found["Sent, but not followed to the end"] == 2
    assert "Being imported" not in found


def test_unchanged_profiles_are_not_left_out():
    assert left_out(run("succeeded")) == 3


def test_a_part_of_one_in_a_million_is_still_seen_and_the_bar_is_full():
    parts = laid_out([Part("many", "success", 1_000_000), Part("one", "warning", 1)])
    assert parts[1].width > 4
    assert sum(part.width for part in parts) == pytest.approx(1000, abs=1)


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


def test_a_run_of_the_list_is_summed_up_without_its_batches():
    listed = run("completed_with_errors")
    listed.accepted, listed.handed_over = 6, 8
    found = {str(part.label): part.count for part in summary_of(listed)}
    assert found == {
        "Accepted by Constant Contact": 6,
        "Unchanged since the last run": 4,
        "Not accepted": 2,
        "Not sent, because the run was stopped": 1,
        "Left out": 3,
    }
