"""The plan of a run that means the very profiles of the run before: everybody whom that one sent is unchanged."""

from __future__ import annotations

from pathlib import Path

from duckdb import DuckDBPyConnection

from exports.dispositions import Disposition

from .build import Plan, quoted, write_rows


def write_repeated_plan(duck: DuckDBPyConnection, earlier: Path, path: Path) -> Plan:
    """Write to `path` what `build.write_plan` would make of the profiles that `earlier` was made of.

    Of that plan every batch must have been imported.
    """
    unchanged, send = Disposition.UNCHANGED.value, Disposition.SEND.value
    disposition = f"CASE WHEN disposition = '{send}' THEN '{unchanged}' ELSE disposition END"
    rows = f"* REPLACE ({disposition} AS disposition, NULL::INTEGER AS batch, '' AS payload)"
    write_rows(duck, f"SELECT {rows} FROM read_parquet('{quoted(earlier)}')", path)  # noqa: S608 - a path of our own making
    found = duck.execute("SELECT disposition, count(*) FROM read_parquet($path) GROUP BY ALL", {"path": str(path)})
    return Plan({str(kind): int(count) for kind, count in sorted(found.fetchall())}, "json")
