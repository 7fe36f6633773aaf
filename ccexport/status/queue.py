"""The queue and its workers, as anybody may look at them: nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q
from django.utils import timezone
from django.utils.translation import override
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule
from django_q.models import Task as Done
from django_q.signing import BadSignature, SignedPackage

from exports.models import Run
from profiles.models import DatabaseAddress, ProfileImport
from segments.models import Evaluation

# Workers look every fraction of a second: a message that waits longer than this while nobody works waits for nobody.
STUCK = timedelta(minutes=2)
# Something is done every minute, planned each half minute. What a worker that hangs holds doesn't count as waiting.
# Imports, evaluations and descriptions of tables may hold every worker for longer than this: see `has_long_task`.
SILENT = timedelta(seconds=110)


@dataclass(frozen=True, slots=True)
class Worker:
    """One cluster of worker processes that gave a sign of life within the last seconds."""

    host: str
    processes: int
    since: datetime | None
    seen_at: datetime | None = None
    status: str = ""
    is_stopping: bool = False
    is_readable: bool = True


@dataclass(frozen=True, slots=True)
class Queue:
    """`waiting` messages could be taken now; the oldest of them waits since `oldest_at`.

    `done_at`: when a worker last did something that comes every minute. None: never, or the workers began just now.
    `is_busy`: it only waits for somebody who works at something long. Asked only where it would be stuck otherwise.
    """

    waiting: int
    oldest_at: datetime | None
    done_at: datetime | None
    is_busy: bool = False

    @property
    def is_stuck(self) -> bool:
        waits = self.oldest_at is not None and self.oldest_at < timezone.now() - STUCK
        return self.hangs or (waits and not self.is_busy)

    @property
    def hangs(self) -> bool:
        """Workers live and hold what there is to do, but none of them gets anything done."""
        return self.done_at is not None and self.done_at < timezone.now() - SILENT and not self.is_busy


def queue() -> Queue:
    """Return what waits. A message that a worker holds, and an appointment, is locked until some time to come."""
    waiting = OrmQ.objects.filter(lock__lte=timezone.now()).aggregate(count=Count("pk"), oldest=Min("lock"))
    found = Queue(waiting["count"], waiting["oldest"], _done_at())
    return replace(found, is_busy=has_long_task(SILENT)) if found.is_stuck else found


def _done_at() -> datetime | None:
    """Return when the last of the things that come every minute was done; None while no worker is old enough."""
    awaited_since = timezone.now() - SILENT
    if not any(worker.since and worker.since < awaited_since for worker in workers()):
        return None
    ticks = Schedule.objects.filter(schedule_type=Schedule.MINUTES).values("name")
    done: datetime | None = Done.objects.filter(group__in=ticks).aggregate(last=Max("stopped"))["last"]
    return done


def has_long_task(within: timedelta) -> bool:
    """Whether somebody is at an import, an evaluation or a run, or has ended one `within` this time.

    A worker renews its claim while it works; that of one that died or was stopped runs out in two minutes.
    """
    now = timezone.now()
    claimed, ended = Q(claimed_until__gt=now), Q(finished_at__gt=now - within)
    return (
        Evaluation.objects.filter(claimed & Q(status=Evaluation.Status.RUNNING) | ended).exists()
        or ProfileImport.objects.filter(claimed & Q(state=ProfileImport.State.RUNNING) | ended).exists()
        or Run.objects.open().filter(lease_until__gt=now).exists()
        or DatabaseAddress.objects.filter(refresh_claimed_until__gt=now).exists()
    )


def workers() -> list[Worker]:
    """Return the clusters that live, on whatever host."""
    broker = get_broker()
    marks = broker.cache.get_many(broker.cache.get(Conf.Q_STAT) or [])
    return [_worker(mark) for mark in marks.values() if mark]


def _worker(mark: str) -> Worker:
    try:
        cluster = SignedPackage.loads(mark)
    except BadSignature:  # of a host with another SECRET_KEY: alive, but it can't be read
        return Worker("?", 0, None, is_readable=False)
    status, seen_at = getattr(cluster, "status", ""), getattr(cluster, "timestamp", None)
    is_stopping = status in (Conf.STOPPING, Conf.STOPPED)
    with override("en"):  # it is a text that is translated when it is read
        return Worker(cluster.host, len(cluster.workers), cluster.tob, seen_at, str(status).lower(), is_stopping)
