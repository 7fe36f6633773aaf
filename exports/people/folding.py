"""How a reading of the list, a run and a removal change a roster: the rules, as SQL over small columns.

Each function returns the query of what the table `roster` is afterwards; no row passes through Python. Moments are of
our own clock: that of a job by which the list was read back is when it was asked for, so whatever was sent or removed
later is not judged by it.

- Who is there is on the list. Who is there although they had left, were removed by us, or were not there when they were
  looked for last, came by their own doing; so did who is there and was never sent. They are not ours.
- Who is not there and was: they left, unless we removed them or they opted out, which says it then.
- Who is not there and never was, although an import that had them is over: missing (`on_list` is false).
- Who may be in an import that is still under way is not judged.
- A run makes those its export's own whom it sends and who were not on the list, as far as is known; but only when the
  list was read back before it. Who was there before our first sending stays not ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from duckdb import DuckDBPyConnection

from .files import naive, quoted

# name → type, in the order of the file. "left" and "at" are words of SQL, so names stand in quotes.
COLUMNS = {
    "email": "VARCHAR",
    "contact_id": "VARCHAR",  # "": not known
    "profile_id": "VARCHAR",  # "": never sent by us
    "export_id": "BIGINT",  # that added them; null: not ours, never removed
    "first_sent": "TIMESTAMP",
    "last_sent": "TIMESTAMP",
    "run_id": "BIGINT",  # that sent them last
    "imported": "TIMESTAMP",  # when the import that had them last was seen to be over; null: not known to be
    "confirmed": "TIMESTAMP",  # when they were last known to be on the list; null: never, or not since they were off it
    "on_list": "BOOLEAN",  # at the last reading after their last sending; null: not read since
    "updated": "TIMESTAMP",  # theirs, at the last reading
    "left": "TIMESTAMP",  # since when they are known to have left by themselves
    "removed": "TIMESTAMP",  # when we took them off
    "removed_by_run": "BIGINT",
}
# Until then an import that nobody saw end may be under way: as long as a run waits for one.
LONGEST_IMPORT = timedelta(days=1)
_NAMES = ", ".join(f'"{name}"' for name in COLUMNS)


@dataclass(frozen=True, slots=True)
class SentBatch:
    """A batch that may have arrived. `imported`: when it was seen to be over; `confirmed`: when all of it was seen to
    be accepted, so that everybody of it was on the list."""

    number: int
    sent: datetime
    imported: datetime | None = None
    confirmed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The query of a roster as it is afterwards, and its values."""

    query: str
    values: Mapping[str, object]


def stage(duck: DuckDBPyConnection, path: Path | None) -> None:
    """Make the file of a roster the view `roster`; None: an empty one."""
    if path is None:
        columns = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in COLUMNS.items())
        query = f"SELECT {columns} WHERE false"
    else:
        query = f"SELECT {_NAMES} FROM read_parquet('{quoted(path)}')"  # noqa: S608 - names of ours
    duck.execute(f"CREATE OR REPLACE TEMP VIEW roster AS {query}")


def read_back(at: datetime, *, opt_outs: Path | None = None) -> Change:
    """What the table `reading` (email, contact_id, is_opted_out, updated) changes: who was on the list at `at`.

    `opt_outs`: the file of who opted out of the account or was deleted.
    """
    values: dict[str, object] = {"at": naive(at), "longest": LONGEST_IMPORT}
    gone = "SELECT NULL::VARCHAR AS email WHERE false"
    if opt_outs is not None:
        gone = "SELECT email FROM read_parquet($opt_outs)"
        values["opt_outs"] = str(opt_outs)
    query = f"""
        WITH compared AS (
            SELECT r.*, coalesce(r.email, t.email) AS address, t.email IS NOT NULL AS is_there,
                t.contact_id AS their_id, t.updated AS their_updated,
                coalesce(r.removed > $at, false) OR coalesce(r.last_sent > $at, false)
                    OR (t.email IS NULL AND coalesce(coalesce(r.imported, r.last_sent + $longest) > $at, false))
                    AS is_later,
                r.on_list IS FALSE OR r."left" IS NOT NULL OR r.removed IS NOT NULL AS came_back,
                r.confirmed IS NOT NULL AND r.removed IS NULL AND r."left" IS NULL AND g.email IS NULL AS has_left
            FROM roster r
            FULL JOIN (SELECT * FROM reading WHERE NOT is_opted_out) t ON r.email = t.email
            LEFT JOIN ({gone}) g ON r.email = g.email
        )
        SELECT address AS email,
            CASE WHEN is_there AND their_id <> '' THEN their_id ELSE coalesce(contact_id, '') END AS contact_id,
            coalesce(profile_id, '') AS profile_id,
            CASE WHEN is_there AND came_back AND NOT is_later THEN NULL ELSE export_id END AS export_id,
            first_sent, last_sent, run_id, imported,
            CASE WHEN is_later OR NOT is_there THEN confirmed ELSE $at END AS confirmed,
            CASE WHEN is_later THEN on_list ELSE is_there END AS on_list,
            CASE WHEN is_later OR NOT is_there THEN updated ELSE their_updated END AS updated,
            CASE WHEN is_later THEN "left" WHEN is_there THEN NULL WHEN has_left THEN $at ELSE "left" END AS "left",
            CASE WHEN is_later OR NOT is_there THEN removed END AS removed,
            CASE WHEN is_later OR NOT is_there THEN removed_by_run END AS removed_by_run
        FROM compared
    """  # noqa: S608 - SQL of ours
    return Change(query, values)


