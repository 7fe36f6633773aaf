"""How a status looks: the tone and the icon that docs/design-components.md gives it."""

from __future__ import annotations

from typing import NamedTuple

from exports.models import Batch, Refresh, RefreshStep, Run


class Look(NamedTuple):
    tone: str
    icon: str
    busy: bool = False


RUNS = {
    Run.Status.PLANNED: Look("accent", "visibility"),
    Run.Status.QUEUED: Look("neutral", "schedule"),
    Run.Status.RUNNING: Look("info", "progress_activity", busy=True),
    Run.Status.WAITING: Look("warning", "hourglass_empty"),
    Run.Status.SUCCEEDED: Look("success", "check_circle"),
    Run.Status.COMPLETED_WITH_ERRORS: Look("warning", "warning"),
    Run.Status.FAILED: Look("danger", "error"),
    Run.Status.SKIPPED: Look("neutral", "skip_next"),
    Run.Status.CANCELLED: Look("neutral", "block"),
}
BATCHES = {
    Batch.State.PENDING: Look("neutral", "schedule"),
    Batch.State.SENDING: Look("info", "progress_activity", busy=True),
    Batch.State.SENT: Look("info", "progress_activity", busy=True),
    Batch.State.COMPLETED: Look("success", "check_circle"),
    Batch.State.REFUSED: Look("danger", "error"),
    Batch.State.CANCELLED: Look("neutral", "block"),
    Batch.State.UNKNOWN: Look("warning", "help"),
}
REFRESHES = {
    Refresh.Status.RUNNING: Look("info", "progress_activity", busy=True),
    Refresh.Status.SUCCEEDED: Look("success", "check_circle"),
    Refresh.Status.COMPLETED_WITH_ERRORS: Look("warning", "warning"),
}
STEPS = {
    RefreshStep.State.PENDING: Look("neutral", "schedule"),
    RefreshStep.State.DONE: Look("success", "check_circle"),
    RefreshStep.State.FAILED: Look("danger", "error"),
    RefreshStep.State.SKIPPED: Look("neutral", "skip_next"),
    RefreshStep.State.GONE: Look("neutral", "block"),
}


def of_run(status: str, reason: str = "") -> Look:
    """Return the look of a run's status; one that waits while Constant Contact imports is simply at work."""
    if status == Run.Status.WAITING and reason == "importing":
        return RUNS[Run.Status.RUNNING]
    return RUNS[Run.Status(status)]


def of_batch(batch: Batch, *, is_over: bool) -> tuple[Look, str]:
    """Return the look of a batch and its label. Once its run is over nobody asks after it any more."""
    state = Batch.State(batch.state)
    if is_over and BATCHES[state].busy:
        state = Batch.State.UNKNOWN
    return BATCHES[state], str(state.label)
