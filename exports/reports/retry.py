"""What a run that has ended left unsent, and whether running its export again sends just that.

A new run compares itself with what was confirmed (exports.baseline), so it sends the profiles of the batches that
were refused, failed or never sent, once more those of batches that were not accepted completely, and besides them only
what changed in the source meanwhile.
"""

from __future__ import annotations

from django.db.models import Sum

from exports.models import Batch, Run


def unsent(run: Run) -> int:
    """Return how many profiles of an ended run are in batches that were not imported."""
    if run.is_open or run.preview or run.status == Run.Status.PLANNED:
        return 0
    failed = run.batches.exclude(state=Batch.State.COMPLETED)
    return int(failed.aggregate(rows=Sum("rows", default=0))["rows"])


def can_retry(run: Run) -> bool:
    """Whether a new run sends what this one left: there is something, and no later run has dealt with it."""
    later = Run.objects.filter(export=run.export_id, preview=False, pk__gt=run.pk)
    return unsent(run) > 0 and not later.exists()
