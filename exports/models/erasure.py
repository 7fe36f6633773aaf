"""Erasing one person: the row that says who asked for it, and a step for each place that is cleared.

The address stands here only while the work is under way, encrypted; afterwards there is a masked one to tell erasures
apart, and the keyed hash by which the person is kept off every list.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from connections.models import Connection
from encryption.fields import EncryptedTextField
from profiles.models import ProfileSource
from web.messages import Message

from .export import user_key


class Erasure(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")  # or put down: `stored_problem` says what it waits for
        RUNNING = "running", _("Running")
        DONE = "done", _("Erased")
        FAILED = "failed", _("Not completely erased")

    OPEN = (State.QUEUED, State.RUNNING)

    state = models.CharField(_("Status"), max_length=10, choices=State.choices, default=State.QUEUED)
    masked = models.CharField(_("Address"), max_length=100)  # "a…@example.com"
    key = models.CharField(max_length=64)  # the keyed hash of the address: exports.erasing.remembering
    # Blank once it is over: nobody can read the address here any more.
    address = EncryptedTextField(blank=True)
    profiles = EncryptedTextField(default="{}")  # {"<id of a source>": ["<key of a profile>", …]}; "{}" once it is over
    asked_at = models.DateTimeField(_("Asked for"), default=timezone.now)
    asked_by = user_key(_("Asked for by"))
    finished_at = models.DateTimeField(_("Finished"), null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # also tells a worker whether it is still its own
    waits = models.PositiveSmallIntegerField(default=0)  # attempts in vain because storage or disk were away
    stored_problem = models.JSONField(default=dict, blank=True)  # what it waits for, or why it ended: Message.as_json()

    class Meta:
        verbose_name = _("Erasure")
        verbose_name_plural = _("Erasures")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(state__in=("queued", "running")), name="one_open_erasure_per_person"
            )
        ]

    def __str__(self) -> str:
        return _("Erasure %(number)s (%(masked)s)") % {"number": self.pk, "masked": self.masked}

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def problem(self) -> Message:
        return Message.from_json(self.stored_problem)


class ErasureStep(models.Model):
    """One place that is cleared, in the order of `pk`, and what was found there. The name outlives the row it is of."""

    class Kind(models.TextChoices):
        REMEMBER = "remember", _("List of those who must not return")
        SOURCE = "source", _("Profile source")
        TABLE = "table", _("Table in a database")
        SEGMENTS = "segments", _("Static segments")
        UPLOADS = "uploads", _("Uploaded files")
        PLANS = "plans", _("Plans of runs")
        SUPPRESSIONS = "suppressions", _("Suppressions")
        PEOPLE = "people", _("Rosters and opt-outs of lists")
        RECORDS = "records", _("Records in the database")
        ACCOUNT = "account", _("Constant Contact")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        DONE = "done", _("Done")
        REMAINS = "remains", _("Not ours to erase")
        FAILED = "failed", _("Failed")

    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=15, choices=Kind.choices)
    name = models.CharField(max_length=300, blank=True)  # of the source, the table or the account
    source = models.ForeignKey(ProfileSource, models.SET_NULL, null=True, related_name="+")
    connection = models.ForeignKey(Connection, models.SET_NULL, null=True, related_name="+")
    asked_by = user_key()
    state = models.CharField(_("Status"), max_length=10, choices=State.choices, default=State.PENDING)
    count = models.PositiveBigIntegerField(default=0)  # rows that held the person
    files = models.PositiveBigIntegerField(default=0)  # files that were written anew without them, or deleted
    # How far it is, for whoever goes on: names of files, numbers of rows, ids of Constant Contact. No address.
    progress: Any = models.JSONField(default=dict)
    stored_note = models.JSONField(default=dict)  # Message.as_json()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["erasure", "connection"],
                condition=models.Q(kind="account") & ~models.Q(state="failed"),
                name="one_deletion_per_account",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}".strip()

    @property
    def note(self) -> Message:
        return Message.from_json(self.stored_note)
