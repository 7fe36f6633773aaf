"""Which exports somebody should look at, worked out from their runs, and whether a new run sends what one left."""

from __future__ import annotations

from typing import Any

from django.db.models import Max, Q, QuerySet, Sum

from exports.models import Batch, Export, Run

from .numbers import with_numbers

# The connection itself needs somebody: that is said of the connection, not of each export on it.
OF_THE_CONNECTION = "reconnect"
# A brake held these runs to their end: nobody failed to send anything.
NEVER_BEGUN = ("discarded", "replaced")


def latest_runs(which: Q) -> QuerySet[Any]:
    """Return of each export the last of such runs, with its numbers. `which` is said of the runs of an export."""
    of_everybody = Q(runs__preview=False) & ~Q(runs__trigger=Run.Trigger.TO_ME)
    latest = Export.objects.annotate(latest=Max("runs", filter=which & of_everybody)).values("latest")
    return with_numbers(Run.objects.filter(pk__in=latest).select_related("export"))


def unsuccessful_runs() -> QuerySet[Any]:
    """Return the last run of each export whose last run failed or was skipped, for whatever reason.

    A later one that went well has settled the matter; one that was cancelled, or that failed because its connection has
    to be reconnected, says nothing about it.
    """
    silent = Q(runs__status=Run.Status.CANCELLED) | Q(runs__reason=OF_THE_CONNECTION)
    ended = latest_runs(Q(runs__finished_at__isnull=False) & ~silent)
    return ended.filter(status__in=(Run.Status.FAILED, Run.Status.SKIPPED))


def runs_to_decide() -> QuerySet[Any]:
    """Return the runs that a brake holds until somebody decides; at most one of each export."""
    return Run.objects.filter(status=Run.Status.NEEDS_DECISION).select_related("export")


def unsent(run: Run) -> int:
    """Return how many profiles of an ended run are in batches that were not imported."""
    if run.is_open or run.preview or run.is_trial or run.status in (Run.Status.PLANNED, Run.Status.NEEDS_DECISION):
        return 0
    if run.reason in NEVER_BEGUN:
        return 0
    failed = run.batches.exclude(state=Batch.State.COMPLETED)
    return int(failed.aggregate(rows=Sum("rows", default=0))["rows"])


def can_retry(run: Run) -> bool:
    """Whether a new run sends what this one left: there is something, and no later run has dealt with it.

    A new run compares itself with what was confirmed (exports.plan.baseline), so it sends the profiles of the batches
    that were refused, failed or never sent, once more those of batches that were not accepted completely, and besides
    them only what changed in the source meanwhile.
    """
    later = Run.objects.filter(export=run.export_id, preview=False, pk__gt=run.pk).exclude(trigger=Run.Trigger.TO_ME)
    return unsent(run) > 0 and not later.exists()
