"""Keyed hashes: what tells that a text is the same as one of before, without keeping the text.

The key is not one of FIELD_ENCRYPTION_KEYS, nor made from one: those are replaced and dropped, and a hash whose text
nobody has any more can't be made anew under another key. So each purpose has a random key of its own, made when it is
first needed and never changed. It is stored encrypted like any secret: `manage.py rotate_keys` takes it along, and who
has the database without FIELD_ENCRYPTION_KEYS can't try out addresses.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable

from .models import HashKey


def keyed_hash(purpose: str) -> Callable[[str], str]:
    """Return the function that makes the HMAC-SHA256 of a text under the key of `purpose`, as 64 hexadecimal digits.

    It reads the key once, here. Raises UndecryptableError with the wrong FIELD_ENCRYPTION_KEYS.
    """
    row, _made = HashKey.objects.get_or_create(purpose=purpose, defaults={"secret": secrets.token_hex(32)})
    key = bytes.fromhex(row.secret)
    return lambda text: hmac.digest(key, text.encode(), "sha256").hex()
