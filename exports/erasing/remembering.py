"""What stays of an erased person: a suppression with the keyed hash of the address alone, so no plan ever sends it.

Without the installation's secret nobody can tell of which address it is, and nobody can read it back.
"""

from __future__ import annotations

from typing import Any

from exports.models import Suppression
from exports.people.suppressions import erase_clear_text, key_maker

REASON = "Erased at their own request"  # kept, so it is in one language


def key_of(address: str) -> str:
    """Return the keyed hash of an address (profiles.erasing.normalised_address)."""
    return key_maker()(address)


def remember_erased(address: str, *, by: Any) -> None:
    """Keep the person off every list from now on, and forget the clear text of whatever else suppresses them.

    May be repeated. Runs in a transaction of its caller or in none.
    """
    erase_clear_text(address, REASON, by)


def forget_clear_text(address: str) -> int:
    """Take the address itself out of the suppressions once more, whose hash stays. Return how many held it."""
    held = Suppression.objects.filter(key=key_of(address)).exclude(email="").count()
    erase_clear_text(address, REASON, None)
    return held
