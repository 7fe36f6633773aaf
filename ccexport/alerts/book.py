"""Opens, closes and claims troubles: the only writer of Trouble. However many look, each is opened and told once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from ccexport.models import Trouble

CLAIM = timedelta(minutes=5)
MOST_ATTEMPTS = 12  # with gaps that double up to an hour: most of a day
LONGEST_GAP = timedelta(hours=1)


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
    except IntegrityError:  # somebody else was quicker
        return None


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


def claim(pk: int) -> Trouble | None:
    """Take the right to tell people, or return None: somebody else has it, or everything is told."""
    if not untold().filter(pk=pk).update(claimed_until=timezone.now() + CLAIM, attempts=F("attempts") + 1):
        return None
    return Trouble.objects.get(pk=pk)


def told(trouble: Trouble) -> None:
    """People know what there was to tell when `trouble` was read: its beginning, and its end if it was over."""
    now = timezone.now()
    changes: dict[str, Any] = {"notified_at": trouble.notified_at or now, "claimed_until": None, "attempts": 0}
    if trouble.closed_at:
        changes["over_notified_at"] = now
    Trouble.objects.filter(pk=trouble.pk).update(**changes)


def try_later(trouble: Trouble) -> None:
    """No channel took the message: try again with growing gaps, and not for ever."""
    if trouble.attempts >= MOST_ATTEMPTS:
        return told(trouble)
    gap = min(timedelta(minutes=2 ** min(trouble.attempts, 10)), LONGEST_GAP)
    Trouble.objects.filter(pk=trouble.pk).update(claimed_until=timezone.now() + gap)
