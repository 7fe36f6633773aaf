"""The queue and its workers, as anybody may look at them: nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import BadSignature, SignedPackage

# Workers look every fraction of a second; a message that waits longer than this waits for nobody.
STUCK = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Worker:
    """One cluster of worker processes that gave a sign of life within the last seconds."""

    host: str
    processes: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Queue:
    """`waiting` messages could be taken now; the oldest of them waits since `oldest_at`."""

    waiting: int
    oldest_at: datetime | None

    @property
    def is_stuck(self) -> bool:
        return self.oldest_at is not None and self.oldest_at < timezone.now() - STUCK


def queue() -> Queue:
    """Return what waits. A message that a worker holds, and an appointment, is locked until some time to come."""
    waiting = OrmQ.objects.filter(lock__lte=timezone.now()).aggregate(count=Count("pk"), oldest=Min("lock"))
    return Queue(waiting["count"], waiting["oldest"])


def workers() -> list[Worker]:
    """Return the clusters that live, on whatever host."""
    broker = get_broker()
    marks = [broker.get_stat(mark) for mark in broker.cache.get(Conf.Q_STAT) or []]
    return [_worker(mark) for mark in marks if mark]


def _worker(mark: str) -> Worker:
    try:
        told = SignedPackage.loads(mark)
    except BadSignature:  # of a host with another SECRET_KEY: alive, but it can't be read
        return Worker("?", 0, None)
    return Worker(told.host, len(told.workers), told.tob)
