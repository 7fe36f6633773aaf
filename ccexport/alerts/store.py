"""Opens, closes and claims troubles: the only writer of Trouble. However many look, each is opened and told once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from ccexport.models import Trouble
from jobs.constraints import violates
from jobs.limits import LIMITS

logger = logging.getLogger(__name__)

CLAIM = timedelta(seconds=LIMITS.alert.lease or 0)
MAX_ATTEMPTS = LIMITS.alert.attempts
FIRST_GAP, LONGEST_GAP = timedelta(minutes=1), timedelta(hours=1)


def open_trouble(kind: str, subject: str = "", **details: Any) -> Trouble | None:
    """Write down that something is wrong. None: that was known already; then it says from now on what is wrong now."""
    known = Trouble.objects.filter(kind=kind, subject=subject, closed_at=None).first()
    if known is not None:
        if known.details != details:
            Trouble.objects.filter(pk=known.pk).update(details=details)
        return None
    try:
        with transaction.atomic():
            return Trouble.objects.create(kind=kind, subject=subject, details=details)
    except IntegrityError as error:
        if not violates(error, Trouble, "one_open_trouble_of_a_kind"):
            raise
        return None  # somebody else was quicker


def close_troubles(troubles: QuerySet[Trouble]) -> int:
    """Write down that they are over; return how many still were open."""
    changes: dict[str, Any] = {"closed_at": timezone.now(), "claimed_until": None, "attempts": 0}
    return troubles.filter(closed_at=None).update(**changes)


def compare(present: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    """Open what is new, close what is over."""
    for trouble in Trouble.objects.filter(closed_at=None):
        if (trouble.kind, trouble.subject) not in present:
            close_troubles(Trouble.objects.filter(pk=trouble.pk))
    for (kind, subject), details in present.items():
        open_trouble(kind, subject, **details)


def untold() -> QuerySet[Trouble]:
    """Return the troubles that people have to be told about now: that they began, or that they are over."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=timezone.now())
    begun, over = Q(notified_at=None), Q(closed_at__isnull=False, over_notified_at=None)
    return Trouble.objects.filter(free, begun | over)


def due(before: datetime) -> Iterable[int]:
    """Return the troubles that people should have been told about by then."""
    return untold().filter(opened_at__lt=before).order_by("pk").values_list("pk", flat=True).iterator()


def claim(pk: int) -> Trouble | None:
    """Take the right to tell people, or return None: somebody else has it, or everything is told.

    A claim that nobody puts down holds the longer the more often that happened.
    """
    trouble = untold().filter(pk=pk).first()
    if trouble is None:
        return None
    until = timezone.now() + max(CLAIM, _gap_after(trouble.attempts))
    same = untold().filter(pk=pk, attempts=trouble.attempts)
    if not same.update(claimed_until=until, attempts=F("attempts") + 1):
        return None
    trouble.refresh_from_db()
    return trouble


def told(trouble: Trouble) -> None:
    """People know what there was to tell when `trouble` was read: its beginning, and its end if it was over."""
    now = timezone.now()
    changes: dict[str, Any] = {"notified_at": trouble.notified_at or now, "claimed_until": None, "attempts": 0}
    if trouble.closed_at:
        changes["over_notified_at"] = now
    Trouble.objects.filter(pk=trouble.pk).update(**changes)


def try_later(trouble: Trouble) -> None:
    """No channel took the message: try again with growing gaps, and not for ever."""
    if trouble.attempts >= MAX_ATTEMPTS:
        return _give_up(trouble)
    until = timezone.now() + _gap_after(trouble.attempts)
    Trouble.objects.filter(pk=trouble.pk).update(claimed_until=until)


def give_up_spent() -> None:
    """Let those be whose messages took every worker with them that began to send them."""
    for trouble in untold().filter(attempts__gte=MAX_ATTEMPTS):
        _give_up(trouble)


def _give_up(trouble: Trouble) -> None:
    logger.error("Nobody could be told of alert %s (%s) in %s attempts", trouble.pk, trouble.kind, trouble.attempts)
    told(trouble)


def _gap_after(attempts: int) -> timedelta:
    return min(FIRST_GAP * 2 ** min(attempts, 10), LONGEST_GAP)
