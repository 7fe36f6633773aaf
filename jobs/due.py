"""Finds work that is due and of which no message tells: lost with a killed cluster, or deleted.

The ticks find it within a minute. Sooner does whoever is there anyway: a worker looks when it starts, when it has
claimed something and when it has put something down. That costs one small query, and one more for each kind of work
where the queue is empty: as long as a message waits there, so may what is due. And a worker leaves a message behind, to
look once more a few seconds later, while there is work that will be due soon.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import Error
from django.db.models import QuerySet
from django.utils import timezone
from django_q.models import OrmQ

from .limits import LIMITS, WAITS, Limit
from .queue import enqueue, enqueue_at

logger = logging.getLogger(__name__)

Find = Callable[[datetime], QuerySet[Any, Any]]
MAX_MESSAGES = 20  # messages of one look for each kind: the next look finds the rest
DELIVERY_TIME = timedelta(seconds=WAITS.due_check)  # what became due just now has a message that is on its way
SOON = timedelta(seconds=4 * WAITS.due_check)

_finders: dict[str, tuple[Limit, Find]] = {}


class _Throttle:
    """When this process may look again, and when it may leave a message to look: each once in a few seconds."""

    def __init__(self) -> None:
        self.next_check = self.next_message = 0.0
        self.is_worker = False  # a command or a page has no business with the queue of others


_throttle = _Throttle()


def register(kind: Limit, find: Find) -> None:
    """Have `find` asked for rows of this kind: the query of the ids of those that became due before the given moment.

    A query, so that a look reads a few of thousands; and no iterator() of it: to enqueue closes a connection that is
    old, and a cursor that is still being read dies with it.
    """
    _finders[kind.task] = kind, find


def enqueue_due() -> int:
    """Put messages on the queue for what is due and was forgotten; return how many.

    At most once in a few seconds per process. Raises nothing: whoever calls it has work of its own.
    """
    now = time.monotonic()
    try:
        if now < _throttle.next_check:
            _enqueue_check()
            return 0
        _throttle.next_check = now + WAITS.due_check
        return _enqueue_forgotten()
    except Error as error:
        logger.warning("Nobody could look for work that is due: %s", type(error).__name__)
    except Exception:
        logger.exception("Looking for work that is due failed unexpectedly")
    return 0


def check_when_worker_starts(**_signal: Any) -> None:
    """A worker that starts often follows one that was killed."""
    _throttle.is_worker = True
    _throttle.next_check = _throttle.next_message = 0.0  # those of the process that it was forked from
    enqueue_due()


def _enqueue_forgotten() -> int:
    before = timezone.now() - DELIVERY_TIME
    if OrmQ.objects.filter(lock__lte=before).exists():
        _enqueue_check()
        return 0
    found = [(kind, pk) for kind, find in _finders.values() for pk in find(before)[:MAX_MESSAGES]]
    for kind, pk in found:
        enqueue(kind, pk)
    soon = timezone.now() + SOON
    if found or (_throttle.is_worker and any(find(soon).exists() for _kind, find in _finders.values())):
        _enqueue_check()
    return len(found)


def _enqueue_check() -> None:
    """Leave a message to look once more: what is due by then may have nobody else who comes."""
    now = time.monotonic()
    if _throttle.is_worker and now >= _throttle.next_message:
        _throttle.next_message = now + WAITS.due_check
        enqueue_at(timezone.now() + DELIVERY_TIME, LIMITS.due_check, 0)
