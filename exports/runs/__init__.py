"""Starts, claims, releases and ends runs: the only writers of Run.status.

Every change is an UPDATE … WHERE on what it expects to find, so that two processes never both believe they did it.
"""

from .claims import LEASE, claim_run, enqueue_when_lease_lapses, list_of, release_run, renew_lease, take_list
from .end import (
    cancel_run,
    close_removals,
    close_unsent,
    discard_run,
    finish_run,
    put_down_as_preview,
    put_down_for_decision,
    replace_held,
)
from .start import NotRunnableError, PlanOutdatedError, check_runnable, note_run, send_planned, start_run
from .undo import can_undo, check_undoable, start_undo

__all__ = [
    "LEASE",
    "NotRunnableError",
    "PlanOutdatedError",
    "can_undo",
    "cancel_run",
    "check_runnable",
    "check_undoable",
    "claim_run",
    "close_removals",
    "close_unsent",
    "discard_run",
    "enqueue_when_lease_lapses",
    "finish_run",
    "list_of",
    "note_run",
    "put_down_as_preview",
    "put_down_for_decision",
    "release_run",
    "renew_lease",
    "replace_held",
    "send_planned",
    "start_run",
    "start_undo",
    "take_list",
]
