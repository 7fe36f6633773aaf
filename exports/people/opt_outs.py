"""Who of an account opted out of everything or was deleted there."""

from __future__ import annotations

from pathlib import Path

from engine.files import local_copy
from exports.models import OptOuts


def path_of(account_id: str) -> Path | None:
    """Return where the file is on this host; None: nobody, or it was never read. Raises StorageUnavailableError."""
    row = OptOuts.objects.filter(account_id=account_id).first()
    return local_copy(row.file) if row is not None and row.file else None
