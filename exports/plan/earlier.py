"""What an earlier plan says of everybody: the table `earlier` (address, fingerprint, had, delivery).

`fingerprint`: null where another export has sent other values since.

`delivery`: what is known of the values that were sent to an address.
- 0: Constant Contact has them;
- above 0: they lay twice in a batch that it did not accept completely, the second time in the batch with this id;
- AGAIN: they did once, so they are sent once more;
- null: it is not known whether they arrived, so they are sent like any others.
The column is missing where every one would be 0 or null.

`had`: a bit for each target of which Constant Contact may have a value (columns.filled_marks).

Addresses are compared by a hash of 64 bits and so are values, each by its own: by one alone somebody among a million
would pass for unchanged once in ten million runs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from duckdb import DuckDBPyConnection

from . import columns
from .dispositions import SENT_AGAIN, Disposition
from .sql import listed

AGAIN = -1
# Of a row that is sent, a bit for each target that was sent before and is empty now.
EMPTIED = "sent_before - (sent_before & (filled | withheld))"


@dataclass(frozen=True, slots=True)
class Overwriting:
    """The plan of another export that wrote into the same fields of the same account since the baseline was made."""

    path: Path
    batches: Collection[int]  # those that Constant Contact may have imported
    shared: Mapping[int, int]  # position of a target here → there


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier plan with the same targets, and what became of its batches. Those named nowhere were not imported."""

    path: Path
    confirmed: Collection[int]  # Constant Contact has each of their profiles, with the values that were sent
    unclear: Mapping[int, int] = field(default_factory=dict)  # not all were accepted, nobody knows whose: number → id
    unknown: Collection[int] = ()  # perhaps imported: nobody was told
    overwriting: Sequence[Overwriting] = ()
    # Whether each batch was confirmed and nobody is unconfirmed: then why a profile was sent need not be read.
    is_certain: bool = False
    strict: Collection[int] = ()  # as in build.Request: a faulty value of these left people out of it


def read_baseline(duck: DuckDBPyConnection, baseline: Baseline, targets: Sequence[str]) -> None:
    """Make `earlier`, of which `had` is null where the plan is one of a version that did not write it down.

    Who was erased since has no address in the plan any more (exports.erasing.plans).
    """
    marks = columns.type_of_marks(targets)
    had = f"NULL::{marks}"
    if has_marks(duck, baseline.path):
        arrived = {*baseline.confirmed, *baseline.unclear, *baseline.unknown}
        had = f"(sent_before | CASE WHEN {_in(arrived)} THEN filled ELSE 0 END)::{marks}"
    delivery = "" if baseline.is_certain else f", ({_delivery(baseline)})::INTEGER AS delivery"
    duck.execute(
        f"""
        CREATE TEMP TABLE earlier AS SELECT hash(email) AS address, fingerprint, {had} AS had {delivery}
        FROM read_parquet($path) WHERE disposition IN {_ONE_PER_ADDRESS} AND email <> ''
        """,  # noqa: S608 - names and whole numbers of ours
        {"path": str(baseline.path)},
    )


def _delivery(baseline: Baseline) -> str:
    twice = " ".join(f"WHEN {int(number)} THEN {int(pk)}" for number, pk in baseline.unclear.items())
    unclear = f"CASE batch {twice} END" if twice else "NULL"
    return f"""CASE
        WHEN disposition = '{Disposition.UNCHANGED}' THEN 0
        WHEN disposition = '{Disposition.UNCONFIRMED}' THEN reason::INTEGER
        WHEN {_in(baseline.confirmed)} THEN 0
        WHEN reason = '{SENT_AGAIN}' THEN coalesce({unclear}, {AGAIN})
        WHEN {_in(baseline.unclear)} THEN {AGAIN}
    END"""


def has_marks(duck: DuckDBPyConnection, path: Path) -> bool:
    """Whether the plan says which values were sent: those of earlier versions don't."""
    return "sent_before" in columns_of(duck, path)


def columns_of(duck: DuckDBPyConnection, path: Path) -> set[str]:
    return {str(row[0]) for row in duck.execute("DESCRIBE FROM read_parquet($path)", {"path": str(path)}).fetchall()}


def forget_overwritten(duck: DuckDBPyConnection, baseline: Baseline, targets: Sequence[str]) -> None:
    """Take from `earlier` whose values another export has replaced by others since: they are sent again.

    Values are compared, not just who is in both: else two exports that agree would send each other's people for ever.
    `profile` holds the values as they would be sent now.
    """
    for other in baseline.overwriting:
        known = {f"sent_{there}" for there in other.shared.values()} <= columns_of(duck, other.path)
        differs = "true"  # of a version that did not write down what it sent
        if known:
            differs = " OR ".join(
                f"other.sent_{int(there)} <> {columns.value_hash(columns.accepted(here, targets)).sql('duckdb')}"
                for here, there in other.shared.items()
            )
        duck.execute(
            f"""
            UPDATE earlier SET fingerprint = NULL WHERE address IN (
                SELECT hash(profile.email) FROM profile_read AS profile
                JOIN (SELECT * FROM read_parquet($path) WHERE {_in(other.batches)}) AS other USING (email)
                WHERE {differs}
            )
            """,  # noqa: S608 - names and whole numbers of ours
            {"path": str(other.path)},
        )


def _in(batches: Collection[int]) -> str:
    numbers = ", ".join(str(int(number)) for number in batches)
    return f"coalesce(batch IN ({numbers}), false)" if numbers else "false"


# Of a plan's rows with these an address has one at most: duplicates are set aside.
_ONE_PER_ADDRESS = listed((Disposition.SEND, Disposition.UNCHANGED, Disposition.UNCONFIRMED))
