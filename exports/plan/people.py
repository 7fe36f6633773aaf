"""What a plan is told of people: the files that say who is on the list, who left it, who opted out, and what is wanted.

All of it is optional: without a file nothing is known, and nobody is kept out or called a leaver.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from exports.models import Export


@dataclass(frozen=True, slots=True)
class People:
    """Columns of the files: exports.people. `export_id`: whose plan it is."""

    export_id: int = 0
    roster: Path | None = None
    opt_outs: Path | None = None
    was_read: bool = False  # whether the list was ever read back: an address that the roster lacks is not on it then
    leavers: str = Export.Leavers.KEEP.value
    former_addresses: str = Export.FormerAddresses.SHOW.value
    # Makes the table `suppressed` (email, reason) of the addresses that a query in parentheses finds (email):
    # exports.people.suppressions.stage for the connection. None: nobody is asked.
    stage_suppressed: Callable[[DuckDBPyConnection, str], None] | None = None
    # Plans of what other exports of the same list sent last: whom they still want there.
    wanted_elsewhere: Sequence[Path] = ()
    # Runs whose profiles come from the same source as these, and from no other: with them a profile's key means the
    # same profile. Of all others it may be another's, since two sources may have the same keys.
    comparable_runs: Collection[int] = ()

    @property
    def files(self) -> list[Path]:
        return [path for path in (self.roster, self.opt_outs, *self.wanted_elsewhere) if path is not None]


# Of each address of the roster: 1, on the list; 0, not on it; 2, not known. See `read_roster`.
NOT_THERE, THERE, UNKNOWN = 0, 1, 2


def read_roster(duck: DuckDBPyConnection, people: People) -> bool:
    """Make the table `rostered` (address: a hash, there); False without a roster."""
    if people.roster is None:
        return False
    duck.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE rostered AS SELECT hash(email) AS address, CASE
            WHEN "left" IS NOT NULL OR removed IS NOT NULL THEN {NOT_THERE}
            WHEN on_list THEN {THERE} WHEN NOT on_list THEN {NOT_THERE} ELSE {UNKNOWN}
        END::TINYINT AS there FROM read_parquet($path)
        """,  # noqa: S608 - numbers of ours
        {"path": str(people.roster)},
    )
    return True
