"""What one line of System › Status holds, and the groups they come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exports.reports.badges import Look
from exports.reports.stages import Stage

MAX_TASKS = 50  # tasks of a group; the rest is one link away
HISTORY = 5  # runs that a task's history shows (documented product: the last several)

NOT_STARTED = (Look("neutral", "schedule"), _("Not started"))
SUCCESSFUL = (Look("success", "check_circle"), _("Successful"))
FAILED = (Look("danger", "error"), _("Failed"))
QUEUED = (Look("neutral", "schedule"), _("Queued"))
RUNNING = (Look("info", "progress_activity", busy=True), _("Running"))
CANCELLED = (Look("neutral", "block"), _("Cancelled"))
SKIPPED = (Look("neutral", "block"), _("Skipped"))


@dataclass(frozen=True, slots=True)
class Past:
    """One time that a task was done: how it ended, from when to when, and the page about it."""

    look: Look
    label: str | Promise
    started_at: datetime | None
    finished_at: datetime | None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One thing the system does again and again, as it stands now."""

    key: str
    name: str | Promise
    look: Look
    label: str | Promise
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
    failed: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "failed", sum(task.look.tone == "danger" for task in self.tasks))

    @property
    def more(self) -> int:
        return self.total - len(self.tasks)
