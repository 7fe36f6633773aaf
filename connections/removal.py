"""Removing a connection: the way for an administrator to stop the transfer of data."""

from web.races import deleting

from . import dependents, tokens
from .models import Connection


class InUseError(Exception):
    """Exports still rely on the connection."""


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
