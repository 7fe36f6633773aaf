"""What is known of each address of one list of one account."""

from __future__ import annotations

from pathlib import Path

from engine.files import local_copy
from exports.models import Roster


def roster_of(account_id: str, list_id: str) -> Roster | None:
    return Roster.objects.filter(account_id=account_id, list_id=list_id).first()


def path_of(roster: Roster) -> Path | None:
    """Return where the file is on this host; None: nobody is known. Raises StorageUnavailableError."""
    return local_copy(roster.file) if roster.file else None
