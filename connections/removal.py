"""Removing a connection: the way for an administrator to stop the transfer of data."""

from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from . import dependents, tokens
from .models import Connection


class InUseError(Exception):
    """Exports still rely on the connection."""


def remove(connection: Connection) -> None:
    """Delete the connection with its tokens, and end the authorization at Constant Contact (best effort).

    Raises InUseError while anything relies on it; then nothing is changed.
    """
    try:
        with transaction.atomic():
            if dependents.of(connection):
                raise InUseError
            tokens.forget_tokens(connection)
            connection.delete()
    except ProtectedError as error:
        # An export was made between the look and the deletion.
        raise InUseError from error


def release(connection: Connection, dependent_id: str, *, how: str, by: Any) -> str | None:
    """Detach or remove one dependent; return its name, or None when it no longer uses the connection.

    `how` is "detach" or "remove". Raises ValueError with a sentence when it can't be done now.
    """
    for dependent in dependents.of(connection):
        if dependent.id == dependent_id:
            {"detach": dependent.detach, "remove": dependent.remove}[how](by)
            return dependent.name
    return None
