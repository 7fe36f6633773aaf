"""One run of an export: its frozen configuration, where it stands, and every batch it sends.

These rows are the truth. The queue is only a doorbell: whatever it loses or repeats, a run goes on
from what is written here.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs import attempts

from .export import Export, user_key
from .recurrence import is_late


class RunQuerySet(models.QuerySet["Run"]):
    def open(self) -> RunQuerySet:
        return self.filter(status__in=Run.OPEN)

    def held(self, run: Run) -> RunQuerySet:
        """The row of a claimed run, for as long as its lease is the holder's."""
        return self.open().filter(pk=run.pk, lease=run.lease)

    def due(self, before: datetime | None = None) -> RunQuerySet:
        """Open runs that nobody holds and whose time to go on has come: by now, or already `before`.

        One whose holders die again and again comes with growing gaps.
        """
        before = before or timezone.now()
        free = models.Q(lease_until=None) | attempts.lapsed(before, until="lease_until")
        return self.open().filter(free, resume_at__lte=before)


# Dispositions of rows about addresses on the list that no candidate has, and how many of these the plan removes: they
# are not among the selected.
NO_CANDIDATES = ("leaver", "former_address", "to_remove")


class Run(models.Model):
    class Status(models.TextChoices):
        PLANNED = "planned", _("Preview")  # planned without sending; may be sent later
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        WAITING = "waiting", _("Waiting")  # for Constant Contact, the budget or a retry; goes on by itself
        SUCCEEDED = "succeeded", _("Successful")
        COMPLETED_WITH_ERRORS = "completed_with_errors", _("Completed with errors")
        FAILED = "failed", _("Failed")
        SKIPPED = "skipped", _("Skipped")
        CANCELLED = "cancelled", _("Cancelled")
        NEEDS_DECISION = "needs_decision", _("Needs a decision")  # a brake held it: a person sends its plan, or not

    class Stage(models.TextChoices):
        READ = "read", _("Read the account")
        PLAN = "plan", _("Plan")
        SEND = "send", _("Send")
        CONFIRM = "confirm", _("Confirm")
        REMOVE = "remove", _("Remove")
        CHECK = "check", _("Read the list back")
        SETTLE = "settle", _("Settle")

    class Trigger(models.TextChoices):
        ON_DEMAND = "on_demand", _("Run now")
        PREVIEW = "preview", _("Preview")
        COMMAND = "command", _("Command line")
        SCHEDULED = "scheduled", _("Schedule")  # its own timetable
        REFRESH = "refresh", _("System refresh")

    class Encoding(models.TextChoices):
        JSON = "json", _("JSON import")
        CSV = "csv", _("File import")

    OPEN = (Status.QUEUED, Status.RUNNING, Status.WAITING)
    SETTLED = (Status.SUCCEEDED, Status.COMPLETED_WITH_ERRORS)

    export = models.ForeignKey(Export, models.CASCADE, related_name="runs", verbose_name=_("Export"))
    trigger = models.CharField(_("Trigger"), max_length=20, choices=Trigger.choices)
    started_by = user_key(_("Started by"))
    status = models.CharField(_("Status"), max_length=30, choices=Status.choices, default=Status.QUEUED)
    stage = models.CharField(_("Stage"), max_length=10, choices=Stage.choices, default=Stage.READ)
    preview = models.BooleanField(default=False)  # stop after planning
    everyone = models.BooleanField(_("Send everyone again"), default=False)  # compare with no earlier plan
    # The export as it was when the run started: later edits change the next run only. See configuration.freeze.
    configuration = models.JSONField(default=dict)

    # The plan: one Parquet file, and what it holds.
    plan_file = models.CharField(max_length=255, blank=True)
    plan_inputs = models.CharField(max_length=64, blank=True)  # the same for the same profiles; blank: can't be told
    # Of when the profiles are that the plan was made of, and what others had sent by then.
    read_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)  # {"send": 8000, "invalid_email": 12, …}: candidates by disposition
    encoding = models.CharField(max_length=10, choices=Encoding.choices, blank=True)
    baseline = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")

    # "<account>/<list>" once it is this run's turn to send there; another export's run waits until this one is over.
    list_taken = models.CharField(max_length=140, blank=True)

    # Who works on it. A lapsed lease means that its holder died; the next tick goes on.
    lease = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    resume_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)  # claims since something last moved
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_by = user_key()

    # Why it waits, was skipped or failed: a code of exports.messages and the details of its text.
    reason = models.CharField(max_length=50, blank=True)
    reason_details = models.JSONField(default=dict)
    calls = models.PositiveIntegerField(_("Calls"), default=0)
    # Values sent before that are empty now: an import leaves out empty ones, so Constant Contact keeps the old ones.
    became_empty = models.PositiveIntegerField(default=0)
    # Profiles that are sent without a value that Constant Contact would refuse.
    without_value = models.PositiveIntegerField(default=0)
    plans_begun = models.PositiveIntegerField(default=0)  # how often a worker began to plan; more than once: it died
    list_checked_at = models.DateTimeField(null=True, blank=True)  # when Constant Contact said that the list exists
    list_members = models.PositiveIntegerField(null=True)  # how many were on it then; null: not told
    list_read_at = models.DateTimeField(null=True)  # of when the list is that was read back before the plan
    reading_since = models.DateTimeField(null=True)  # the list is being read back, as it is then or later
    reading_calls = models.PositiveIntegerField(default=0)  # how many of the calls read the account and the list
    in_roster = models.BooleanField(default=False)  # whom it sent is written into the roster of its list
    # Part of the file names of its imports: no other run, of no other installation, has the same.
    reference = models.UUIDField(default=uuid.uuid4, editable=False)

    scheduled_for = models.DateTimeField(_("Planned for"), null=True, blank=True)
    queued_at = models.DateTimeField(_("Queued"), default=timezone.now)
    started_at = models.DateTimeField(_("Started"), null=True, blank=True)
    planned_at = models.DateTimeField(_("Planned"), null=True, blank=True)
    sent_at = models.DateTimeField(_("Sent"), null=True, blank=True)
    finished_at = models.DateTimeField(_("Finished"), null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("Run")
        verbose_name_plural = _("Runs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["export"],
                condition=models.Q(status__in=["queued", "running", "waiting"]),
                name="one_open_run_per_export",
            ),
            models.UniqueConstraint(
                fields=["list_taken"],
                condition=models.Q(status__in=["queued", "running", "waiting"]) & ~models.Q(list_taken=""),
                name="one_open_run_sends_to_a_list",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    finished_at=None, status__in=["planned", "queued", "running", "waiting", "needs_decision"]
                )
                | models.Q(
                    finished_at__isnull=False,
                    status__in=["succeeded", "completed_with_errors", "failed", "skipped", "cancelled"],
                ),
                name="finished_at_set_iff_over",
            ),
        ]
        indexes = [models.Index(fields=["status", "resume_at"]), models.Index(fields=["export", "-id"])]

    def __str__(self) -> str:
        return _("Run %(number)s") % {"number": self.pk}

    def record(self, code: str, **details: Any) -> None:
        """Add a technical line to the history. Never an address, never a token."""
        self.events.create(code=code, details=details)

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_late(self) -> bool:
        """Whether it began long after the time it was planned for, such as while no worker was alive."""
        return is_late(self.scheduled_for, self.queued_at)

    @property
    def as_of(self) -> datetime:
        """When the profiles of the plan were read, at the earliest."""
        return self.read_at or self.started_at or self.queued_at

    @property
    def selected(self) -> int:
        """Candidate profiles: members of the chosen segments, counted once for each segment source row."""
        return sum(count for kind, count in self.counts.items() if kind not in NO_CANDIDATES)

    @property
    def to_send(self) -> int:
        return int(self.counts.get("send", 0))


