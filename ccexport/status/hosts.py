"""The hosts that workers run on: which there are, and which of them fell silent while others work.

The queue knows only who is alive. So a tick writes down each minute whom it sees. A host that is shut down in order
says so itself; one that is not seen any more without having said so has died. Containers get a new name with each
start: they need that orderly stop (SIGTERM), or a name of their own (WORKER_HOST).
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error
from django.db.models import Max, Q, QuerySet
from django.dispatch import Signal
from django.utils import timezone

from ccexport.models import WorkerHost
from logs import event

from .queue import Worker, workers

logger = logging.getLogger(__name__)

FORGOTTEN_AFTER = timedelta(days=7)
host_retired = Signal()  # with `host`: what is said of its silence is over


def note_hosts() -> None:
    """Write down which hosts live. A worker calls it every minute, so one of them does whatever is seen."""
    now = timezone.now()
    found = workers()
    living, stopping = _latest(found, is_stopping=False), _latest(found, is_stopping=True)
    if not living:
        return
    noted_at = WorkerHost.objects.aggregate(last=Max("last_seen_at"))["last"]
    for name, seen_at in living.items():
        _note_living(name, seen_at or now)
    for name in stopping.keys() - living.keys():
        _expected().filter(name=name).update(stopped_at=now, missing_since=None)
    missing = _expected().exclude(name__in=living)
    missing.filter(missing_since=None).update(missing_since=now)
    if noted_at and noted_at < now - _silent_after():
        # Nobody was looking for a while, such as while the database was away: who was not silent by then may have
        # come back with us, and is only not seen yet.
        missing.filter(missing_since__gt=noted_at - _silent_after()).update(missing_since=now)


def silent_hosts() -> QuerySet[WorkerHost]:
    """Return the hosts that are expected to work and were not seen for a while, the longest silent first."""
    now = timezone.now()
    silent = _expected().filter(missing_since__lte=now - _silent_after(), last_seen_at__gt=now - FORGOTTEN_AFTER)
    return silent.order_by("last_seen_at", "pk")


def is_back(pk: int) -> bool:
    """Whether a host gives signs of life again; one that was stopped, retired or forgotten does not."""
    return _expected().filter(pk=pk, missing_since=None).exists()


def count_living() -> int:
    """How many hosts work at this moment."""
    return len(_latest(workers(), is_stopping=False))


def note_stopped(name: str) -> None:
    """The workers of this host stop in order: nobody has to expect them."""
    try:
        _expected().filter(name=name).update(stopped_at=timezone.now(), missing_since=None)
    except Error as error:  # it is stopped all the same
        event(logger, "stop of a host not noted", logging.WARNING, host=name, error=type(error).__name__)


def retire(pk: int) -> WorkerHost | None:
    """Expect a silent host no longer, until it gives signs of life again. None: it is not silent."""
    if not silent_hosts().filter(pk=pk).update(retired_at=timezone.now(), missing_since=None):
        return None
    host = WorkerHost.objects.get(pk=pk)
    host_retired.send(WorkerHost, host=host)
    return host


def forget_old_hosts() -> None:
    """Nobody waits for a host that was not seen for a week."""
    WorkerHost.objects.filter(last_seen_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()


def _silent_after() -> timedelta:
    return timedelta(seconds=settings.WORKER_SILENT_SECONDS)


def _expected() -> QuerySet[WorkerHost]:
    return WorkerHost.objects.filter(stopped_at=None, retired_at=None)


def _latest(found: list[Worker], *, is_stopping: bool) -> dict[str, datetime | None]:
    """Return the hosts in that state, each with when it last said so. Marks that can't be read name no host."""
    latest: dict[str, datetime | None] = {}
    for worker in found:
        if worker.is_readable and worker.is_stopping == is_stopping:
            known = latest.get(worker.host)
            latest[worker.host] = max(known, worker.seen_at) if known and worker.seen_at else worker.seen_at
    return latest


def _note_living(name: str, seen_at: datetime) -> None:
    """A mark from before the stop says nothing about after it: it lives on in the cache for some seconds."""
    expected = {"missing_since": None, "stopped_at": None, "retired_at": None}
    is_later = Q(stopped_at=None) | Q(stopped_at__lt=seen_at)
    if WorkerHost.objects.filter(is_later, name=name).update(last_seen_at=seen_at, **expected):
        return
    WorkerHost.objects.bulk_create(
        [WorkerHost(name=name, first_seen_at=seen_at, last_seen_at=seen_at)], ignore_conflicts=True
    )
