"""What people read about exports, runs and refreshes: why one can't run, waits or failed, and what to do next.

Codes are those that rows hold, each with its family before it: `run.` (Run.reason and Batch.reason), `event.` (a line
of a run's history), `refresh.`, `numbers.` (what became of whom in a run), `person.`, `brake.`,
`erasure.` and `suppressions.` (of an uploaded file of them).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.messages import Message, register

from . import brakes, erasures, numbers, people, runs, suppressions, why

# How a run ended that did all it had to: what there is to say follows from its numbers, see reports.sentence.
BY_NUMBERS = frozenset(
    {"some_refused", "counts_disagree", "some_left_out", "some_not_added", "some_left_out_and_not_added"}
    | {"some_not_removed", "undone", "undone_in_part"}
)
# A run whose segments or profiles can't be read: its details are the whole message.
OF_SEGMENT = "segment"

for family, texts in {
    "run": runs.RUNS,
    "event": runs.EVENTS,
    "refresh": runs.REFRESHES,
    "numbers": numbers.NUMBERS,
    "person": people.PEOPLE,
    "brake": brakes.BRAKES,
    "erasure": erasures.ERASURES,
    "suppressions": suppressions.SUPPRESSIONS,
    "why": why.WHY,
}.items():
    register({f"{family}.{code}": text for code, text in texts.items()})


def run_message(reason: str, details: Mapping[str, Any]) -> Message:
    """Return what the reason of a run or a batch says. No reason, no message."""
    if not reason or reason in BY_NUMBERS:
        return Message()
    return Message.from_json(details) if reason == OF_SEGMENT else Message(f"run.{reason}", details)
