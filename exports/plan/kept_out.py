"""Who is kept off the list, whatever their values are: the tables that decide it, made of what is known of people.

`kept_out` (email, kind, reason) has a row for each address that nobody is sent to; `kept_out_here` (place, kind,
reason) one for each candidate who is left out though nothing is known against the address itself. `kind` is a
disposition, `reason` what the plan says of it, in words with one blank between:

- opted_out, deleted: when, or -; and what their service says of it, or -;
- left_list: when, and `list`;
- suppressed: when, and the number of the suppression;
- no_consent: nothing;
- address_changed: the kind of the former address, and that address.

Each source of such addresses is a part: a query of (email, kind, reason).
"""

from __future__ import annotations

from pathlib import Path

from duckdb import DuckDBPyConnection

from .dispositions import KEPT_OUT, Disposition
from .people import People
from .sql import listed, number_of, quoted

# Whoever is left out for one of these has no address that anything could be known of.
_HAS_NO_ADDRESS = listed(
    (
        Disposition.NO_EMAIL,
        Disposition.INVALID_EMAIL,
        Disposition.INVISIBLE_IN_EMAIL,
        Disposition.DUPLICATE,
    )
)
# `detail` of one whose address is too long is 0: see candidates.
MAY_BE_SENT = f"(disposition NOT IN {_HAS_NO_ADDRESS} AND NOT (disposition = 'too_long' AND detail = 0))"


def find(duck: DuckDBPyConnection, people: People) -> int:
    """Make `kept_out`, and return how many addresses it has. Of several kinds, the first of KEPT_OUT counts.

    It needs `addressed` (place, profile_id, email).
    """
    parts = [part for part in (_opted_out(people.opt_outs), _left(people.roster), _suppressed(duck, people)) if part]
    order = " ".join(f"WHEN '{kind}' THEN {place}" for place, kind in enumerate(KEPT_OUT))
    every = " UNION ALL ".join(parts) or "SELECT '' AS email, '' AS kind, '' AS reason WHERE false"
    duck.execute(f"""
        CREATE OR REPLACE TEMP TABLE kept_out AS
        SELECT email, kind, reason FROM ({every})
        QUALIFY row_number() OVER (PARTITION BY email ORDER BY CASE kind {order} END, reason) = 1
    """)  # noqa: S608 - words and paths of ours
    return number_of(duck, "SELECT count(*) FROM kept_out")


def find_here(duck: DuckDBPyConnection, people: People) -> int:
    """Make `kept_out_here`: profiles without consent, and those whose address is another than the one last sent, when
    that one is kept out.

    It needs `kept_out`, `without_consent` (place) and `addressed` (place, profile_id, email). Returns how many.
    """
    duck.execute("CREATE OR REPLACE TEMP TABLE kept_out_here (place BIGINT, kind VARCHAR, reason VARCHAR)")
    duck.execute(f"INSERT INTO kept_out_here SELECT place, '{Disposition.NO_CONSENT}', '' FROM without_consent")  # noqa: S608
    if people.roster is not None and people.comparable_runs and number_of(duck, "SELECT count(*) FROM kept_out"):
        _find_changed_addresses(duck, people, people.roster)
    return number_of(duck, "SELECT count(*) FROM kept_out_here")


def _find_changed_addresses(duck: DuckDBPyConnection, people: People, path: Path) -> None:
    """Whoever is on the list with the new address by their own doing is not meant."""
    roster = f"read_parquet('{quoted(path)}')"
    duck.execute(f"""
        INSERT INTO kept_out_here
        WITH sent AS (
            SELECT profile_id, email, last_sent FROM {roster}
            WHERE profile_id <> '' AND last_sent IS NOT NULL AND {of_comparable_runs(people)}
        ), last_one AS (
            SELECT profile_id, arg_max(email, last_sent) AS email FROM sent
            WHERE profile_id IN (SELECT profile_id FROM sent SEMI JOIN kept_out USING (email))
            GROUP BY profile_id
        ), now AS (
            SELECT any_value(place) AS place, profile_id, any_value(email) AS email FROM addressed
            SEMI JOIN last_one USING (profile_id) GROUP BY profile_id HAVING count(*) = 1
        )
        SELECT now.place, '{Disposition.ADDRESS_CHANGED}', concat(kept_out.kind, ' ', kept_out.email)
        FROM last_one JOIN kept_out USING (email) JOIN now USING (profile_id)
        WHERE now.email <> last_one.email AND now.place NOT IN (SELECT place FROM without_consent)
          AND now.email NOT IN (SELECT email FROM {roster} WHERE on_list AND export_id IS NULL)
    """)  # noqa: S608 - words, numbers and paths of ours


