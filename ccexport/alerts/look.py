"""What is wrong at this moment, worked out from the rows alone: whoever looks finds the same, however often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import F, Max, Q, Sum

from ccexport.models import Trouble
from ccexport.status.hosts import count_living, silent_hosts
from connections import tokens
from connections.models import Connection
from exports.models import Batch, Export, Refresh, Run
from exports.schedule.timing import is_late

EXPIRES_WITHIN = 14  # days
# Its connection has a message of its own, and its owner gets that one too.
TOLD_ELSEWHERE = "reconnect"
NOTHING_WRONG = "no_members"
Found = tuple[str, str, dict[str, Any]]


def present_troubles() -> dict[tuple[str, str], dict[str, Any]]:
    """Return every trouble there is, by kind and subject, with what its sentence needs."""
    found = [*_connections(), *_failed(), *_refused(), *_late(), *_late_refresh(), *_silent_hosts()]
    return {(kind, subject): details for kind, subject, details in found}


def _connections() -> Iterator[Found]:
    for connection in tokens.with_refresh_time(Connection.objects.filter(saved_at__isnull=False)):
        subject, name = f"connection:{connection.pk}", {"name": connection.display_name}
        if connection.state == Connection.State.NEEDS_RECONNECTING:
            yield Trouble.Kind.RECONNECT, subject, name
        left = tokens.days_left(connection)
        if left is not None and left <= EXPIRES_WITHIN:
            yield Trouble.Kind.EXPIRES, subject, name | {"days": left}


def _failed() -> Iterator[Found]:
    """A later run that went well has settled the matter; one that was cancelled, or not sent for want of a connection
    that works, says nothing about it."""
    silent = Q(runs__status=Run.Status.CANCELLED) | Q(runs__reason=TOLD_ELSEWHERE)
    for run in _latest(Q(runs__finished_at__isnull=False) & ~silent):
        if run.status in (Run.Status.FAILED, Run.Status.SKIPPED) and run.reason != NOTHING_WRONG:
            yield Trouble.Kind.RUN_FAILED, *_about(run, reason=run.reason, told=run.reason_details)


def _refused() -> Iterator[Found]:
    completed = Q(batches__state=Batch.State.COMPLETED)
    not_taken = Sum(F("batches__refused") + F("batches__cannot_add"), filter=completed, default=0)
    not_imported = Sum("batches__rows", filter=~completed, default=0)
    runs = _latest(Q(runs__status__in=[Run.Status.SUCCEEDED, Run.Status.COMPLETED_WITH_ERRORS]))
    for run in runs.annotate(refused=not_taken + not_imported):
        if run.to_send and 100 * run.refused > settings.ALERT_REFUSED_PERCENT * run.to_send:
            yield Trouble.Kind.REFUSED, *_about(run, refused=run.refused, sent=run.to_send)


def _late() -> Iterator[Found]:
    for run in _latest(Q(runs__scheduled_for__isnull=False)):
        if is_late(run.scheduled_for, run.queued_at):
            times = {"planned": run.scheduled_for.isoformat(), "started": run.queued_at.isoformat()}
            yield Trouble.Kind.LATE, *_about(run, **times)


def _latest(which: Q) -> Any:
    """Return of each export the last of such runs."""
    latest = Export.objects.annotate(latest=Max("runs", filter=which & Q(runs__preview=False))).values("latest")
    return Run.objects.filter(pk__in=latest).select_related("export")


def _about(run: Run, **details: Any) -> tuple[str, dict[str, Any]]:
    return f"export:{run.export_id}", {"name": run.export.name, "run": run.pk, **details}


def _late_refresh() -> Iterator[Found]:
    last = Refresh.objects.first()
    if last is not None and last.scheduled_for and last.is_late:
        times = {"planned": last.scheduled_for.isoformat(), "started": last.started_at.isoformat()}
        yield Trouble.Kind.LATE, "", times


def _silent_hosts() -> Iterator[Found]:
    for host in silent_hosts():
        details = {"name": host.name, "since": host.last_seen_at.isoformat(), "others": count_living()}
        yield Trouble.Kind.HOST_SILENT, f"host:{host.pk}", details
