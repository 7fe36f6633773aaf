"""Addresses on the list that this export added and that no candidate has: of people who left its segments, and former
addresses of people who are still in them.

They are rows of the plan, but no candidates: nobody selected them. What is to become of each stands in its reason,
`keep` or `remove` of a leaver; of a former address one of these or `show`, and the address that the profile has now.
An address that another export of the list still wants is neither.
"""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from exports.models import Export

from .dispositions import FAULTY, OFF_THE_LIST, Disposition
from .kept_out import of_comparable_runs
from .people import People
from .sql import listed, number_of, quoted

TO_REMOVE = "to_remove"  # of the counts of a plan: how many of these it takes off the list
_WANTED = listed((Disposition.SEND, Disposition.UNCHANGED, Disposition.UNCONFIRMED, Disposition.NOT_ON_LIST))


def find(duck: DuckDBPyConnection, people: People) -> dict[str, int]:
    """Make `gone` (profile_id, email, disposition, reason), and return what `counts` says of it.

    It needs `candidate` (place, address, disposition), `addressed` (place, profile_id, email) and `kept_out`.
    """
    if people.roster is None:
        return {}
    _find_nobodys(duck, people)
    if not number_of(duck, "SELECT count(*) FROM nobodys"):
        return {}
    _name_them(duck, people)
    return counts(duck, "gone")


def counts(duck: DuckDBPyConnection, rows: str) -> dict[str, int]:
    """Return how many of such rows there are of each disposition, and how many of them are to be removed."""
    found = duck.execute(f"""
        SELECT disposition, count(*), count(*) FILTER (reason = 'remove' OR reason LIKE 'remove %') FROM {rows}
        GROUP BY disposition ORDER BY disposition
    """).fetchall()  # noqa: S608 - a name of ours
    to_remove = sum(int(removed) for _kind, _count, removed in found)
    return {str(kind): int(count) for kind, count, _removed in found} | ({TO_REMOVE: to_remove} if to_remove else {})


def _find_nobodys(duck: DuckDBPyConnection, people: People) -> None:
    """Make `nobodys`: addresses that we added, that are on the list as far as is known, and that nobody has now."""
    duck.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE nobodys AS
        SELECT email, profile_id, {of_comparable_runs(people)} AS is_comparable FROM read_parquet($path) AS roster
        WHERE export_id = $export AND "left" IS NULL AND removed IS NULL AND coalesce(on_list, true)
          AND NOT EXISTS (FROM candidate WHERE candidate.address = hash(roster.email))
          AND NOT EXISTS (FROM kept_out WHERE kept_out.email = roster.email AND kind IN {listed(OFF_THE_LIST)})
        """,  # noqa: S608 - words and numbers of ours
        {"path": str(people.roster), "export": people.export_id},
    )
    for plan in people.wanted_elsewhere:
        duck.execute(f"""
            DELETE FROM nobodys WHERE email IN (
                SELECT email FROM read_parquet('{quoted(plan)}') WHERE disposition IN {_WANTED}
            )
        """)  # noqa: S608 - words and a path of ours


def _name_them(duck: DuckDBPyConnection, people: People) -> None:
    """A former address is one of a profile that is among the candidates with another address.

    It is kept where there is nothing to take its place: where the new address is missing or faulty.
    """
    keep, chosen = Export.FormerAddresses.KEEP.value, Export.FormerAddresses(people.former_addresses).value
    if_faulty = keep if chosen == Export.FormerAddresses.REMOVE else chosen
    duck.execute(f"""
        CREATE OR REPLACE TEMP TABLE gone AS
        WITH now AS (
            SELECT profile_id, any_value(email) AS email, any_value(place) AS place FROM addressed
            WHERE profile_id IN (SELECT profile_id FROM nobodys WHERE is_comparable AND profile_id <> '')
            GROUP BY profile_id HAVING count(*) = 1
        )
        SELECT nobodys.profile_id, nobodys.email,
               CASE WHEN now.place IS NULL THEN '{Disposition.LEAVER}' ELSE '{Disposition.FORMER_ADDRESS}' END
                   AS disposition,
               CASE WHEN now.place IS NULL THEN '{Export.Leavers(people.leavers).value}'
                    ELSE concat(CASE WHEN candidate.disposition::VARCHAR IN {listed(FAULTY)} THEN '{if_faulty}'
                                     ELSE '{chosen}' END,
                                ' ', coalesce(nullif(now.email, ''), '-'))
               END AS reason
        FROM nobodys LEFT JOIN now ON nobodys.is_comparable AND nobodys.profile_id = now.profile_id
        LEFT JOIN candidate ON candidate.place = now.place
        ORDER BY nobodys.email
    """)  # noqa: S608 - words of ours
