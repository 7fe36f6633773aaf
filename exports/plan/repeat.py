"""The plan of a run that means the very profiles of the run before: everybody whom that one sent is unchanged."""

from __future__ import annotations

from pathlib import Path

from duckdb import DuckDBPyConnection

from . import consent, kept_out, leavers
from .build import ROWS_OF_GONE, Plan, write_rows
from .dispositions import NO_CANDIDATES, Disposition
from .earlier import columns_of
from .people import People
from .sql import listed, number_of, quoted


def may_be_repeated(duck: DuckDBPyConnection, earlier: Path, people: People) -> bool:
    """Whether what is known of people leaves everybody of that plan as they are in it.

    The same people are kept out for the same reasons, and nobody who was sent is missing from the list or was taken
    off it. Who is no candidate makes no difference: that is found out anew.
    """
    _name_rows(duck, earlier)
    consent.repeat(duck)
    kept_out.find(duck, people)
    kept_out.find_here(duck, people)
    may_be = kept_out.is_as_planned(duck, earlier) and not _missing(duck, earlier, people)
    if not may_be:
        for name in ("addressed", "candidate"):
            duck.execute(f"DROP VIEW {name}")
    return may_be


def write_repeated_plan(duck: DuckDBPyConnection, earlier: Path, path: Path, people: People | None = None) -> Plan:
    """Write to `path` what `build.write_plan` would make of the profiles that `earlier` was made of.

    Of that plan every batch must have been confirmed, nobody may have been overwritten since, and where anything is
    known of people it must be one that `may_be_repeated`, asked right before.
    """
    sent = f"disposition = '{Disposition.SEND}'"
    columns = columns_of(duck, earlier)
    replaced = {
        "disposition": f"CASE WHEN {sent} THEN '{Disposition.UNCHANGED}' ELSE disposition END",
        "reason": f"CASE WHEN {sent} THEN '' ELSE reason END",
        "batch": "NULL::INTEGER",
        "payload": "''",
        "sent_before": "sent_before | filled",
        "filled": "filled & 0",
        "withheld": "withheld & 0",
    }
    if people is not None and people.was_read and "on_list" in columns:  # nobody who was sent is missing
        replaced["on_list"] = f"on_list OR disposition IN {_SENT}"
    hashes = [name for name in columns if name.startswith("sent_") and name != "sent_before"]
    replaced |= dict.fromkeys(hashes, "NULL::UBIGINT")
    rows = ", ".join(f"{value} AS {name}" for name, value in replaced.items())
    query = f"""
        SELECT * REPLACE ({rows}) FROM read_parquet('{quoted(earlier)}')
        WHERE disposition NOT IN {listed(NO_CANDIDATES)}
    """  # noqa: S608 - names of ours
    gone = leavers.find(duck, people) if people is not None else {}
    if gone:
        query = f"{query} UNION ALL BY NAME {ROWS_OF_GONE}"
    write_rows(duck, query, path)
    found = duck.execute("SELECT disposition, count(*) FROM read_parquet($path) GROUP BY ALL", {"path": str(path)})
    return Plan({str(kind): int(count) for kind, count in sorted(found.fetchall())} | gone, "json")


_SENT = listed((Disposition.SEND, Disposition.UNCHANGED))


def _name_rows(duck: DuckDBPyConnection, earlier: Path) -> None:
    """Make `candidate` and `addressed` of the rows of a plan, as candidates.find does of staged profiles."""
    rows = f"""
        FROM read_parquet('{quoted(earlier)}', file_row_number = true) WHERE disposition NOT IN {listed(NO_CANDIDATES)}
    """
    duck.execute(f"CREATE TEMP VIEW addressed AS SELECT file_row_number AS place, profile_id, email {rows}")
    duck.execute(f"""
        CREATE TEMP VIEW candidate AS SELECT file_row_number AS place, hash(email) AS address, disposition {rows}
    """)


def _missing(duck: DuckDBPyConnection, earlier: Path, people: People) -> int:
    """How many of the people whom that plan sent, or calls unchanged, are not on the list; of the others, all."""
    if people.roster is None:
        return number_of(duck, f"SELECT count(*) {_NOT_ON_LIST}", path=str(earlier))
    return number_of(
        duck,
        f"""
        SELECT count(*) FROM read_parquet($path) WHERE disposition = '{Disposition.NOT_ON_LIST}'
        OR disposition IN {_SENT} AND email IN (
            SELECT email FROM read_parquet($roster) WHERE NOT on_list OR "left" IS NOT NULL OR removed IS NOT NULL
        )
        """,  # noqa: S608 - words of ours
        path=str(earlier),
        roster=str(people.roster),
    )


_NOT_ON_LIST = f"FROM read_parquet($path) WHERE disposition = '{Disposition.NOT_ON_LIST}'"
