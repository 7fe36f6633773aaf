"""Finds work that is due and of which no message tells: lost with a killed cluster, or deleted.

The ticks find it within a minute. Sooner does whoever is there anyway: a worker looks when it starts, when it has
claimed something and when it has put something down. That costs one small query, and one more for each kind of work
where the queue is empty: as long as a message waits there, so may what is due.
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

from .limits import WAITS, Limit
from .queue import enqueue

logger = logging.getLogger(__name__)

Find = Callable[[datetime], Iterable[int]]
AT_ONCE = 20  # messages of one look for each kind: the next look finds the rest
PATIENCE = timedelta(seconds=WAITS.look)  # what became due just now has a message that is on its way

_finders: dict[str, tuple[Limit, Find]] = {}
_next_look = 0.0


def register(kind: Limit, find: Find) -> None:
    """Have `find` asked for rows of this kind: it returns the ids of those that became due before the given moment."""
    _finders[kind.task] = kind, find


def enqueue_due() -> int:
    """Put messages on the queue for what is due and was forgotten; return how many.

    At most once in a few seconds per process. Raises nothing: whoever calls it has work of its own.
    """
    global _next_look
    if time.monotonic() < _next_look:
        return 0
    _next_look = time.monotonic() + WAITS.look
    try:
        return _look()
    except Error as error:
        logger.warning("Nobody could look for work that is due: %s", type(error).__name__)
    except Exception:
        logger.exception("Looking for work that is due failed unexpectedly")
    return 0


def look_when_worker_starts(**_signal: Any) -> None:
    """A worker that starts often follows one that was killed."""
    enqueue_due()


def _look() -> int:
    before = timezone.now() - PATIENCE
    if OrmQ.objects.filter(lock__lte=before).exists():
        return 0
    found = [(kind, pk) for kind, find in _finders.values() for pk in islice(find(before), AT_ONCE)]
    for kind, pk in found:
        enqueue(kind, pk)
    return len(found)
