"""What an earlier plan says of everybody: the table `earlier` (address, fingerprint, had, delivery).

`fingerprint`: null where another export has sent other values since.

`delivery`: what is known of the values that were sent to an address.
- 0: Constant Contact has them;
- above 0: they lay twice in a batch that it did not accept completely, the second time in the batch with this id;
- AGAIN: they did once, so they are sent once more;
- NOT_THERE: they were sent twice, and the address was not on the list when that was read back;
- null: it is not known whether they arrived, so they are sent like any others.
The column is missing where every one would be 0 or null.

What the list said when it was read back counts more than what Constant Contact counted: docs/decisions/0010.
Whoever is on it, and was changed there since they were sent, has arrived. Whoever is not, has not, and is never called
unchanged.

`had`: a bit for each target of which Constant Contact may have a value (columns.filled_marks).

Addresses are compared by a hash of 64 bits and so are values, each by its own: by one alone somebody among a million
would pass for unchanged once in ten million runs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from duckdb import DuckDBPyConnection

from . import columns
from .dispositions import SENT_AGAIN, Disposition
from .people import People
from .sql import listed, number_of

AGAIN, NOT_THERE = -1, -2
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
    # The run of the plan, once whom it sent is in the roster; 0: what the list says can't be compared with it.
    run: int = 0
    # When each of its unclear and unknown batches was begun to be sent, by number; and of batches of earlier runs in
    # which unconfirmed profiles lay, by id: the run, and when.
    sent: Mapping[int, datetime] = field(default_factory=dict)
    sent_before: Mapping[int, tuple[int, datetime]] = field(default_factory=dict)


def read_baseline(
    duck: DuckDBPyConnection, baseline: Baseline, targets: Sequence[str], people: People | None = None
) -> bool:
    """Make `earlier`, of which `had` is null where the plan is one of a version that did not write it down.

    Who was erased since has no address in the plan any more (exports.erasing.plans).
    Returns whether `delivery` is missing there, since everybody who was sent has arrived.
    """
    marks = columns.type_of_marks(targets)
    had = f"NULL::{marks}"
    if has_marks(duck, baseline.path):
        arrived = {*baseline.confirmed, *baseline.unclear, *baseline.unknown}
        had = f"(sent_before | CASE WHEN {_in(arrived)} THEN filled ELSE 0 END)::{marks}"
    is_resolved = _resolve(duck, baseline, people or People())
    is_certain = baseline.is_certain and not is_resolved
    delivery = "" if is_certain else f", ({_delivery(baseline, is_resolved=is_resolved)})::INTEGER AS delivery"
    resolved = "LEFT JOIN resolved ON resolved.address = hash(plan.email)" if is_resolved else ""
    duck.execute(
        f"""
        CREATE TEMP TABLE earlier AS SELECT hash(plan.email) AS address, fingerprint, {had} AS had {delivery}
        FROM read_parquet($path) AS plan {resolved} WHERE disposition IN {_ONE_PER_ADDRESS} AND plan.email <> ''
        """,  # noqa: S608 - names and whole numbers of ours
        {"path": str(baseline.path)},
    )
    return is_certain


def _resolve(duck: DuckDBPyConnection, baseline: Baseline, people: People) -> bool:
    """Make `resolved` (address, is_there, run_id, updated) of what the list says of people, if anybody can learn of it.

    `is_there`: true, they are on the list, where the contact was changed when `updated` says, and this run sent them
    last; false, they are not; null, they were taken off it. Where nothing is in doubt, who is there is left out.
    """
    if people.roster is None:
        return False
    runs = {baseline.run, *(run for run, _at in baseline.sent_before.values())} - {0}
    numbers = ", ".join(str(int(run)) for run in runs)
    is_in_doubt = bool(runs) and not baseline.is_certain
    duck.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE resolved AS SELECT address, is_there, run_id, updated FROM (
            SELECT hash(email) AS address, run_id, updated, removed IS NOT NULL AS was_removed, CASE
                WHEN removed IS NOT NULL THEN NULL
                WHEN NOT on_list AND "left" IS NULL THEN false
                WHEN on_list AND {f"run_id IN ({numbers})" if is_in_doubt else "false"} THEN true
            END AS is_there FROM read_parquet($path)
        ) WHERE was_removed OR is_there IS NOT NULL
        """,  # noqa: S608 - numbers of ours
        {"path": str(people.roster)},
    )
    return bool(number_of(duck, "SELECT count(*) FROM resolved"))


def _delivery(baseline: Baseline, *, is_resolved: bool) -> str:
    twice = " ".join(f"WHEN {int(number)} THEN {int(pk)}" for number, pk in baseline.unclear.items())
    unclear = f"CASE batch {twice} END" if twice else "NULL"
    return f"""CASE
        {_by_the_list(baseline) if is_resolved else ""}
        WHEN disposition = '{Disposition.NOT_ON_LIST}' THEN NULL
        WHEN disposition = '{Disposition.UNCHANGED}' THEN 0
        WHEN disposition = '{Disposition.UNCONFIRMED}' THEN reason::INTEGER
        WHEN {_in(baseline.confirmed)} THEN 0
        WHEN reason = '{SENT_AGAIN}' THEN coalesce({unclear}, {AGAIN})
        WHEN {_in(baseline.unclear)} THEN {AGAIN}
    END"""


def _by_the_list(baseline: Baseline) -> str:
    """What the list says, of rows joined with `resolved`. Of a batch that was not imported it can't say anything."""
    before = baseline.sent_before
    run = _cases("reason", {f"'{int(pk)}'": str(int(run)) for pk, (run, _at) in before.items()})
    then = _cases("reason", {f"'{int(pk)}'": _since(at) for pk, (_run, at) in before.items()})
    now = _cases("batch", {str(int(number)): _since(at) for number, at in baseline.sent.items()})
    sent = f"(disposition = '{Disposition.SEND}')"
    # What the list said before the plan was sent says nothing of who was.
    was_imported = f"{sent} AND {_in({*baseline.confirmed, *baseline.unclear} if baseline.run else ())}"
    in_doubt = f"{sent} AND {_in({*baseline.unclear, *baseline.unknown})}"
    twice = listed((Disposition.UNCONFIRMED, Disposition.NOT_ON_LIST))
    return f"""
        WHEN resolved.address IS NOT NULL AND is_there IS NULL THEN NULL
        WHEN NOT is_there AND disposition IN {twice} THEN {NOT_THERE}
        WHEN NOT is_there AND disposition = '{Disposition.UNCHANGED}' THEN {AGAIN}
        WHEN NOT is_there AND {was_imported} AND reason = '{SENT_AGAIN}' THEN {NOT_THERE}
        WHEN NOT is_there AND {was_imported} THEN {AGAIN}
        WHEN is_there AND {in_doubt} AND run_id = {int(baseline.run)} AND updated >= {now} THEN 0
        WHEN is_there AND disposition = '{Disposition.UNCONFIRMED}' AND run_id = {run} AND updated >= {then} THEN 0
    """


def _cases(column: str, values: Mapping[str, str]) -> str:
    return (
        f"CASE {column} {' '.join(f'WHEN {key} THEN {value}' for key, value in values.items())} END"
        if values
        else "NULL"
    )


def _since(at: datetime) -> str:
    """A moment as files of people have it; Constant Contact's moments are of whole seconds."""
    return f"TIMESTAMP '{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}'"


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
_ONE_PER_ADDRESS = listed((Disposition.SEND, Disposition.UNCHANGED, Disposition.UNCONFIRMED, Disposition.NOT_ON_LIST))
