"""What is sent: which segments, to which list, with which attributes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from connections.models import Connection
from segments.models import Segment


def user_key(verbose_name: Any = None) -> Any:
    """Make the column for who did something; it becomes empty when the account is deleted."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=verbose_name
    )


class Export(models.Model):
    """A configured export. Saving it never runs it (documented product: saving an export doesn't run it)."""

    class Leavers(models.TextChoices):
        KEEP = "keep", _("Stay on the list")
        REMOVE = "remove", _("Are removed from the list")

    class FormerAddresses(models.TextChoices):
        REMOVE = "remove", _("Are removed from the list")
        KEEP = "keep", _("Stay on the list")
        SHOW = "show", _("Are only shown")

    name = models.CharField(_("Display name"), max_length=100)
    # Null: detached. The configuration stays, the export can't run until another connection is attached.
    connection = models.ForeignKey(
        Connection,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="exports",
        verbose_name=_("Connection for export"),
    )
    list_id = models.CharField(_("Constant Contact List ID"), max_length=36)
    list_name = models.CharField(_("List"), max_length=255, blank=True)
    # The account on which the list was verified: after a reconnect to another one it must be verified again.
    list_account_id = models.CharField(max_length=100, blank=True)
    # {"email": "email_address", "first_name": "first", "cf:loyalty_level": "level"}: what it is called at
    # Constant Contact → the attribute of the unified profile.
    mapping = models.JSONField(_("Data matching"), default=dict)
    # {"cf:loyalty_level": "Loyalty level"}: what people call the custom fields in `mapping`.
    custom_field_labels = models.JSONField(default=dict)
    # {"cf:loyalty_level": {"type": "number", "metadata": {…}}}: what they hold, as it was when the export was saved.
    custom_field_types = models.JSONField(default=dict)
    # Targets of `mapping` of which a value that Constant Contact would refuse costs the person, not just the value.
    strict_targets = models.JSONField(_("Fields whose faulty values leave the person out"), default=list)
    # A person is sent only where this attribute of the profile is true; blank: nobody is asked for it.
    consent_attribute = models.CharField(_("Consent attribute"), max_length=255, blank=True)
    leavers = models.CharField(
        _("People who leave the segments"), max_length=10, choices=Leavers.choices, default=Leavers.KEEP
    )
    former_addresses = models.CharField(
        _("Former addresses"), max_length=10, choices=FormerAddresses.choices, default=FormerAddresses.REMOVE
    )
    # {"shrank": 30, "empty": null}: limits that somebody set, null where switched off; see exports.brakes.table.
    brakes = models.JSONField(_("Brakes"), default=dict, blank=True)
    segments = models.ManyToManyField(Segment, related_name="exports", verbose_name=_("Segments"))
    # The last run whose plan tells what Constant Contact has: the next run sends only what differs.
    baseline = models.ForeignKey("exports.Run", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)
    created_by = user_key(_("Created by"))
    updated_at = models.DateTimeField(_("Last updated"), auto_now=True)
    updated_by = user_key(_("Updated by"))

    class Meta:
        verbose_name = _("Export")
        verbose_name_plural = _("Exports")
        ordering = ["name"]
        permissions = [("run_export", "Can run an export")]

    def __str__(self) -> str:
        return self.name
