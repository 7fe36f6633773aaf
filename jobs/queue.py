"""The one way to put a message on the queue, now or for later: each has the time limit of its kind of work.

The queue is only a doorbell, and the rows are the truth. What it repeats finds its row taken; what it loses is found by
whoever looks next for work that is due (`jobs.due`), at the latest by the tick of the next minute.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

from .limits import Limit


class _DelayedBroker(ORM):  # type: ignore[misc]  # django-q2 has no types
    """The queue's own broker, except that a message can't be taken before its time.

    A worker takes a message once its lock lies in the past; so a lock in the future is an appointment.
    """

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def enqueue(self, task: str) -> int:
        message: OrmQ = OrmQ.objects.using(Conf.ORM).create(
            key=self.list_key or Conf.CLUSTER_NAME, payload=task, lock=self.at
        )
        return int(message.pk)


def enqueue(kind: Limit, row_id: int) -> None:
    """Ask a worker to do this kind of work on the row. Inside a transaction the message commits with the row."""
    _send(kind, row_id)


def enqueue_at(when: datetime, kind: Limit, row_id: int) -> None:
    """Ask a worker to do this kind of work on the row once `when` has come."""
    _send(kind, row_id, broker=_DelayedBroker(when))


def _send(kind: Limit, row_id: int, **options: Any) -> None:
    what = kind.task.rpartition(".")[2]
    async_task(kind.task, row_id, task_name=f"{what} {row_id}", timeout=kind.message, save=False, **options)
