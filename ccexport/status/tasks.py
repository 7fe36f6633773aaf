"""What one line of System › Status holds, and the groups they come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exports.reports.stages import Stage
from web.badges import BUSY, Badge

MAX_TASKS = 50  # tasks of a group; the rest is one link away
HISTORY = 5  # runs that a task's history shows (documented product: the last several)

NOT_STARTED = Badge(_("Not started"), icon="schedule")
SUCCESSFUL = Badge(_("Successful"), "success", "check_circle")
FAILED = Badge(_("Failed"), "danger", "error")
QUEUED = Badge(_("Queued"), icon="schedule")
RUNNING = Badge(_("Running"), "info", BUSY)


@dataclass(frozen=True, slots=True)
class Past:
    """One time that a task was done: how it ended, from when to when, and the page about it."""

    badge: Badge
    started_at: datetime | None
    finished_at: datetime | None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One thing the system does again and again, as it stands now."""

    key: str
    name: str | Promise
    badge: Badge
    updated_at: datetime | None
    href: str | None = None
    note: str = ""
    numbers: str = ""  # what became of everybody, in one line
    past: Sequence[Past] = ()
    stages: Sequence[Stage] = ()
    percent: int | None = None
    cancel: str | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks of one kind: the first of `total`, those at work and the latest in front."""

    title: str | Promise
    icon: str
    tasks: list[Task]
    total: int
    href: str | None = None

    def __post_init__(self) -> None:
        self.tasks.sort(key=lambda task: not task.is_open)

    @property
    def failed(self) -> int:
        return sum(task.badge.tone == "danger" for task in self.tasks)

    @property
    def more(self) -> int:
        return self.total - len(self.tasks)
