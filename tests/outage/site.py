"""Everything a round can disturb, and how it is all put right again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.db import DatabaseError, connections

from exports.models import Run
from tests.outage.database import Database
from tests.outage.installation import Installation, are_over
from tests.outage.service import Service
from tests.outage.workers import Cluster, Workers
from tests.support.object_storage import ObjectStorage

SLOW_UPLINK = 2_500_000.0  # bytes a second: an import takes about two seconds


@dataclass
class Site:
    folder: Path
    service: Service
    database: Database
    storage: ObjectStorage | None  # None: files are on a disk
    workers: Workers
    installation: Installation
    chance: random.Random
    runs: dict[str, Run] = field(default_factory=dict)  # of the round, by team
    lost: int = 0  # imports whose answer may have been lost in this round, besides those cut by a line

    @property
    def lost_answers(self) -> int:
        return self.lost + sum(line.lost for line in self.workers.lines)

    def slow_uplink(self) -> None:
        for line in self.workers.lines:
            line.speed = SLOW_UPLINK

    def note_answers_at_risk(self, *clusters: Cluster) -> None:
        """The answers to what is under way now, from these clusters or all, may be lost."""
        self.lost += sum(cluster.line.answers_at_risk() for cluster in clusters or self.workers)

    def wait_for(self, condition: Callable[[], object], seconds: float = 60) -> bool:
        """Wait for a moment in the runs; False when they ended before, or it didn't come in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return True
            if are_over(self.runs):
                return False
            self.workers.supervise()
            time.sleep(0.02)
        return False

    def wait_for_import(self) -> Cluster | None:
        """Return a cluster that has begun to send an import."""
        found: list[Cluster] = []
        self.wait_for(lambda: found.extend(one for one in self.workers if one.line.imports_under_way()) or found)
        return found[0] if found else None

    def wait_until_over(self, seconds: float, *, hurry: bool) -> bool:
        """Supervise the workers until all runs of the round are over; False when one is still open then."""
        deadline = time.monotonic() + seconds
        while True:
            with suppress(DatabaseError):
                if are_over(self.runs):
                    return True
                if hurry:
                    self.installation.hurry()
            if time.monotonic() > deadline:
                return False
            self.workers.supervise()
            time.sleep(0.2)

    def calm(self) -> None:
        """Nothing is disturbed any more."""
        connections.close_all()  # of before the database was away
        self.service.clear()
        for line in self.workers.lines:
            line.mend()
        if self.storage:
            self.storage.switch_on()
        for cluster in self.workers:
            cluster.thaw()
            cluster.is_wanted = True
        self.workers.supervise()

    def forget_lost_answers(self) -> None:
        self.lost = 0
        for line in self.workers.lines:
            line.lost = 0
