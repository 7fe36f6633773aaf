"""Rows that a worker claims for a while: taken by one UPDATE, held on to while the work goes on, found again after."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from . import attempts
from .limits import WAITS, Limit
from .queue import enqueue, enqueue_at

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claims:
    """How the rows of one kind of work are claimed. The methods are given those that are asked for and not over.

    A row that was asked for has no claim; one that waits for its next try is claimed until then. A claim that ran out
    says that its worker died: the row is free again after the gap of its attempts (jobs.attempts).
    """

    kind: Limit
    asked_at: str  # the column that says since when it is asked for
    until: str = "claimed_until"
    attempts: str = "attempts"
    row_id: str = "pk"  # the column that its messages name

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.kind.lease or 0)

    def take(self, rows: QuerySet[Any], **columns: Any) -> bool:
        """Claim the row, unless somebody is at it, and change its `columns`."""
        now = timezone.now()
        free = Q(**{self.until: None}) | self._lapsed(now)
        claim = {self.until: now + self.lease, self.attempts: attempts.one_more(self.attempts), **columns}
        return bool(rows.filter(free).update(**claim))

    def put_off(self, rows: QuerySet[Any], row_id: int, until: datetime, **columns: Any) -> None:
        """Put the row down until the next try, unless it is somebody else's now. Its worker lives: no attempt."""
        with transaction.atomic():
            if rows.update(**{self.until: until, self.attempts: 0, **columns}):
                enqueue_at(until, self.kind, row_id)

    def due(self, rows: QuerySet[Any], before: datetime) -> QuerySet[Any, int]:
        """Return the ids of the rows that any worker could have begun before that moment."""
        return self._left(rows, before, before)

    def resume(self, rows: QuerySet[Any], give_up: Callable[[Any], object]) -> None:
        """Ask again for rows that waited, whose worker died, or whose message was lost.

        One that has had all its attempts is given up: whatever kills the workers that begin it is not met here.
        """
        now = timezone.now()
        for row in rows.filter(attempts.spent(now, self.kind.attempts, until=self.until, attempts=self.attempts)):
            give_up(row)
        lost: Iterable[int] = self._left(rows, now, now - timedelta(seconds=WAITS.lost))
        for row_id in lost:
            enqueue(self.kind, row_id)

    def _left(self, rows: QuerySet[Any], now: datetime, asked_before: datetime) -> QuerySet[Any, int]:
        asked = Q(**{self.until: None, f"{self.asked_at}__lt": asked_before})
        return rows.filter(self._lapsed(now) | asked).order_by("pk").values_list(self.row_id, flat=True)

    def _lapsed(self, now: datetime) -> Q:
        return attempts.lapsed(now, until=self.until, attempts=self.attempts)


class Renewal:
    """Renews a claim now and then, for as long as `renew` says that it is held.

    A database that is away for a moment ends no work: what was claimed is held until the claim has run out, and whether
    anybody else took it by then, the next write finds out.
    """

    def __init__(self, renew: Callable[[], bool], *, lease: float) -> None:
        self._renew = renew
        self._lease = lease
        self._renewed_at = time.monotonic()
        self._next = self._renewed_at + WAITS.renewal

    def is_held(self) -> bool:
        """Renew the claim if it is time to. Cheap: may be asked many times a second."""
        now = time.monotonic()
        if now < self._next:
            return True
        self._next = now + WAITS.renewal
        try:
            held = self._renew()
        except Error as error:
            if now - self._renewed_at >= self._lease:
                raise
            logger.warning("A claim could not be renewed yet: %s", type(error).__name__)
            if not connection.in_atomic_block:
                connection.close()
            return True
        self._renewed_at = now
        return held
