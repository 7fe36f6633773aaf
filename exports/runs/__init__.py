"""Starts, claims, releases and ends runs: the only writers of Run.status.

Every change is an UPDATE … WHERE on what it expects to find, so that two processes never both believe they did it.
"""

from .claims import LEASE, claim_run, enqueue_when_lease_lapses, list_of, release_run, renew_lease, take_list
from .end import cancel_run, close_removals, close_unsent, finish_run, put_down_as_preview
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
    "enqueue_when_lease_lapses",
    "finish_run",
    "list_of",
    "note_run",
    "put_down_as_preview",
    "release_run",
    "renew_lease",
    "send_planned",
    "start_run",
    "start_undo",
    "take_list",
]
