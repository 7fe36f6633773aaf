"""The plan of a run that means the very profiles of the run before: everybody whom that one sent is unchanged."""

from __future__ import annotations

from pathlib import Path

from duckdb import DuckDBPyConnection

from .build import Plan, write_rows
from .dispositions import Disposition
from .earlier import columns_of
from .sql import quoted


def write_repeated_plan(duck: DuckDBPyConnection, earlier: Path, path: Path) -> Plan:
    """Write to `path` what `build.write_plan` would make of the profiles that `earlier` was made of.

    Of that plan every batch must have been confirmed, and nobody may have been overwritten since.
    """
    sent = f"disposition = '{Disposition.SEND}'"
    replaced = {
        "disposition": f"CASE WHEN {sent} THEN '{Disposition.UNCHANGED}' ELSE disposition END",
        "reason": f"CASE WHEN {sent} THEN '' ELSE reason END",
        "batch": "NULL::INTEGER",
        "payload": "''",
        "sent_before": "sent_before | filled",
        "filled": "filled & 0",
        "withheld": "withheld & 0",
    }
    hashes = [name for name in columns_of(duck, earlier) if name.startswith("sent_") and name != "sent_before"]
    replaced |= dict.fromkeys(hashes, "NULL::UBIGINT")
    rows = ", ".join(f"{value} AS {name}" for name, value in replaced.items())
    query = f"SELECT * REPLACE ({rows}) FROM read_parquet('{quoted(earlier)}')"  # noqa: S608 - names of ours
    write_rows(duck, query, path)
    found = duck.execute("SELECT disposition, count(*) FROM read_parquet($path) GROUP BY ALL", {"path": str(path)})
    return Plan({str(kind): int(count) for kind, count in sorted(found.fetchall())}, "json")
