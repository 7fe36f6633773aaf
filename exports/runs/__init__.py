"""Starts, claims, releases and ends runs: the only writers of Run.status.

Every change is an UPDATE … WHERE on what it expects to find, so that two processes never both believe they did it.
"""

from .claims import LEASE, claim_run, enqueue_when_lease_lapses, list_of, release_run, renew_lease, take_list
from .end import cancel_run, close_unsent, finish_run, put_down_as_new_preview, put_down_as_preview
from .log import record
from .start import PlanOutdatedError, note_run, send_planned, start_run

__all__ = [
    "LEASE",
    "PlanOutdatedError",
    "cancel_run",
    "claim_run",
    "close_unsent",
    "enqueue_when_lease_lapses",
    "finish_run",
    "list_of",
    "note_run",
    "put_down_as_new_preview",
    "put_down_as_preview",
    "record",
    "release_run",
    "renew_lease",
    "send_planned",
    "start_run",
    "take_list",
]
