"""What is wrong at this moment, worked out from the rows alone: whoever looks finds the same, however often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Q

from ccexport.models import Incident
from ccexport.status.health import Standstill, standstill
from ccexport.status.hosts import count_living, silent_hosts
from connections import tokens
from connections.models import Connection
from exports.models import Refresh, Run
from exports.models.recurrence import is_late
from exports.reports.attention import OF_THE_CONNECTION, latest_runs, runs_to_decide, unsuccessful_runs
from exports.reports.numbers import numbers_of

EXPIRES_WITHIN = 14  # days
Found = tuple[str, str, dict[str, Any]]


def present_incidents() -> dict[tuple[str, str], dict[str, Any]]:
    """Return every incident there is, by kind and subject, with what its sentence needs."""
    found = [*_connections(), *map(_held, runs_to_decide()), *map(_ended, unsuccessful_runs()), *_runs(), *_system()]
    return {(kind, subject): details for kind, subject, details in found}


def current_incidents() -> list[Incident]:
    """Return everything that is wrong at this moment, not stored: the system itself first.

    What is stored waits for the next check by a worker, and long enough that nobody is mailed in vain; a page does not.
    """
    stands = standstill()
    system = [Incident(kind=Incident.Kind.NO_WORKER, details={"hangs": stands == Standstill.STUCK})] if stands else []
    present = present_incidents()
    if stands == Standstill.NO_WORKER:  # that is said; which host it was that worked last helps nobody
        present = {about: details for about, details in present.items() if about[0] != Incident.Kind.HOST_SILENT}
    found = [Incident(kind=kind, subject=subject, details=details) for (kind, subject), details in present.items()]
    return system + found


def _connections() -> Iterator[Found]:
    for connection in tokens.with_refresh_time(Connection.objects.filter(saved_at__isnull=False)):
        subject, name = f"connection:{connection.pk}", {"name": connection.display_name}
        if connection.state == Connection.State.NEEDS_RECONNECTING:
            yield Incident.Kind.RECONNECT, subject, name
        left = tokens.days_left(connection)
        if left is not None and left <= EXPIRES_WITHIN:
            yield Incident.Kind.EXPIRES, subject, name | {"days": left}


def _ended(run: Any) -> Found:
    ended = {"status": run.status, "reason": run.reason, "details": run.reason_details}
    return Incident.Kind.RUN_FAILED, *_about(run, **ended, numbers=numbers_of(run).as_json())


def _held(run: Run) -> Found:
    return Incident.Kind.NEEDS_DECISION, *_about(run, brakes=run.brakes)


def exports_to_reconnect() -> list[Incident]:
    """Return the exports whose last run failed for want of a connection that works, for who sees no connections."""
    runs = latest_runs(Q(runs__finished_at__isnull=False) & ~Q(runs__status=Run.Status.CANCELLED))
    found = [_ended(run) for run in runs.filter(status=Run.Status.FAILED, reason=OF_THE_CONNECTION)]
    return [Incident(kind=kind, subject=subject, details=details) for kind, subject, details in found]


def _runs() -> Iterator[Found]:
    for run in latest_runs(Q(runs__status__in=[Run.Status.SUCCEEDED, Run.Status.COMPLETED_WITH_ERRORS])):
        numbers = numbers_of(run)
        if 100 * numbers.not_accepted > settings.ALERT_REFUSED_PERCENT * numbers.to_send:
            sums = {"refused": numbers.not_accepted, "sent": numbers.to_send}
            yield Incident.Kind.REFUSED, *_about(run, **sums, numbers=numbers.as_json())
    for run in latest_runs(Q(runs__scheduled_for__isnull=False)):
        if is_late(run.scheduled_for, run.queued_at):
            times = {"planned": run.scheduled_for.isoformat(), "started": run.queued_at.isoformat()}
            yield Incident.Kind.LATE, *_about(run, **times)


def _about(run: Run, **details: Any) -> tuple[str, dict[str, Any]]:
    return f"export:{run.export_id}", {"name": run.export.name, "run": run.pk, **details}


def _system() -> Iterator[Found]:
    last = Refresh.objects.first()
    if last is not None and last.scheduled_for and last.is_late:
        times = {"planned": last.scheduled_for.isoformat(), "started": last.started_at.isoformat()}
        yield Incident.Kind.LATE, "", times
    for host in silent_hosts():
        details = {"name": host.name, "since": host.last_seen_at.isoformat(), "others": count_living()}
        yield Incident.Kind.HOST_SILENT, f"host:{host.pk}", details
