"""Bulk jobs of one account: their queue, their states by the clock, and their work in slices.

A job's state follows the clock; its work is done when the clock says it ends, a slice at a time, so that no request
waits behind a big import.
"""

import traceback
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.constant_contact.clock import DAY
from sandbox.constant_contact.switches import Switches

INITIALIZED_SHARE = 0.1
FINAL = ("completed", "failed", "cancelled", "timed_out")


class JobFailed(Exception):
    """The job as a whole ends as failed, with this text among its activity_errors."""


@dataclass(slots=True)
class JobFault:
    """What goes wrong with the next imports: how they end, the part of their rows that is imported all the same, the
    part of those that is counted, and for how many seconds nobody is told of the job."""

    outcome: str = "completed"
    share: float = 1.0
    counted: float = 1.0
    hidden_seconds: float = 0.0
    times: int = 1
    skip: int = 0

    def __post_init__(self) -> None:
        if self.outcome not in FINAL:
            raise ValueError(f"A job may end {', '.join(FINAL)}, not {self.outcome!r}.")


class Work(Protocol):
    """What a job does: `run` yields after each slice, `counters` is its `status` so far. `account`: whose job it is."""

    source_file_name: str = ""

    def run(self, account: Any, switches: Switches, now: float) -> Iterator[None]: ...

    def counters(self) -> dict[str, int]: ...


class Job:
    def __init__(
        self, number: int, work: Work, created_at: float, starts_at: float, seconds: float, outcome: str
    ) -> None:
        self.number = number
        self.activity_id = str(uuid.uuid4())
        self.work = work
        self.created_at = self.visible_from = created_at
        self.works = outcome == "completed"
        self.started_at = starts_at + seconds * INITIALIZED_SHARE
        self.ends_at = starts_at + seconds
        self.outcome = outcome
        self.errors: list[str] = []
        self.finished = False
        self._steps: Iterator[None] | None = None
        self._starts_at = starts_at

    def state(self, now: float) -> str:
        if self.finished and now >= self.ends_at:
            return self.outcome
        return "initialized" if now < self.started_at else "processing"

    def percent(self, now: float) -> int:
        if self.finished and now >= self.ends_at:
            return 100
        spent = (now - self._starts_at) / max(self.ends_at - self._starts_at, 0.001)
        return max(1, min(99, int(spent * 100)))

    def step(self, account: Any, switches: Switches) -> None:
        """Do one slice of the work; the last one finishes the job."""
        if self.works:
            if self._steps is None:
                self._steps = self.work.run(account, switches, self.ends_at)
            try:
                next(self._steps)
                return
            except StopIteration:
                pass
            except JobFailed as error:
                self.outcome, self.errors = "failed", [str(error)]
            except Exception:
                # The worker must outlive a bug, or every later job would wait for ever.
                traceback.print_exc()
                self.outcome, self.errors = "failed", ["The sandbox has a bug; its output says where."]
        if self.outcome == "failed" and not self.errors:
            self.errors = ["The job failed."]
        self._steps = None
        self.finished = True


class Queue:
    """The jobs of one account, in creation order."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.pending: list[Job] = []
        self._last_end = 0.0
        self._count = 0
        self.faults: list[JobFault] = []  # of the next imports

    def add(self, work: Work, now: float, seconds: float, one_at_a_time: bool, outcome: str) -> Job:
        starts_at = max(now, self._last_end) if one_at_a_time and self.pending else now
        job = Job(self._count, work, now, starts_at, seconds, outcome)
        self._count += 1
        self._last_end = max(self._last_end, job.ends_at)
        self.jobs[job.activity_id] = job
        self.pending.append(job)
        return job

    def next_due(self) -> float | None:
        return min((job.ends_at for job in self.pending), default=None)

    def step(self, account: Any, switches: Switches, now: float) -> bool:
        """Do a slice of the first job that is due; False when none is."""
        if not self.pending:
            return False
        job = min(self.pending, key=lambda one: (one.ends_at, one.number))
        if job.ends_at > now:
            return False
        job.step(account, switches)
        if job.finished:
            self.pending.remove(job)
        return True

    def forget_old(self, now: float, days: float) -> None:
        old = [job for job in self.jobs.values() if job.created_at < now - days * DAY and job.finished]
        for job in old:
            del self.jobs[job.activity_id]


def as_status(counters: dict[str, int], state: str) -> dict[str, Any]:
    """Counters are zero until the job runs."""
    return dict.fromkeys(counters, 0) if state == "initialized" else counters
