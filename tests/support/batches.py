"""Batches as the pipeline writes them."""

from typing import Any

from exports.models import Batch

COUNTED = ("refused", "cannot_add", "unaccounted")


def batch(rows: int, state: str, **columns: Any) -> Batch:
    """A batch that is not stored; of a completed one, Constant Contact accepted whom it did not count otherwise."""
    if state == Batch.State.COMPLETED:
        columns.setdefault("accepted", rows - sum(columns.get(name, 0) for name in COUNTED))
    return Batch(rows=rows, state=state, **{"body_bytes": 1, "number": 1, **columns})


def stored_batch(run: Any, rows: int, state: str = "completed", **columns: Any) -> Batch:
    made = batch(rows, state, run=run, **columns)
    made.save()
    return made
