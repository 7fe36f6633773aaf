"""A plan by name: who is new to the list, whose values change and from what, who is taken off, who is left out.

What the list was seen to hold before the run tells who is new to it (the column `on_list`). Of an address of which that
is not known, and in plans of before, the earlier plan tells: whoever it sent, or found unchanged, is taken to be there.

Old values are read from earlier plans, the last one that sent somebody; so many of them are asked and no more.

It holds people. Whoever shows or hands out rows asks permissions.can_see_people first.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from duckdb import DuckDBPyConnection

from engine.sessions import open_engine
from exports.models import Run
from jobs.limits import WAITS
from profiles.blanks import BLANKS

from .baseline import batch_outcomes
from .dispositions import NO_CANDIDATES, Disposition
from .earlier import columns_of
from .payloads import values_of
from .reader import READER_MEMORY, PlanReader, Row, plan_of
from .sql import listed

EARLIER_PLANS = 10  # so many are asked for the values that somebody was sent last
SECONDS = WAITS.people  # and for so long, of one page
PIECE = 10_000  # rows of a download whose old values are looked for at once


class Kind(TextChoices):
    ADDED = "added", _("New to the list")
    CHANGED = "changed", _("On the list already")
    REMOVED = "removed", _("Taken off the list")
    STAYS = "stays", _("Stays on the list")
    LEFT_OUT = "left_out", _("Left out")
    UNCHANGED = "unchanged", _("Unchanged")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which rows are meant: of one kind, of one disposition, with a text in the address, or with it as their key."""

    kind: str = ""
    disposition: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    by_kind: Mapping[str, int]
    by_disposition: Mapping[str, int]  # of the kind that is chosen
    found: int  # rows that are meant
    unread: int  # of those who are sent: it is not known whether the list had them


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody was sent before: the values by target, when and by which run."""

    values: Mapping[str, str]
    run: int
    at: datetime | None
    is_certain: bool  # whether Constant Contact said that it has them


@dataclass(frozen=True, slots=True)
class Change:
    """A value of somebody who is sent. No `after`: it is empty now, so Constant Contact keeps the old one."""

    target: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Named:
    """One row of the plan. `place`: its number in the plan. `earlier`: None where it is not known, or nothing."""

    place: int
    kind: str
    row: Row
    values: Mapping[str, str] = field(default_factory=dict)
    earlier: Sent | None = None

    @property
    def changes(self) -> list[Change]:
        """The values that differ from those that were sent before."""
        if self.earlier is None:
            return []
        before, after = self.earlier.values, self.values
        targets = [*after, *(target for target in before if target not in after)]
        pairs = [Change(target, before.get(target, ""), after.get(target, "")) for target in targets]
        return [pair for pair in pairs if pair.before != pair.after]


class NamedPlan:
    """An opened plan, with what is known of the list before it."""

    def __init__(self, duck: DuckDBPyConnection, run: Run, path: Path, baseline: Path | None) -> None:
        self._duck, self._run, self._path = duck, run, str(path)
        self._headers = dict(run.batches.values_list("number", "header"))
        self._reader = PlanReader(duck, path)
        self.knows_list = "on_list" in columns_of(duck, path)
        self._find_known(baseline)

    def choose(self, chosen: Chosen) -> Counts:
        """Find the rows that are meant, for `rows`, and count them."""
        on_list = "on_list" if self.knows_list else "NULL::BOOLEAN"
        key = chosen.text.strip(BLANKS)
        address = key.translate(str.maketrans(ascii_uppercase, ascii_lowercase))
        self._duck.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE named AS
            SELECT file_row_number AS place, disposition, {on_list} IS NULL AND disposition = 'send' AS is_unread,
                CASE
                    WHEN disposition = 'send' AND coalesce({on_list}, hash(email) IN (FROM known)) THEN 'changed'
                    WHEN disposition = 'send' THEN 'added'
                    WHEN disposition = 'unchanged' THEN 'unchanged'
                    WHEN disposition IN {listed(NO_CANDIDATES)} AND starts_with(reason, 'remove') THEN 'removed'
                    WHEN disposition IN {listed(NO_CANDIDATES)} THEN 'stays'
                    ELSE 'left_out'
                END::ENUM {listed(Kind.values)} AS kind
            FROM read_parquet($path) WHERE $key = '' OR contains(email, $address) OR profile_id = $key
            """,  # noqa: S608 - words of ours
            {"path": self._path, "key": key, "address": address},
        )
        counted = self._duck.execute("""
            SELECT kind::VARCHAR, disposition, count(*), count(*) FILTER (is_unread) FROM named
            GROUP BY ALL ORDER BY 3 DESC
        """).fetchall()
        by_kind = {kind: sum(count for other, _d, count, _u in counted if other == kind) for kind in Kind.values}
        meant = [row for row in counted if chosen.kind in ("", row[0])]
        found = sum(count for _k, disposition, count, _u in meant if chosen.disposition in ("", disposition))
        self._duck.execute(
            "DELETE FROM named WHERE ($kind <> '' AND kind::VARCHAR <> $kind) OR ($why <> '' AND disposition <> $why)",
            {"kind": chosen.kind, "why": chosen.disposition},
        )
        by_disposition: dict[str, int] = {}
        for _kind, disposition, count, _unread in meant:
            by_disposition[disposition] = by_disposition.get(disposition, 0) + count
        return Counts(by_kind, by_disposition, found, sum(unread for *_rest, unread in counted))

    def rows(self, first: int, count: int, *, seconds: float | None = SECONDS) -> list[Named]:
        """Some of the rows that were chosen, in the order of the plan, with what they were sent before."""
        kinds = dict(
            self._duck.execute(
                "SELECT place, kind::VARCHAR FROM named ORDER BY place LIMIT $count OFFSET $first",
                {"first": first, "count": count},
            ).fetchall()
        )
        rows = self._reader.at(kinds)
        sent = {row.email for _place, row in rows if row.disposition == Disposition.SEND}
        earlier = last_sent(self._run, sent, seconds=seconds)
        return [
            Named(place, kinds[place], row, self._values(row), earlier.get(row.email) if row.email in sent else None)
            for place, row in rows
        ]

    def all_rows(self) -> Iterator[Named]:
        """All rows that were chosen; piece by piece."""
        first = 0
        while rows := self.rows(first, PIECE, seconds=None):
            yield from rows
            first += PIECE

    def _values(self, row: Row) -> dict[str, str]:
        return values_of(row.payload, self._headers.get(row.batch or 0) or ())

    def _find_known(self, baseline: Path | None) -> None:
        """Make `known`: hashes of the addresses that the earlier plan knew to be at Constant Contact, or sent there."""
        self._duck.execute("CREATE TEMP TABLE known (address UBIGINT)")
        if baseline is None or self._run.baseline is None:
            return
        arrived = numbers_of_arrived(self._run.baseline) or "NULL"
        self._duck.execute(
            f"""
            INSERT INTO known SELECT DISTINCT hash(email) FROM read_parquet($path)
            WHERE disposition IN ('unchanged', 'unconfirmed') OR batch IN ({arrived})
            """,  # noqa: S608 - whole numbers
            {"path": str(baseline)},
        )


