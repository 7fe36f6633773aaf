"""What a reconnect brought when it led to another account, until the person has confirmed that.

Kept in their session, encrypted: it holds tokens, and only the person who authorized may use them.
"""

import json
from collections.abc import MutableMapping
from dataclasses import asdict
from typing import Any

from connections.models import Connection
from constant_contact import Account, Tokens
from encryption.fields import UndecryptableError, decrypt, encrypt

_KEY = "connections.other_account"


def keep(session: MutableMapping[str, Any], connection: Connection, account: Account, granted: Tokens) -> None:
    tokens = asdict(granted) | {"scope": sorted(granted.scope)}
    content = {"connection": connection.pk, "account": asdict(account), "tokens": tokens}
    session[_KEY] = encrypt(json.dumps(content))


def kept(session: MutableMapping[str, Any], connection: Connection) -> tuple[Account, Tokens] | None:
    """Return what waits for a confirmation for `connection`, if anything does."""
    try:
        content = json.loads(decrypt(session.get(_KEY, "")))
    except UndecryptableError:
        return None
    if content["connection"] != connection.pk:
        return None
    tokens = content["tokens"] | {"scope": frozenset(content["tokens"]["scope"])}
    return Account(**content["account"]), Tokens(**tokens)


def drop(session: MutableMapping[str, Any]) -> None:
    session.pop(_KEY, None)
