"""When exports run by themselves: the system refresh, and timetables of single exports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from segments.models import Evaluation, Segment
from web.messages import Message

from .export import Export, user_key
from .recurrence import Timing, is_late, next_times
from .run import Run


class TimetableQuerySet(models.QuerySet[Any]):
    def due(self, now: datetime) -> TimetableQuerySet:
        return self.filter(is_on=True, next_run_at__lte=now)


class Timetable(models.Model):
    """Days, times and their time zone; and, worked out from them, when it comes next.

    `next_run_at` is the only thing that is asked each minute. It is taken by an UPDATE that expects the old value.
    """

    class Recurrence(models.TextChoices):
        SYSTEM = "system", _("System refresh")
        DAILY = "daily", _("Daily")
        WEEKLY = "weekly", _("Weekly")
        MONTHLY = "monthly", _("Monthly")

    is_on = models.BooleanField(_("Schedule run"), default=False)
    recurrence = models.CharField(_("Recurrence"), max_length=10, choices=Recurrence.choices)
    days: Any = models.JSONField(default=list)  # weekly: 0 is Sunday; monthly: 1 to 31
    times: Any = models.JSONField(_("Time"), default=list)  # "02:30"
    time_zone = models.CharField(_("Time zone"), max_length=64, blank=True)
    next_run_at = models.DateTimeField(_("Next run"), null=True, blank=True)
    updated_at = models.DateTimeField(_("Last updated"), auto_now=True)
    updated_by = user_key(_("Updated by"))

    objects = TimetableQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def timing(self) -> Timing | None:
        """The timetable, or None: it is off, or it is that of the system refresh."""
        if not self.is_on or self.recurrence == self.Recurrence.SYSTEM:
            return None
        return Timing(self.recurrence, self.time_zone, tuple(self.times), tuple(self.days))

    def times_after(self, moment: datetime, count: int = 1) -> Sequence[datetime]:
        return next_times(self.timing, moment, count) if self.timing else []

    def time_after(self, moment: datetime) -> datetime | None:
        return next(iter(self.times_after(moment)), None)


class RefreshSchedule(Timetable):
    """When the system refreshes by itself. There is one, off until an administrator switches it on."""

    recurrence = models.CharField(
        _("Recurrence"), max_length=10, choices=Timetable.Recurrence.choices, default=Timetable.Recurrence.WEEKLY
    )

    def __str__(self) -> str:
        return str(_("Refresh schedule"))

    @classmethod
    def current(cls) -> RefreshSchedule:
        """Return the schedule; before somebody saved one, how it is until then."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class ExportSchedule(Timetable):
    """When one export runs. An export without a row follows the system refresh."""

    is_on = models.BooleanField(_("Schedule run"), default=True)
    export = models.OneToOneField(Export, models.CASCADE, related_name="schedule", verbose_name=_("Export"))
    recurrence = models.CharField(
        _("Recurrence"), max_length=10, choices=Timetable.Recurrence.choices, default=Timetable.Recurrence.SYSTEM
    )

    def __str__(self) -> str:
        return str(self.export)

    @classmethod
    def of(cls, export: Export) -> ExportSchedule:
        """Return the schedule of an export; without one, the system refresh."""
        return getattr(export, "schedule", None) or cls(export=export)

    @property
    def follows_system(self) -> bool:
        return self.is_on and self.recurrence == self.Recurrence.SYSTEM


class Refresh(models.Model):
    """One system refresh: every segment is evaluated, then the exports that follow it are run, in that order."""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Successful")
        COMPLETED_WITH_ERRORS = "completed_with_errors", _("Completed with errors")

    class Trigger(models.TextChoices):
        ON_DEMAND = "on_demand", _("Refresh now")
        SCHEDULED = "scheduled", _("Schedule")

    trigger = models.CharField(_("Trigger"), max_length=20, choices=Trigger.choices)
    started_by = user_key(_("Started by"))
    status = models.CharField(_("Status"), max_length=30, choices=Status.choices, default=Status.RUNNING)
    scheduled_for = models.DateTimeField(_("Planned for"), null=True, blank=True)
    started_at = models.DateTimeField(_("Started"), default=timezone.now)
    finished_at = models.DateTimeField(_("Finished"), null=True, blank=True)
    # Who works on it. A lapsed lease means that its holder died; the next tick goes on.
    lease = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # claims since somebody put it down, or a step was done
    resume_at = models.DateTimeField(default=timezone.now)  # when the next message is to come; others may be sooner
    stored_problem = models.JSONField(default=dict, blank=True)  # why it was given up: Message.as_json()

    class Meta:
        verbose_name = _("Refresh")
        verbose_name_plural = _("Schedule")  # the page that lists them
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["status"], condition=models.Q(status="running"), name="one_open_refresh")
        ]

    def __str__(self) -> str:
        return _("Refresh %(number)s") % {"number": self.pk}

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.RUNNING

    @property
    def is_late(self) -> bool:
        return is_late(self.scheduled_for, self.started_at)

    @property
    def problem(self) -> Message:
        return Message.from_json(self.stored_problem)


class RefreshStep(models.Model):
    """One segment or one export of a refresh, and what became of it. The name outlives the row it is about."""

    class Kind(models.TextChoices):
        SEGMENT = "segment", _("Segment")
        EXPORT = "export", _("Export")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        SKIPPED = "skipped", _("Skipped")
        GONE = "gone", _("Removed meanwhile")

    refresh = models.ForeignKey(Refresh, models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=100)
    segment = models.ForeignKey(Segment, models.SET_NULL, null=True, related_name="+")
    export = models.ForeignKey(Export, models.SET_NULL, null=True, related_name="+")
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")
    evaluation = models.ForeignKey(Evaluation, models.SET_NULL, null=True, related_name="+")  # the one it waits for
    attempts = models.PositiveSmallIntegerField(default=0)  # how often an evaluation or a run was begun for it
    resume_at = models.DateTimeField(null=True)  # not to be tried again before
    state = models.CharField(_("Status"), max_length=10, choices=State.choices, default=State.PENDING)
    count = models.PositiveBigIntegerField(_("Members"), null=True)
    stored_problem = models.JSONField(default=dict)  # Message.as_json()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def problem(self) -> Message:
        return Message.from_json(self.stored_problem)