def leave_out(duck: DuckDBPyConnection, has_earlier: bool) -> None:
    """Leave out of `candidate` whoever is kept out. Duplicates are set aside before: they stay duplicates."""
    had = ", had = 0" if has_earlier else ""
    for found in ("kept_out.email IS NOT NULL AND address = hash(kept_out.email)", "candidate.place = kept_out.place"):
        table = "kept_out" if "address" in found else "kept_out_here AS kept_out"
        duck.execute(f"""
            UPDATE candidate SET disposition = kept_out.kind::verdict, detail = NULL {had}
            FROM {table} WHERE {found} AND {MAY_BE_SENT} AND disposition NOT IN {listed(KEPT_OUT)}
        """)  # noqa: S608 - words of ours


def is_as_planned(duck: DuckDBPyConnection, plan: Path) -> bool:
    """Whether a plan leaves out the very people who are kept out now, for the same reasons.

    It needs `kept_out` and `kept_out_here`, of which the places are the numbers of the plan's rows.
    """
    is_anybody = number_of(duck, "SELECT (SELECT count(*) FROM kept_out) + (SELECT count(*) FROM kept_out_here)")
    sendable = (Disposition.SEND, Disposition.UNCHANGED, Disposition.UNCONFIRMED)
    asked = listed((*KEPT_OUT, *sendable) if is_anybody else KEPT_OUT)
    return not number_of(
        duck,
        f"""
        SELECT count(*) FROM (
            SELECT file_row_number AS place, email, disposition, reason
            FROM read_parquet($path, file_row_number = true) WHERE disposition IN {asked}
        ) AS planned
        LEFT JOIN kept_out USING (email) LEFT JOIN kept_out_here AS here USING (place)
        WHERE coalesce(kept_out.kind, here.kind, '')
                  IS DISTINCT FROM CASE WHEN disposition IN {listed(KEPT_OUT)} THEN disposition ELSE '' END
           OR coalesce(kept_out.reason, here.reason, '')
                  IS DISTINCT FROM CASE WHEN disposition IN {listed(KEPT_OUT)} THEN planned.reason ELSE '' END
        """,  # noqa: S608 - words of ours
        path=str(plan),
    )


def of_comparable_runs(people: People) -> str:
    """The condition that the key of a profile in the roster is one of the source of this plan."""
    numbers = ", ".join(str(int(pk)) for pk in people.comparable_runs)
    return f"run_id IN ({numbers})" if numbers else "false"


def _opted_out(path: Path | None) -> str:
    if path is None:
        return ""
    return f"""
        SELECT email, kind, concat({_moment('"at"')}, ' ', coalesce(nullif(trim(source), ''), '-')) AS reason
        FROM read_parquet('{quoted(path)}')
    """  # noqa: S608 - a path of ours


def _left(path: Path | None) -> str:
    if path is None:
        return ""
    return f"""
        SELECT email, '{Disposition.LEFT_LIST}' AS kind, concat({_moment('"left"')}, ' list') AS reason
        FROM read_parquet('{quoted(path)}') WHERE "left" IS NOT NULL
    """  # noqa: S608 - a path of ours


def _suppressed(duck: DuckDBPyConnection, people: People) -> str:
    """Of the candidates, and of the addresses that their profiles had before."""
    if people.stage_suppressed is None:
        return ""
    emails = "SELECT email FROM addressed WHERE email <> ''"
    if people.roster is not None:
        emails += f" UNION ALL SELECT email FROM read_parquet('{quoted(people.roster)}') WHERE profile_id <> ''"  # noqa: S608
    people.stage_suppressed(duck, f"({emails})")
    return f"SELECT email, '{Disposition.SUPPRESSED}' AS kind, reason FROM suppressed"  # noqa: S608 - a word of ours


def _moment(column: str) -> str:
    return f"coalesce(strftime({column}, '%Y-%m-%dT%H:%M:%SZ'), '-')"
