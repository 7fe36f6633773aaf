"""What is wrong now, and who wants to hear of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Incident(models.Model):
    """Something that is wrong from `opened_at` until `closed_at`. One message when it opens, one when it is over."""

    class Kind(models.TextChoices):
        RUN_FAILED = "run_failed", _("An export failed")
        RECONNECT = "reconnect", _("A connection needs reconnecting")
        EXPIRES = "expires", _("An authorization is about to expire")
        REFUSED = "refused", _("Many profiles were refused")
        LATE = "late", _("A schedule was missed")
        NO_WORKER = "no_worker", _("No worker is running")
        HOST_SILENT = "host_silent", _("A worker host is silent")
        NEEDS_DECISION = "needs_decision", _("A run needs a decision")

    kind = models.CharField(_("Kind"), max_length=20, choices=Kind.choices)
    subject = models.CharField(max_length=40, blank=True)  # "export:3", "host:1" and so on; blank: the system itself
    details: Any = models.JSONField(default=dict)  # what its sentence needs: names and numbers, never an address
    opened_at = models.DateTimeField(_("Since"), auto_now_add=True)
    notified_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(_("Until"), null=True)
    over_notified_at = models.DateTimeField(null=True)
    # Who tells people about it. A claim that lapsed means that its holder died, or that no channel took the message.
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "ccexport_trouble"
        verbose_name = _("Incident")
        verbose_name_plural = _("Alerts")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=models.Q(closed_at=None), name="one_open_trouble_of_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class WorkerHost(models.Model):
    """A host that workers ran on. It is expected to go on, until it is stopped in order or an administrator retires it.

    Written by `status.hosts` alone.
    """

    name = models.CharField(max_length=255, unique=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    missing_since = models.DateTimeField(null=True)  # not seen at any look since then, though others were
    stopped_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("Worker host")
        verbose_name_plural = _("Worker hosts")

    def __str__(self) -> str:
        return self.name


class Recipient(models.Model):
    """What a person wants to hear, and in which language. Without a row: everything, in the site's language."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="alerts")
    wants_email = models.BooleanField(_("Send me messages by email"), default=True)
    language = models.CharField(max_length=10, blank=True)  # the one they last signed in with

    def __str__(self) -> str:
        return str(self.user)