def fold(
    duck: DuckDBPyConnection,
    plan: Path,
    batches: Sequence[SentBatch],
    *,
    run_id: int,
    export_id: int | None,
    unchanged_since: datetime | None = None,
) -> Change:
    """What a run changes: everybody of its plan who is in one of `batches` was sent. A second time changes nothing.

    `export_id`: whose own they become where they were not on the list; None: nobody's, for it was not read before.
    `unchanged_since`: those whom the plan calls unchanged were known to be on the list then.
    """
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE batches (number INTEGER, sent TIMESTAMP, imported TIMESTAMP, confirmed TIMESTAMP)"
    )
    for each in batches:
        row = [each.number, naive(each.sent), naive(each.imported), naive(each.confirmed)]
        duck.execute("INSERT INTO batches VALUES (?, ?, ?, ?)", row)
    query = """
        WITH sent AS (
            SELECT p.email, p.profile_id, coalesce(b.sent, $since) AS sent, coalesce(b.imported, $since) AS imported,
                coalesce(b.confirmed, $since) AS confirmed
            FROM read_parquet($plan) p LEFT JOIN batches b ON p.batch = b.number
            WHERE b.number IS NOT NULL OR (p.disposition = 'unchanged' AND $since::TIMESTAMP IS NOT NULL)
        ),
        compared AS (
            SELECT r.*, s.email AS address, s.profile_id AS sent_profile, s.sent, s.imported AS sent_imported,
                s.confirmed AS sent_confirmed,
                s.email IS NOT NULL AND r.run_id IS DISTINCT FROM $run AS is_new,
                r.email IS NULL OR r.on_list IS FALSE AS was_off
            FROM roster r FULL JOIN sent s ON r.email = s.email
        )
        SELECT coalesce(email, address) AS email, coalesce(contact_id, '') AS contact_id,
            CASE WHEN is_new THEN sent_profile ELSE profile_id END AS profile_id,
            CASE WHEN is_new AND was_off THEN coalesce($export::BIGINT, export_id) ELSE export_id END AS export_id,
            coalesce(first_sent, sent) AS first_sent,
            CASE WHEN is_new THEN sent ELSE last_sent END AS last_sent,
            CASE WHEN is_new THEN $run::BIGINT ELSE run_id END AS run_id,
            CASE WHEN is_new THEN sent_imported ELSE imported END AS imported,
            CASE WHEN is_new AND (was_off OR sent_confirmed IS NOT NULL) THEN sent_confirmed ELSE confirmed
                END AS confirmed,
            CASE WHEN NOT is_new THEN on_list END AS on_list,
            updated,
            CASE WHEN NOT is_new THEN "left" END AS "left",
            CASE WHEN NOT is_new THEN removed END AS removed,
            CASE WHEN NOT is_new THEN removed_by_run END AS removed_by_run
        FROM compared
    """
    values = {"plan": str(plan), "since": naive(unchanged_since), "run": run_id, "export": export_id}
    return Change(query, values)


def note_removed(removed: Path, at: datetime, *, run_id: int) -> Change:
    """What a removal changes: the addresses (`email`) of the Parquet file `removed` were taken off the list by a run.
    A second time changes nothing."""
    query = """
        SELECT r.* REPLACE (
            CASE WHEN is_new THEN false ELSE on_list END AS on_list,
            CASE WHEN NOT is_new THEN "left" END AS "left",
            CASE WHEN is_new THEN $at ELSE removed END AS removed,
            CASE WHEN is_new THEN $run::BIGINT ELSE removed_by_run END AS removed_by_run
        )
        FROM (
            SELECT r.*, g.email IS NOT NULL AND r.removed_by_run IS DISTINCT FROM $run AS is_new FROM roster r
            LEFT JOIN (SELECT DISTINCT email FROM read_parquet($removed)) g ON r.email = g.email
        ) r
    """
    return Change(f"SELECT {_NAMES} FROM ({query})", {"at": naive(at), "run": run_id, "removed": str(removed)})  # noqa: S608


def missing_by_batch(duck: DuckDBPyConnection, plan: Path) -> dict[int, int]:
    """Return how many of each batch of a plan are not on the list, as the table `roster` knows it."""
    rows = duck.execute(
        """
        SELECT p.batch, count(*) FILTER (r.on_list IS FALSE) FROM read_parquet($plan) p JOIN roster r USING (email)
        WHERE p.batch IS NOT NULL GROUP BY ALL
        """,
        {"plan": str(plan)},
    ).fetchall()
    return {int(batch): int(missing) for batch, missing in rows}
