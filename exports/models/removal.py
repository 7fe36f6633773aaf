"""What takes people off a list or puts them back: the jobs at Constant Contact, and the list that is made for some.

Whom they are about stands in the file of their run (Run.removal_file, see exports.plan.removals).
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from connections.models import Connection

from .run import Run


class Removal(models.Model):
    """One job of a run that changes who is on a list, for a stretch of the run's file."""

    class Kind(models.TextChoices):
        REMOVE = "remove", _("Take off the list")  # named by their contact ids
        ADD = "add", _("Put back on the list")
        FILL = "fill", _("Fill the temporary list")
        REMOVE_ALL = "remove_all", _("Take everybody of the temporary list off the list")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting to be sent")
        SENDING = "sending", _("Being sent")  # the intention is written, no answer yet
        SENT = "sent", _("In progress")
        COMPLETED = "completed", _("Done")
        FAILED = "failed", _("Not done")
        CANCELLED = "cancelled", _("Cancelled")  # never sent
        UNKNOWN = "unknown", _("Outcome unknown")

    FINAL = (State.COMPLETED, State.FAILED, State.CANCELLED, State.UNKNOWN)
    UNDER_WAY = (State.SENDING, State.SENT)
    # Those that change the list of the run itself.
    OF_THE_LIST = (Kind.REMOVE, Kind.ADD, Kind.REMOVE_ALL)

    run = models.ForeignKey(Run, models.CASCADE, related_name="removals")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    first = models.PositiveIntegerField()  # the place of the first of its people in the run's file
    rows = models.PositiveIntegerField(_("People"))
    state = models.CharField(_("Status"), max_length=20, choices=State.choices, default=State.PENDING)
    posts = models.PositiveIntegerField(default=0)  # how often it may have arrived: more than once does no harm
    sent_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    activity_id = models.CharField(_("Activity"), max_length=36, blank=True)
    activity_state = models.CharField(max_length=20, blank=True)  # theirs, verbatim
    done = models.PositiveIntegerField(default=0)  # by their own count; of a filled list, who was put on it
    detail = models.CharField(max_length=255, blank=True)  # the vendor's own words, without addresses

    class Meta:
        ordering = ["run", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="one_removal_per_number")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.kind} {self.number}"


class ScratchList(models.Model):
    """A list that a run makes for itself, to name many people at once, and that is to be deleted in any case.

    The row outlives its run and its connection: it knows what may lie in the account until that is gone.
    """

    class State(models.TextChoices):
        MAKING = "making", _("Being made")  # the intention is written; whether it exists is found out by its name
        MADE = "made", _("In use")
        DELETING = "deleting", _("Being deleted")
        DELETED = "deleted", _("Deleted")
        GIVEN_UP = "given_up", _("Left behind")

    OPEN = (State.MAKING, State.MADE, State.DELETING)

    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="scratch_lists")
    connection = models.ForeignKey(Connection, models.SET_NULL, null=True, related_name="+")
    account_id = models.CharField(max_length=100)
    name = models.CharField(max_length=255, unique=True)  # no other list of any installation has it
    list_id = models.CharField(max_length=36, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.MAKING)
    delete_activity_id = models.CharField(max_length=36, blank=True)
    made_at = models.DateTimeField()
    # Of whoever deletes it when its run is over (exports.people.scratch_lists).
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
