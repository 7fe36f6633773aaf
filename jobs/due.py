"""Finds work that is due and of which no message tells: lost with a killed cluster, or deleted.

The ticks find it within a minute. Sooner does whoever is there anyway: a worker looks when it starts, when it has
claimed something and when it has put something down. That costs one small query, and one more for each kind of work
where the queue is empty: as long as a message waits there, so may what is due. And a worker leaves a message behind, to
look once more a few seconds later, while there is work that will be due soon.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import Error
from django.utils import timezone
from django_q.models import OrmQ

from .limits import LIMITS, WAITS, Limit
from .queue import enqueue, enqueue_at

logger = logging.getLogger(__name__)

Find = Callable[[datetime], Iterable[int]]
AT_ONCE = 20  # messages of one look for each kind: the next look finds the rest
PATIENCE = timedelta(seconds=WAITS.look)  # what became due just now has a message that is on its way
SOON = timedelta(seconds=4 * WAITS.look)

_finders: dict[str, tuple[Limit, Find]] = {}


class _Looks:
    """When this process may look again, and when it may leave a message to look: each once in a few seconds."""

    def __init__(self) -> None:
        self.next_look = self.next_message = 0.0
        self.is_worker = False  # a command or a page has no business with the queue of others


_looks = _Looks()


def register(kind: Limit, find: Find) -> None:
    """Have `find` asked for rows of this kind: it returns the ids of those that became due before the given moment."""
    _finders[kind.task] = kind, find


def enqueue_due() -> int:
    """Put messages on the queue for what is due and was forgotten; return how many.

    At most once in a few seconds per process. Raises nothing: whoever calls it has work of its own.
    """
    now = time.monotonic()
    try:
        if now < _looks.next_look:
            _look_again()
            return 0
        _looks.next_look = now + WAITS.look
        return _look()
    except Error as error:
        logger.warning("Nobody could look for work that is due: %s", type(error).__name__)
    except Exception:
        logger.exception("Looking for work that is due failed unexpectedly")
    return 0


def look_when_worker_starts(**_signal: Any) -> None:
    """A worker that starts often follows one that was killed."""
    _looks.is_worker = True
    _looks.next_look = _looks.next_message = 0.0  # those of the process that it was forked from
    enqueue_due()


def _look() -> int:
    before = timezone.now() - PATIENCE
    if OrmQ.objects.filter(lock__lte=before).exists():
        _look_again()
        return 0
    found = [(kind, pk) for kind, find in _finders.values() for pk in islice(find(before), AT_ONCE)]
    for kind, pk in found:
        enqueue(kind, pk)
    if found or (_looks.is_worker and _is_anything_due(timezone.now() + SOON)):
        _look_again()
    return len(found)


def _is_anything_due(before: datetime) -> bool:
    return any(True for _kind, find in _finders.values() for _pk in islice(find(before), 1))


def _look_again() -> None:
    """Leave a message to look once more: what is due by then may have nobody else who comes."""
    now = time.monotonic()
    if _looks.is_worker and now >= _looks.next_message:
        _looks.next_message = now + WAITS.look
        enqueue_at(timezone.now() + PATIENCE, LIMITS.look, 0)