class Batch(models.Model):
    """The payload of one import, and the activity Constant Contact made of it."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting to be sent")
        SENDING = "sending", _("Being sent")  # the intention is written, no answer yet
        SENT = "sent", _("Being imported")
        COMPLETED = "completed", _("Imported")
        REFUSED = "refused", _("Not imported")
        CANCELLED = "cancelled", _("Cancelled")  # never sent
        UNKNOWN = "unknown", _("Outcome unknown")  # sent, and not followed to the end: its run ended before

    FINAL = (State.COMPLETED, State.REFUSED, State.CANCELLED, State.UNKNOWN)

    run = models.ForeignKey(Run, models.CASCADE, related_name="batches")
    number = models.PositiveIntegerField(_("Batch"))
    rows = models.PositiveIntegerField(_("Profiles"))
    body_bytes = models.PositiveIntegerField(_("Bytes"))
    header = models.JSONField(default=list)  # the columns of a file import
    state = models.CharField(_("Status"), max_length=20, choices=State.choices, default=State.PENDING)
    posts = models.PositiveIntegerField(default=0)  # how often it was sent: more than once only after a lost answer
    sending_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("Sent"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("Confirmed"), null=True, blank=True)
    activity_id = models.CharField(_("Activity"), max_length=36, blank=True)
    activity_state = models.CharField(max_length=20, blank=True)  # theirs, verbatim
    percent_done = models.PositiveIntegerField(default=0)
    # What became of its profiles, by Constant Contact's own counts of the activity. Of a completed batch the four add
    # up to `rows`; of any other all are 0. None of them says which profiles: see `is_confirmed`.
    accepted = models.PositiveIntegerField(_("Accepted"), default=0)
    refused = models.PositiveIntegerField(_("Refused"), default=0)  # error_count + correctable_count
    cannot_add = models.PositiveIntegerField(_("Can't be added to the list"), default=0)
    unaccounted = models.PositiveIntegerField(_("Not accounted for"), default=0)  # sent, and in none of their counts
    missing = models.PositiveIntegerField(null=True)  # by name not on the list when it was read back; null: not read
    counts_agree = models.BooleanField(default=True)  # their counts add up to what was sent
    reason = models.CharField(max_length=50, blank=True)
    detail = models.CharField(max_length=255, blank=True)  # the vendor's own words, without addresses

    class Meta:
        verbose_name = _("Batch")
        verbose_name_plural = _("Batches")
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="one_batch_per_number"),
            models.UniqueConstraint(
                fields=["activity_id"], condition=~models.Q(activity_id=""), name="one_batch_per_activity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}"

    @property
    def is_confirmed(self) -> bool:
        """Whether Constant Contact has each of its profiles, with the values that were sent."""
        return self.state == self.State.COMPLETED and self.counts_agree and self.accepted == self.rows


class StageTiming(models.Model):
    """One stage of one run. A worker visits it once or many times: `seconds` is what they worked at it together."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="timings")
    stage = models.CharField(max_length=10, choices=Run.Stage.choices)
    begun_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, db_index=True)  # null: it goes on, or the run ended in it
    seconds = models.FloatField(default=0)
    visits = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "stage"], name="one_timing_per_stage")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.stage}"


class RunEvent(models.Model):
    """The technical line beside the sentence: what happened in a run, and when. Never an address, never a token."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    code = models.CharField(max_length=50)
    details: Any = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.code} {self.details}"
