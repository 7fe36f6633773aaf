"""Asking the connected account something while a person waits for the page: every failure becomes a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from connections import tokens
from connections.clients import client_for
from connections.messages import explain
from connections.models import Connection
from constant_contact import AuthorizationRevokedError, ConstantContact, ConstantContactError
from encryption.fields import UndecryptableError

_Answer = TypeVar("_Answer")
REMEMBERED = 60  # seconds: opening the form again, or in a second tab, costs no call

UNREADABLE = _(
    "The stored authorization of this connection can't be read with the present encryption keys. "
    "An administrator has to reconnect it."
)


class AccountError(Exception):
    """The account did not give what was asked for; its text says why and what to do next."""


@contextmanager
def asking(connection: Connection) -> Iterator[ConstantContact]:
    """Give the client of `connection` and turn what goes wrong into an AccountError. Never inside a transaction."""
    try:
        yield client_for(connection, for_page=True)
    except ConstantContactError as error:
        if isinstance(error, AuthorizationRevokedError):
            tokens.needs_reconnecting(connection)
        raise AccountError(str(explain(error))) from error
    except UndecryptableError as error:
        raise AccountError(UNREADABLE) from error


def remembered(connection: Connection, what: str, ask: Callable[[ConstantContact], _Answer]) -> _Answer:
    """Return what the account answered within the last minute, or ask it. Raises AccountError."""
    key = _key(connection, what)
    answer: _Answer | None = cache.get(key)
    if answer is None:
        with asking(connection) as client:
            answer = ask(client)
        cache.set(key, answer, REMEMBERED)
    return answer


def forget(connection: Connection, what: str) -> None:
    """Ask the account itself next time: something was changed there."""
    cache.delete(_key(connection, what))


def _key(connection: Connection, what: str) -> str:
    return f"exports:{what}:{connection.pk}:{connection.account_id}"
