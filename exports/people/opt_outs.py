"""Who of an account opted out or was deleted there, as one file."""

from __future__ import annotations

from pathlib import Path

from engine.files import local_copy
from exports.models import OptOuts


def path_of(account_id: str) -> Path | None:
    row = OptOuts.objects.filter(account_id=account_id).exclude(file="").first()
    return local_copy(row.file) if row is not None else None
