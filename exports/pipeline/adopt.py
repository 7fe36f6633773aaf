"""Finds the activity of a batch whose answer was lost. There is no idempotency key, so we look before sending again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from constant_contact import Activity, ConstantContact
from exports.models import Batch, Run

# Between their clock and ours.
CLOCK_SKEW = timedelta(minutes=2)
# An import counts its rows only once it is being read; until then it can't be told whose it is.
PATIENCE = timedelta(minutes=10)


def file_name(batch: Batch) -> str:
    """Constant Contact keeps the name of a file with its activity: it tells a lost batch again."""
    return f"run-{batch.run_id}-batch-{batch.number}.csv"


class StillUnclearError(Exception):
    """There is an activity that may be the batch's, but it doesn't tell yet; ask again in a moment."""


def find_activity(client: ConstantContact, run: Run, batch: Batch) -> Activity | None:
    """Return the activity that the lost answer spoke of, or None when there is none.

    It began after the batch was sent, belongs to no batch of ours, and has as many rows. Raises StillUnclearError.
    """
    assert batch.sending_at is not None
    since = batch.sending_at - CLOCK_SKEW
    unclear = False
    for activity in _since(client, since):
        if not _is_import(activity) or Batch.objects.filter(activity_id=activity.activity_id).exists():
            continue
        if run.encoding == Run.Encoding.CSV:
            if activity.source_file_name == file_name(batch):
                return activity
            continue
        if activity.counters.items_total == batch.rows:
            return activity
        unclear |= not activity.is_final and not activity.counters.items_total
    if unclear and timezone.now() - batch.sending_at < PATIENCE:
        raise StillUnclearError
    return None


def _since(client: ConstantContact, since: datetime) -> list[Activity]:
    found = []
    for activity in client.activities(limit=500):
        if activity.created_at is not None and activity.created_at < since:
            break  # newest first: everything further on is older
        found.append(activity)
    return found


def _is_import(activity: Activity) -> bool:
    """Jobs over lists count lists; an import doesn't."""
    return activity.counters.list == 0
