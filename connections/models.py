"""Who we may talk to, and as whom."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from encryption.fields import EncryptedTextField

from .permissions import can_manage_connections, may_use_shared_connections


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def ready(self) -> "ConnectionQuerySet":
        """Those that can be used now: saved, and authenticated."""
        return self.filter(state=Connection.State.CONNECTED, saved_at__isnull=False)

    def usable_by(self, user: Any) -> "ConnectionQuerySet":
        """Those that `user` may choose for an export: all for administrators, shared ones for contributors."""
        return self.filter(saved_at__isnull=False).open_to(user)

    def open_to(self, user: Any) -> "ConnectionQuerySet":
        """Those whose sharing lets `user` in, drafts included."""
        if can_manage_connections(user):
            return self
        if not may_use_shared_connections(user):
            return self.none()
        everyone = models.Q(sharing=Connection.Sharing.CONTRIBUTORS)
        chosen = models.Q(sharing=Connection.Sharing.CHOSEN, chosen_contributors=user)
        return self.filter(everyone | chosen).distinct()


class Connection(models.Model):
    """One authorised account at a destination, and who may export to it."""

    class Kind(models.TextChoices):
        CONSTANT_CONTACT = "constant_contact", _("Constant Contact")

    class Sharing(models.TextChoices):
        ADMINISTRATORS = "administrators", _("Administrators")
        CONTRIBUTORS = "contributors", _("Administrators and all contributors")
        CHOSEN = "chosen", _("Administrators and chosen contributors")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        CONNECTED = "connected", _("Connected")
        NEEDS_RECONNECTING = "needs_reconnecting", _("Needs reconnecting")

    display_name = models.CharField(_("Display name"), max_length=100)
    kind = models.CharField(_("Type"), max_length=30, choices=Kind.choices, default=Kind.CONSTANT_CONTACT)
    # Blank only while the wizard's draft has not been asked yet.
    sharing = models.CharField(
        _("Choose who can use this connection"),
        max_length=20,
        choices=Sharing.choices,
        default=Sharing.ADMINISTRATORS,
        blank=True,
    )
    chosen_contributors = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("Chosen contributors"), blank=True, related_name="+"
    )
    # Whoever started a run that a brake holds is not the one who decides about it.
    decided_by_another = models.BooleanField(_("Never decided by the one who started it"), default=False)
    state = models.CharField(_("Status"), max_length=20, choices=State.choices, default=State.DRAFT)
    account_id = models.CharField(_("Account ID"), max_length=100, blank=True)
    organization_name = models.CharField(_("Organization"), max_length=255, blank=True)
    account_email = models.EmailField(_("Account email address"), blank=True)
    authenticated_at = models.DateTimeField(_("Authenticated"), null=True, blank=True)
    authenticated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Authenticated by"),
    )
    saved_at = models.DateTimeField(_("Saved"), null=True, blank=True)  # null: a draft of the wizard
    # What the account's contract with Constant Contact says, which the API does not tell; null: nobody has said it.
    contract_contacts = models.PositiveIntegerField(_("Active contacts in the contract"), null=True, blank=True)
    # More people than that start no automation by a run before somebody has decided it; null: however many.
    max_automation_starts = models.PositiveIntegerField(_("Automation starts without asking"), null=True, blank=True)
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("Created by")
    )
    updated_at = models.DateTimeField(_("Last updated"), auto_now=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("Connection")
        verbose_name_plural = _("Connections")
        ordering = ["display_name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(saved_at__isnull=True) | (~models.Q(sharing="") & ~models.Q(state="draft")),
                name="saved_connection_is_complete",
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_draft(self) -> bool:
        """Still in the wizard: nobody can export through it yet."""
        return self.saved_at is None


class TokenSet(models.Model):
    """The OAuth tokens of a connection. Read and written only by connections.tokens.

    A row of its own, so that saving a stale Connection can never put an older token back.
    """

    connection = models.OneToOneField(Connection, models.CASCADE, primary_key=True, related_name="token_set")
    access_token = EncryptedTextField()
    refresh_token = EncryptedTextField()
    expires_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()
    scope = models.CharField(max_length=255, blank=True)  # what the person allowed; blank: before we kept it
    version = models.PositiveIntegerField(default=1)
    claimed_until = models.DateTimeField(null=True, blank=True)  # somebody is refreshing until then

    def __str__(self) -> str:
        return f"tokens of connection {self.connection_id}, version {self.version}"


class Consent(models.Model):
    """The agreement to transfer personal data: who, when, from where, to which version of the text.

    It outlives its connection, and then says by the name which one it was for: an agreement is evidence.
    """

    connection = models.ForeignKey(Connection, models.SET_NULL, null=True, related_name="consents")
    connection_name = models.CharField(_("Connection"), max_length=100, blank=True)  # blank while there is one
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("Agreed by"))
    agreed_at = models.DateTimeField(_("Agreed"), auto_now_add=True)
    ip_address = models.GenericIPAddressField(_("Address"), null=True)
    text_version = models.CharField(_("Version of the text"), max_length=20)
    language = models.CharField(_("Language"), max_length=10)

    class Meta:
        verbose_name = _("Consent")
        verbose_name_plural = _("Consents")
        ordering = ["-agreed_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(connection__isnull=False) | ~models.Q(connection_name=""),
                name="consent_says_what_for",
            )
        ]

    def __str__(self) -> str:
        return f"{self.connection_name or self.connection}: {self.text_version}"


class ExportUser(models.Model):
    """The person under whose rights unattended runs read profiles. Always somebody who named themselves."""

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="export_user")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("Export user"))
    confirmed_at = models.DateTimeField(_("Confirmed"))

    class Meta:
        verbose_name = _("Export user")
        verbose_name_plural = _("Export users")

    def __str__(self) -> str:
        return str(self.user)


class RequestBudget(models.Model):
    """What one API key may still ask of Constant Contact: every process takes its turns from this row.

    The limits belong to the key, not to a process or a connection (API guide, rate limits).
    """

    client_id = models.CharField(max_length=64, primary_key=True)
    turns = models.JSONField(default=list)  # the latest turns, as seconds since 1970
    day = models.DateField(null=True)  # UTC
    spent = models.PositiveIntegerField(default=0)  # requests made on `day`
    exhausted_until = models.DateTimeField(null=True)  # Constant Contact itself said the day's quota is used up

    def __str__(self) -> str:
        return f"{self.spent} requests on {self.day}"
