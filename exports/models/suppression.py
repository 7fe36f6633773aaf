"""Who must not be sent, whatever the segments say: said here, by somebody, for a reason."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit_trail import without_addresses
from connections.models import Connection
from connections.permissions import can_manage_connections

from .export import user_key

M = TypeVar("M", bound=models.Model)


class ForConnectionQuerySet(models.QuerySet[M]):
    """Rows that are for one connection, or for all where their `account_id` is blank."""

    def seen_by(self, user: Any) -> Self:
        """Those for all connections, and for the ones that `user` may use; of removed ones for administrators."""
        if can_manage_connections(user):
            return self
        usable = Connection.objects.usable_by(user).values_list("pk", flat=True)
        return self.filter(Q(account_id="") | Q(connection__in=list(usable)))


class SuppressionUpload(models.Model):
    """A file of addresses that are suppressed together. It is counted first, and added when somebody says so."""

    class State(models.TextChoices):
        COUNTED = "counted", _("Not added yet")
        ADDING = "adding", _("Being added")
        ADDED = "added", _("Added")
        FAILED = "failed", _("Failed")
        DISCARDED = "discarded", _("Discarded")

    name = models.CharField(_("File"), max_length=255)
    reason = models.TextField(_("Reason"), max_length=500)
    state = models.CharField(_("Status"), max_length=10, choices=State.choices, default=State.COUNTED)
    # The new addresses: Parquet in the storage (exports.editing.suppression_uploads); blank once they are added.
    file = models.CharField(max_length=255, blank=True)
    connection = models.ForeignKey(
        Connection, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Connection")
    )
    account_id = models.CharField(max_length=100, blank=True)  # as in Suppression
    created_at = models.DateTimeField(_("Added"), auto_now_add=True)
    created_by = user_key(_("Added by"))
    new = models.PositiveIntegerField(_("New"), default=0)
    present = models.PositiveIntegerField(_("Already there"), default=0)
    repeated = models.PositiveIntegerField(_("Repeated in the file"), default=0)
    invalid = models.PositiveIntegerField(_("Not an email address"), default=0)
    invalid_lines = models.JSONField(default=list)  # the first of them: numbers of lines, never what stands there
    added = models.PositiveIntegerField(default=0)  # of `new`; as many of the file are done
    attempts = models.PositiveSmallIntegerField(default=0)  # since the last piece
    worked_at = models.DateTimeField(null=True)  # when somebody was last seen to work on it

    objects = ForConnectionQuerySet["SuppressionUpload"].as_manager()

    class Meta:
        verbose_name = _("Upload of suppressions")
        verbose_name_plural = _("Uploads of suppressions")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return without_addresses(self.name)  # it stands in the audit trail

    @property
    def is_open(self) -> bool:
        return self.state == self.State.ADDING


class SuppressionQuerySet(ForConnectionQuerySet["Suppression"]):
    def active(self) -> SuppressionQuerySet:
        return self.filter(removed_at=None)

    def for_connection(self, connection_id: int | None) -> SuppressionQuerySet:
        """Those for all connections, for this one, and for its account; removed ones too."""
        holds = Q(account_id="")
        if connection_id is not None:
            account = Connection.objects.filter(pk=connection_id).values("account_id")
            holds |= Q(connection=connection_id) | Q(account_id__in=account)
        return self.filter(holds)

    def in_force_for(self, connection_id: int | None) -> SuppressionQuerySet:
        """Those that hold for what is sent through this connection."""
        return self.active().for_connection(connection_id)


class Suppression(models.Model):
    """One address or domain that must not be sent. One that was removed is kept as evidence.

    For all connections where `account_id` is blank; else for one, and for its account, so that it outlives the
    connection: another one to that account finds it again.
    Whose clear text was erased has no `email` any more and is known by its `key` alone.
    """

    class Kind(models.TextChoices):
        ADDRESS = "address", _("Email address")
        DOMAIN = "domain", _("Domain")

    kind = models.CharField(_("Kind"), max_length=10, choices=Kind.choices, default=Kind.ADDRESS)
    email = models.CharField(_("Email address"), max_length=320, blank=True)  # normalised; of a domain: blank
    domain = models.CharField(_("Domain"), max_length=255, blank=True)  # with whatever stands below it
    # Keyed hash of the address, or of the domain after its @ (exports.people.suppressions.key_maker).
    key = models.CharField(max_length=64)
    connection = models.ForeignKey(
        Connection, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Connection")
    )
    account_id = models.CharField(max_length=100, blank=True)
    upload = models.ForeignKey(
        SuppressionUpload, models.PROTECT, null=True, blank=True, related_name="suppressions", verbose_name=_("File")
    )
    reason = models.TextField(_("Reason"), max_length=500)
    created_at = models.DateTimeField(_("Added"), auto_now_add=True)
    created_by = user_key(_("Added by"))
    removed_at = models.DateTimeField(_("Removed"), null=True, blank=True)
    removed_by = user_key(_("Removed by"))
    removed_reason = models.TextField(_("Reason of the removal"), max_length=500, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        verbose_name = _("Suppression")
        verbose_name_plural = _("Suppressions")
        ordering = ["-pk"]
        constraints = [
            # Also the index by which a plan finds what is in force.
            models.UniqueConstraint(
                fields=["account_id", "key"], condition=Q(removed_at=None), name="suppressed_once_for_an_account"
            ),
            # A connection that is removed must not make it one for all.
            models.CheckConstraint(
                condition=Q(connection=None) | ~Q(account_id=""), name="suppression_of_a_connection_has_its_account"
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None) | ~Q(removed_reason=""), name="suppression_is_removed_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["key"]),
            models.Index(fields=["domain"], condition=~Q(domain=""), name="suppressed_domains"),
        ]

    def __str__(self) -> str:
        """Without the address: this stands in the audit trail."""
        return f"{self.pk}"

    @property
    def is_for_all(self) -> bool:
        return not self.account_id

    @property
    def is_erased(self) -> bool:
        """Only its keyed hash is left."""
        return not self.email and not self.domain
