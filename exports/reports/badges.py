"""What the statuses of exports look like: tones and icons as docs/design-components.md gives them."""

from __future__ import annotations

from exports.models import Batch, Refresh, RefreshStep, Run
from web.badges import BUSY, Badge

_RUNS = {
    Run.Status.PLANNED: ("accent", "visibility"),
    Run.Status.QUEUED: ("neutral", "schedule"),
    Run.Status.RUNNING: ("info", BUSY),
    Run.Status.WAITING: ("warning", "hourglass_empty"),
    Run.Status.SUCCEEDED: ("success", "check_circle"),
    Run.Status.COMPLETED_WITH_ERRORS: ("warning", "warning"),
    Run.Status.FAILED: ("danger", "error"),
    Run.Status.SKIPPED: ("neutral", "skip_next"),
    Run.Status.CANCELLED: ("neutral", "block"),
    Run.Status.NEEDS_DECISION: ("warning", "front_hand"),
}
_BATCHES = {
    Batch.State.PENDING: ("neutral", "schedule"),
    Batch.State.SENDING: ("info", BUSY),
    Batch.State.SENT: ("info", BUSY),
    Batch.State.COMPLETED: ("success", "check_circle"),
    Batch.State.REFUSED: ("danger", "error"),
    Batch.State.CANCELLED: ("neutral", "block"),
    Batch.State.UNKNOWN: ("warning", "help"),
}
_REFRESHES = {
    Refresh.Status.RUNNING: ("info", BUSY),
    Refresh.Status.SUCCEEDED: ("success", "check_circle"),
    Refresh.Status.COMPLETED_WITH_ERRORS: ("warning", "warning"),
}
_STEPS = {
    RefreshStep.State.PENDING: ("neutral", "schedule"),
    RefreshStep.State.DONE: ("success", "check_circle"),
    RefreshStep.State.FAILED: ("danger", "error"),
    RefreshStep.State.SKIPPED: ("neutral", "skip_next"),
    RefreshStep.State.GONE: ("neutral", "block"),
}


def run_badge(status: str, reason: str = "") -> Badge:
    """Return the badge of a run's status; one that waits while Constant Contact works looks as if at work."""
    is_importing = status == Run.Status.WAITING and reason in ("importing", "removing")
    return Badge(Run.Status(status).label, *_RUNS[Run.Status.RUNNING if is_importing else Run.Status(status)])


def batch_badge(batch: Batch, *, is_over: bool) -> Badge:
    """Return the badge of a batch. Once its run is over nobody asks after it any more."""
    state = Batch.State(batch.state)
    if is_over and BUSY in _BATCHES[state]:
        state = Batch.State.UNKNOWN
    return Badge(state.label, *_BATCHES[state])


def refresh_badge(refresh: Refresh) -> Badge:
    return Badge(refresh.get_status_display(), *_REFRESHES[Refresh.Status(refresh.status)])


def step_badge(step: RefreshStep) -> Badge:
    return Badge(step.get_state_display(), *_STEPS[RefreshStep.State(step.state)])