@contextmanager
def open_by_name(run: Run) -> Iterator[NamedPlan]:
    """Open the plan of a run by name. Raises what `plan_of` does; of an earlier plan that is gone nothing is known."""
    path, baseline = plan_of(run), _kept(run.baseline)
    with open_engine(READER_MEMORY, reach=[path, *filter(None, [baseline])], keep_order=True) as duck:
        yield NamedPlan(duck, run, path, baseline)


def last_sent(run: Run, addresses: Collection[str], *, seconds: float | None = None) -> dict[str, Sent]:
    """Return what each of these addresses was sent before the run, as far as the plans it goes back to are kept.

    A batch that certainly was not imported changed nothing, so it is passed over.
    """
    sought, found = set(addresses), dict[str, Sent]()
    ends_at = time.monotonic() + seconds if seconds is not None else None
    earlier = run.baseline
    for _turn in range(EARLIER_PLANS):
        path = _kept(earlier)
        if not sought or earlier is None or path is None or (ends_at is not None and time.monotonic() > ends_at):
            break
        new = _sent_by(earlier, path, sought)
        found |= new
        sought -= set(new)
        earlier = earlier.baseline
    return found


def _sent_by(run: Run, path: Path, addresses: Collection[str]) -> dict[str, Sent]:
    arrived = numbers_of_arrived(run)
    if not arrived:
        return {}
    confirmed = set(batch_outcomes(run).confirmed)
    headers = dict(run.batches.values_list("number", "header"))
    with open_engine(READER_MEMORY, reach=[path]) as duck:
        rows = duck.execute(
            f"""
            SELECT email, batch, payload FROM read_parquet($path)
            WHERE batch IN ({arrived}) AND email IN (SELECT unnest($addresses::VARCHAR[]))
            """,  # noqa: S608 - whole numbers
            {"path": str(path), "addresses": list(addresses)},
        ).fetchall()
    at = run.sent_at or run.finished_at
    return {
        email: Sent(values_of(payload, headers.get(batch) or ()), run.pk, at, batch in confirmed)
        for email, batch, payload in rows
    }


def numbers_of_arrived(run: Run) -> str:
    """Return the numbers of the batches that Constant Contact may have imported, with commas between."""
    outcomes = batch_outcomes(run)
    return ", ".join(str(int(number)) for number in chain(outcomes.confirmed, outcomes.unclear, outcomes.unknown))


def _kept(run: Run | None) -> Path | None:
    """The plan of an earlier run; None when there is none, or it is no longer kept."""
    if run is None:
        return None
    try:
        return plan_of(run)
    except FileNotFoundError:
        return None
