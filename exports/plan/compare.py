"""Whether two plans would send the same, and how many profiles make the difference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from .dispositions import Disposition


@dataclass(frozen=True, slots=True)
class Differences:
    """Profiles of the later plan that are not in the earlier one, those that are gone, and those that differ."""

    added: int
    gone: int
    changed: int

    @property
    def none(self) -> bool:
        return not (self.added or self.gone or self.changed)


def differences_between(duck: DuckDBPyConnection, earlier: Path, later: Path) -> Differences:
    """Compare who is sent, with which values, and why the others are not. Batches and the order make no difference."""
    for name, path in (("one", earlier), ("other", later)):
        duck.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {_SAID}", {"path": str(path)})
    if _digest(duck, "one") == _digest(duck, "other"):
        return Differences(0, 0, 0)
    added, altered = _only_in(duck, "other", "one")
    gone, altered_then = _only_in(duck, "one", "other")
    return Differences(added, gone, max(altered, altered_then))


# The fingerprint says which values are sent, whatever their encoding.
_SAID = f"""
    SELECT profile_id, hash(profile_id, email, disposition,
                            CASE WHEN disposition = '{Disposition.SEND}' THEN fingerprint END) AS said
    FROM read_parquet($path)
"""  # noqa: S608 - a name of ours


def _digest(duck: DuckDBPyConnection, table: str) -> tuple[object, ...] | None:
    return duck.execute(f"SELECT count(*), sum(said), bit_xor(said) FROM {table}").fetchone()  # noqa: S608 - a table of ours


def _only_in(duck: DuckDBPyConnection, table: str, other: str) -> tuple[int, int]:
    """How many rows stand in one table only: of profiles that the other doesn't have, and of profiles that it has."""
    row = duck.execute(f"""
        SELECT count(*) FILTER (NOT there), count(*) FILTER (there) FROM (
            SELECT profile_id IN (SELECT profile_id FROM {other}) AS there
            FROM (SELECT profile_id, said FROM {table} EXCEPT ALL SELECT profile_id, said FROM {other})
        )
    """).fetchone()  # noqa: S608 - tables of ours
    return (int(row[0]), int(row[1])) if row else (0, 0)
