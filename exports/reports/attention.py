"""Which exports somebody should look at, worked out from their runs: Home and the alerts show the same ones."""

from __future__ import annotations

from typing import Any

from django.db.models import Max, Q, QuerySet

from exports.models import Export, Run

from .numbers import with_numbers

# The connection itself needs somebody: that is said of the connection, not of each export on it.
OF_THE_CONNECTION = "reconnect"


def latest_runs(which: Q) -> QuerySet[Any]:
    """Return of each export the last of such runs, with its numbers. `which` is said of the runs of an export."""
    latest = Export.objects.annotate(latest=Max("runs", filter=which & Q(runs__preview=False))).values("latest")
    return with_numbers(Run.objects.filter(pk__in=latest).select_related("export"))


def unsuccessful_runs() -> QuerySet[Any]:
    """Return the last run of each export whose last run failed or was skipped, for whatever reason.

    A later one that went well has settled the matter; one that was cancelled, or that failed because its connection has
    to be reconnected, says nothing about it.
    """
    silent = Q(runs__status=Run.Status.CANCELLED) | Q(runs__reason=OF_THE_CONNECTION)
    ended = latest_runs(Q(runs__finished_at__isnull=False) & ~silent)
    return ended.filter(status__in=(Run.Status.FAILED, Run.Status.SKIPPED))
