"""Rings the queue for a run: now, or at an appointment.

The queue is only a doorbell. What it repeats finds the run taken; what it loses, the next minute's tick rings again.
"""

from __future__ import annotations

from datetime import datetime

from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task


class _Appointment(ORM):  # type: ignore[misc]  # django-q2 has no types
    """The queue's own broker, except that a message can't be taken before its time.

    A worker takes a message once its lock lies in the past; so a lock in the future is an appointment.
    """

    def __init__(self, when: datetime) -> None:
        super().__init__()
        self.when = when

    def enqueue(self, task: str) -> int:
        message: OrmQ = OrmQ.objects.using(Conf.ORM).create(
            key=self.list_key or Conf.CLUSTER_NAME, payload=task, lock=self.when
        )
        return int(message.pk)


def ring(run_id: int) -> None:
    """Ask a worker to advance the run. Inside a transaction the message commits with the row."""
    async_task("exports.tasks.advance_run", run_id, task_name=f"run {run_id}", save=False)


def ring_at(run_id: int, when: datetime) -> None:
    """Ask a worker to advance the run once `when` has come."""
    async_task("exports.tasks.advance_run", run_id, task_name=f"run {run_id}", save=False, broker=_Appointment(when))


def ring_refresh(refresh_id: int) -> None:
    """Ask a worker to go on with a system refresh. Inside a transaction the message commits with the row."""
    async_task("exports.tasks.advance_refresh", refresh_id, task_name=f"refresh {refresh_id}", save=False)
