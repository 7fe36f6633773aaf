"""What every stage is given: the claimed run, its lease, and the client of its connection."""

from __future__ import annotations

import time
from functools import cached_property

from django.db.models import F

from connections.clients import client_for
from constant_contact import ConstantContact
from exports.models import Run

from .lease import Lease

# A worker puts a run down after so many seconds, so that runs take turns and a deployment waits no longer.
WORK_BUDGET = 90.0


class Work:
    def __init__(self, run: Run, lease: Lease) -> None:
        self.run = run
        self.lease = lease
        self.ends_at = time.monotonic() + WORK_BUDGET

    @property
    def time_is_up(self) -> bool:
        return time.monotonic() >= self.ends_at

    @cached_property
    def client(self) -> ConstantContact:
        connection = self.run.export.connection
        assert connection is not None, "checked before any stage"
        return client_for(connection, for_page=False, spent=self._count_call)

    def enter(self, stage: str) -> None:
        """Go on to the next stage; what is written here is where a successor would begin."""
        Run.objects.filter(pk=self.run.pk, lease=self.run.lease).update(stage=stage)
        self.run.stage = stage

    def _count_call(self) -> None:
        Run.objects.filter(pk=self.run.pk).update(calls=F("calls") + 1)
