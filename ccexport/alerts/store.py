"""Opens, closes and claims incidents: the only writer of Incident. However many check, each opens once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from ccexport.models import Incident, WorkerHost
from jobs.constraints import violates
from jobs.limits import LIMITS

logger = logging.getLogger(__name__)

CLAIM_LASTS = timedelta(seconds=LIMITS.alert.lease or 0)
MAX_ATTEMPTS = LIMITS.alert.attempts
FIRST_GAP, MAX_GAP = timedelta(minutes=1), timedelta(hours=1)


def open_incident(kind: str, subject: str = "", **details: Any) -> Incident | None:
    """Write down that something is wrong. None: that was known already; then it says from now on what is wrong now."""
    known = Incident.objects.filter(kind=kind, subject=subject, closed_at=None).first()
    if known is not None:
        if known.details != details:
            Incident.objects.filter(pk=known.pk).update(details=details)
        return None
    try:
        with transaction.atomic():
            return Incident.objects.create(kind=kind, subject=subject, details=details)
    except IntegrityError as error:
        if not violates(error, Incident, "one_open_trouble_of_a_kind"):
            raise
        return None  # somebody else was quicker


def close_incident_of_host(sender: Any, host: WorkerHost, **kwargs: Any) -> None:
    """A host that was silent is retired: nobody waits for it any more."""
    _close(Incident.objects.filter(kind=Incident.Kind.HOST_SILENT, subject=f"host:{host.pk}"))


def reconcile(present: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    """Open what is new, close what is over."""
    for incident in Incident.objects.filter(closed_at=None):
        if (incident.kind, incident.subject) not in present:
            _close(Incident.objects.filter(pk=incident.pk))
    for (kind, subject), details in present.items():
        open_incident(kind, subject, **details)


def pending() -> QuerySet[Incident]:
    """Return the incidents that people have to be notified of now: that they began, or that they are over."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=timezone.now())
    begun, over = Q(notified_at=None), Q(closed_at__isnull=False, over_notified_at=None)
    return Incident.objects.filter(free, begun | over)


def due(before: datetime) -> QuerySet[Any, int]:
    """Return the incidents that people should have been notified of by then."""
    return pending().filter(opened_at__lt=before).order_by("pk").values_list("pk", flat=True)


def claim(pk: int) -> Incident | None:
    """Take the right to notify people, or return None: somebody else has it, or everybody knows.

    A claim that nobody puts down holds the longer the more often that happened.
    """
    incident = pending().filter(pk=pk).first()
    if incident is None:
        return None
    until = timezone.now() + max(CLAIM_LASTS, _gap_after(incident.attempts))
    same = pending().filter(pk=pk, attempts=incident.attempts)
    if not same.update(claimed_until=until, attempts=F("attempts") + 1):
        return None
    incident.refresh_from_db()
    return incident


def mark_notified(incident: Incident) -> None:
    """People know what there was to tell when `incident` was read: its beginning, and its end if it was over."""
    now = timezone.now()
    changes: dict[str, Any] = {"notified_at": incident.notified_at or now, "claimed_until": None, "attempts": 0}
    if incident.closed_at:
        changes["over_notified_at"] = now
    Incident.objects.filter(pk=incident.pk).update(**changes)


def try_later(incident: Incident) -> None:
    """No channel took the message: try again with growing gaps, and not for ever."""
    if incident.attempts >= MAX_ATTEMPTS:
        return _give_up(incident)
    until = timezone.now() + _gap_after(incident.attempts)
    Incident.objects.filter(pk=incident.pk).update(claimed_until=until)


def give_up_spent() -> None:
    """Let those be whose messages took every worker with them that began to send them."""
    for incident in pending().filter(attempts__gte=MAX_ATTEMPTS):
        _give_up(incident)


def _give_up(incident: Incident) -> None:
    logger.error(
        "Nobody could be notified of alert %s (%s) in %s attempts", incident.pk, incident.kind, incident.attempts
    )
    mark_notified(incident)


def _close(incidents: QuerySet[Incident]) -> None:
    changes: dict[str, Any] = {"closed_at": timezone.now(), "claimed_until": None, "attempts": 0}
    incidents.filter(closed_at=None).update(**changes)


def _gap_after(attempts: int) -> timedelta:
    return min(FIRST_GAP * 2 ** min(attempts, 10), MAX_GAP)
