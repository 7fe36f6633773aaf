"""Changing a connection without overwriting what somebody else changed meanwhile, and removing one."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit_trail import changes_of
from web.races import ChangedMeanwhileError as ChangedMeanwhileError
from web.races import claim_name, deleting

from . import dependents, tokens
from .models import Connection


class InUseError(Exception):
    """Exports still rely on the connection."""


def change(connection: Connection, *, seen: datetime | None, **values: Any) -> Connection:
    """Write `values` if the row is still the one the person saw, last updated at `seen`; return it as it is then.

    `chosen_contributors` may be among them.

    Raises ChangedMeanwhileError otherwise, and IntegrityError when the name was taken a moment ago.
    """
    chosen = values.pop("chosen_contributors", None)
    now = timezone.now()
    with transaction.atomic(), changes_of(connection):
        unchanged = Connection.objects.filter(pk=connection.pk, updated_at=seen) if seen else Connection.objects.none()
        if not unchanged.update(updated_at=now, **values):
            raise ChangedMeanwhileError
        if "display_name" in values and values["display_name"] != connection.display_name:
            claim_name(Connection.objects.exclude(pk=connection.pk), display_name=values["display_name"])
        if chosen is not None:
            connection.chosen_contributors.set(chosen)
    connection.refresh_from_db()
    return connection


def remove(connection: Connection) -> None:
    """Delete the connection with its tokens, and end the authorization at Constant Contact (best effort).

    The agreements to the transfer stay, with the name that the connection had last.

    Raises InUseError while anything relies on it; then nothing is changed.
    """
    with deleting(connection, InUseError):
        if dependents.of(connection):
            raise InUseError
        tokens.forget_tokens(connection)
        connection.consents.update(connection_name=connection.display_name)
        connection.delete()
