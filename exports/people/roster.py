"""The roster of a list: what is known of each address there, as one file."""

from __future__ import annotations

from pathlib import Path

from engine.files import discard, local_copy
from exports.models import Roster
from profiles.snapshots import store_parquet


def roster_of(account_id: str, list_id: str) -> Roster | None:
    return Roster.objects.filter(account_id=account_id, list_id=list_id).first()


def path_of(roster: Roster) -> Path | None:
    return local_copy(roster.file) if roster.file else None


def replace(roster: Roster, path: Path) -> bool:
    """Make the finished file at `path` the roster, in place of the one that `roster` was read with."""
    name = store_parquet("rosters", path)
    replaced = bool(Roster.objects.filter(pk=roster.pk, file=roster.file).update(file=name))
    discard(roster.file if replaced else name)
    return replaced
