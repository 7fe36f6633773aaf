"""Where the table of a source is, and how far its description is."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from encryption.fields import EncryptedTextField, UndecryptableError
from web.messages import Message

from .errors import DatabaseError
from .session import Session, open_session


class DatabaseAddress(models.Model):
    """A table or view in a database. `options` and `secrets` hold what the kind's fields ask for, by name."""

    source = models.OneToOneField(
        "profiles.ProfileSource", models.CASCADE, related_name="database", verbose_name=_("Profile source")
    )
    options = models.JSONField(default=dict)
    secrets = EncryptedTextField(default="{}")  # a JSON object
    schema = models.CharField(_("Schema"), max_length=255, blank=True)
    table = models.CharField(_("Table or view"), max_length=255)
    refresh_asked_at = models.DateTimeField(null=True, blank=True)  # null: nobody waits for a refresh
    refresh_claimed_until = models.DateTimeField(null=True, blank=True)
    refresh_attempts = models.PositiveSmallIntegerField(default=0)
    refresh_waits = models.PositiveSmallIntegerField(default=0)  # attempts in vain because the disk was away
    stored_problem = models.JSONField(default=dict, blank=True)  # why the last refresh failed: Message.as_json()

    class Meta:
        app_label = "profiles"
        db_table = "segments_databaseaddress"  # where it was made
        verbose_name = _("Database of a profile source")
        verbose_name_plural = _("Databases of profile sources")

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}" if self.schema else self.table

    @property
    def problem(self) -> Message:
        return Message.from_json(self.stored_problem)

    @property
    def is_refreshing(self) -> bool:
        return self.refresh_asked_at is not None

    def held(self) -> dict[str, str]:
        """Return the stored secrets; none where they can't be read any more."""
        try:
            secrets: dict[str, str] = json.loads(self.secrets)
        except UndecryptableError:
            return {}
        return secrets

    def hide(self, secrets: dict[str, str]) -> None:
        """Keep secrets; those that are empty stay what they were."""
        self.secrets = json.dumps({**self.held(), **{name: value for name, value in secrets.items() if value}})

    def forget(self) -> None:
        """Hold no secrets any more."""
        self.secrets = "{}"

    def entered(self) -> dict[str, str]:
        """Return everything that was entered, secrets too: for the driver alone.

        Raises DatabaseError when the secrets cannot be read.
        """
        try:
            return {**self.options, **json.loads(self.secrets)}
        except UndecryptableError:
            raise DatabaseError("secrets_unreadable") from None

    @contextmanager
    def session(self, seconds: int) -> Iterator[Session]:
        """Open a session that only reads. Raises DatabaseError, also for what goes wrong in the block."""
        with open_session(self.source.kind, self.entered(), str(self), seconds) as session:
            yield session


def address_of(source: Any) -> DatabaseAddress:
    """Return the address of a source. Raises DatabaseError when its secrets cannot be read."""
    try:
        address: DatabaseAddress = source.database
    except UndecryptableError:
        raise DatabaseError("secrets_unreadable") from None
    return address


def read_address(source: Any) -> None:
    """Read the address now, for a query on a thread that must not. Raises DatabaseError as `address_of` does."""
    if source.is_in_database:
        address_of(source)
