"""Whom we talk about: which profiles of a source a segment means."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from profiles.models import ProfileSource
from web.messages import Message


def everybody() -> dict[str, Any]:
    """Rules without a condition: all profiles."""
    return {"op": "and", "rules": []}


class Segment(models.Model):
    """A named set of profiles of one source, described by rules (see segments.rules.tree)."""

    class Type(models.TextChoices):
        """Documented: a dynamic segment is evaluated by each system refresh, a static one only by hand."""

        DYNAMIC = "dynamic", _("Dynamic")
        STATIC = "static", _("Static")

    class State(models.TextChoices):
        """Documented: a saved draft is inactive; what is inactive keeps its rules and is never evaluated."""

        ACTIVE = "active", _("Active")
        INACTIVE = "inactive", _("Inactive")

    name = models.CharField(_("Name"), max_length=100, unique=True)
    description = models.TextField(_("Description"), blank=True)
    source = models.ForeignKey(ProfileSource, models.PROTECT, related_name="segments", verbose_name=_("Profile source"))
    rules = models.JSONField(_("Rules"), default=everybody)
    type = models.CharField(_("Type"), max_length=10, choices=Type.choices, default=Type.DYNAMIC)
    state = models.CharField(
        pgettext_lazy("of a segment", "State"), max_length=10, choices=State.choices, default=State.ACTIVE
    )
    kept_members = models.CharField(max_length=255, blank=True)  # of a static one: their keys, Parquet in the storage
    kept_key = models.CharField(max_length=255, blank=True)  # the source's key attribute when they were stored
    member_count = models.PositiveBigIntegerField(_("Members"), null=True, blank=True)
    counted_at = models.DateTimeField(_("Refreshed"), null=True, blank=True)
    stored_problem = models.JSONField(default=dict, blank=True)  # why the last evaluation failed: Message.as_json()
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Created by")
    )
    updated_at = models.DateTimeField(_("Last updated"), auto_now=True)

    class Meta:
        verbose_name = _("Segment")
        verbose_name_plural = _("Segments")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def problem(self) -> Message:
        return Message.from_json(self.stored_problem)

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    @property
    def is_static(self) -> bool:
        return self.type == self.Type.STATIC


class Evaluation(models.Model):
    """One evaluation of a segment: who its members are now. Rows stay as the history of their number."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Successful")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Trigger(models.TextChoices):
        RUN = "run", _("Run")
        REFRESH = "refresh", _("Refresh")
        SYSTEM = "system", _("System refresh")
        PROFILES = "profiles", _("New profiles")

    OPEN = (Status.QUEUED, Status.RUNNING)

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="evaluations", verbose_name=_("Segment"))
    status = models.CharField(_("Status"), max_length=20, choices=Status.choices, default=Status.QUEUED)
    trigger = models.CharField(_("Trigger"), max_length=20, choices=Trigger.choices)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Started by")
    )
    queued_at = models.DateTimeField(_("Queued"), default=timezone.now)
    started_at = models.DateTimeField(_("Started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("Finished"), null=True, blank=True)
    member_count = models.PositiveBigIntegerField(_("Members"), null=True, blank=True)
    stored_problem = models.JSONField(default=dict, blank=True)  # Message.as_json()
    attempts = models.PositiveSmallIntegerField(default=0)  # also tells a worker whether it is still its own
    waits = models.PositiveSmallIntegerField(default=0)  # attempts in vain because storage or disk were away
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Evaluation of a segment")
        verbose_name_plural = _("Evaluations of segments")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["segment"],
                condition=models.Q(status__in=("queued", "running")),
                name="one_open_evaluation_per_segment",
            )
        ]
        indexes = [models.Index(fields=["segment", "finished_at"], name="history_of_a_segment")]

    def __str__(self) -> str:
        return f"{self.segment} ({self.get_status_display()})"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def problem(self) -> Message:
        return Message.from_json(self.stored_problem)
