"""The roster of a list: what is known of each address there, as one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from duckdb import DuckDBPyConnection

from engine.files import discard, local_copy
from exports.models import Roster
from profiles.snapshots import store_parquet

from .folding import Change


def roster_of(account_id: str, list_id: str) -> Roster | None:
    return Roster.objects.filter(account_id=account_id, list_id=list_id).first()


def path_of(roster: Roster) -> Path | None:
    return local_copy(roster.file) if roster.file else None


def replace(
    roster: Roster, duck: DuckDBPyConnection, folder: Path, change: Callable[[DuckDBPyConnection], Change]
) -> bool:
    """Write the roster as `change` makes it, and make that the one in use."""
    path, target = path_of(roster), folder / "roster.parquet"
    duck.execute(f"CREATE OR REPLACE TEMP VIEW roster AS SELECT * FROM read_parquet('{path}')")
    changed = change(duck)
    duck.execute(f"COPY ({changed.query}) TO '{target}' (FORMAT parquet)", dict(changed.values))
    name = store_parquet("rosters", target)
    replaced = bool(Roster.objects.filter(pk=roster.pk, file=roster.file).update(file=name))
    discard(roster.file if replaced else name)
    return replaced
