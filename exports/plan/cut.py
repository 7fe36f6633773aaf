"""Cuts the profiles to send into batches: as few as both limits of an import allow, measured after encoding.

Where a batch ends is looked up in two steps: in the running sums over blocks of a thousand places, then in the one
block in which it ends. Running sums over every row would take as long as checking all their values. Each sum says its
order: a join may have mixed up the rows, whichever of its sides the engine reads first.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from duckdb import DuckDBPyConnection
from sqlglot import exp

from constant_contact import CSV_FIELDS, CSV_MAX_ROWS, MAX_BYTES, MAX_ROWS, csv_header, csv_overhead, json_overhead

from . import columns
from .candidates import is_sent, with_pieces

# A line break in a value would count as a line of the file, and 40,000 lines are all that is read.
_LINE_BREAKS = "SELECT 1 FROM csv_line WHERE has_line_break LIMIT 1"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one import takes: rows, and bytes of rows beside `overhead` bytes of envelope."""

    rows: int
    payload_bytes: int
    overhead: int

    @classmethod
    def for_json(cls, list_ids: Sequence[str]) -> Limits:
        return cls._of(MAX_ROWS, json_overhead(list_ids))

    @classmethod
    def for_csv(cls, header: str) -> Limits:
        return cls._of(CSV_MAX_ROWS, csv_overhead(header))

    @classmethod
    def _of(cls, rows: int, overhead: int) -> Limits:
        # Here each row counts with a separator, of which a body has one fewer than rows.
        return cls(rows, MAX_BYTES - overhead + 1, overhead - 1)


class RunningTotal(NamedTuple):
    """So many rows, of so many bytes."""

    rows: int
    size: int

    def fits(self, done: RunningTotal, limits: Limits) -> bool:
        """Whether everything after `done` up to here goes into one batch."""
        return self.rows - done.rows <= limits.rows and self.size - done.size <= limits.payload_bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """One batch: what comes after the batch before it, up to the place `last`.

    A CSV batch holds only profiles with the same values `filled` (a bit for each target), its `header`.
    """

    number: int
    rows: int
    body_bytes: int
    last: int
    filled: int = 0
    header: tuple[str, ...] = ()


def cut_json(duck: DuckDBPyConnection, limits: Limits) -> list[Cut]:
    """Return the batches of the candidates to send, encoded as JSON objects with a comma between."""
    lines = "(SELECT place, bytes + 1 AS size FROM candidate WHERE disposition = 'send')"
    return [
        Cut(number, rows, size + limits.overhead, last)
        for number, (rows, size, last) in enumerate(_fill(duck, lines, limits), start=1)
    ]


def cut_csv(duck: DuckDBPyConnection, targets: Sequence[str], fewer_than: int) -> list[Cut] | None:
    """Return the batches as CSV files, or None when they are not fewer than `fewer_than`.

    An empty cell might erase what Constant Contact holds (the reference doesn't say), and a CSV row can't leave
    a column out. So profiles are grouped by which values they have, and each file has only those columns.
    None as well where the name of a custom field holds a line break: it would count as a line.
    """
    if set("".join(targets)) & set("\r\n"):
        return None
    if not all(target in CSV_FIELDS or target.startswith(columns.CUSTOM_PREFIX) for target in targets):
        return None
    _measure_lines(duck, targets)
    if duck.execute(_LINE_BREAKS).fetchone():
        return None
    groups = duck.execute(
        "SELECT filled FROM csv_line GROUP BY filled ORDER BY min(place) LIMIT $limit", {"limit": fewer_than}
    ).fetchall()
    if len(groups) >= fewer_than:
        return None
    cuts: list[Cut] = []
    for (filled,) in groups:
        cuts += _cut_group(duck, targets, int(filled), first_number=len(cuts) + 1)
        if len(cuts) >= fewer_than:
            return None
    return cuts


def is_in_group(filled: int) -> exp.Expr:
    """The condition that a profile is one of those to send with the values `filled`, as they were measured."""
    group = exp.select("place").from_("csv_line").where(exp.column("filled").eq(filled))
    return exp.column("place").isin(query=group)


def _measure_lines(duck: DuckDBPyConnection, targets: Sequence[str]) -> None:
    cells = with_pieces(targets, columns.csv_pieces(columns.made_values(targets)), is_sent())
    sent = exp.select(
        "place",
        columns.marks_of_pieces(targets).as_("filled"),
        columns.csv_line(targets).as_("line"),
    ).from_(cells.subquery("cells"))
    duck.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE csv_line AS
        SELECT place, filled, (strlen(line) + 1)::INTEGER AS size,
               contains(line, '\n') OR contains(line, '\r') AS has_line_break
        FROM ({sent.sql("duckdb")})
        """  # noqa: S608 - a tree of sqlglot
    )


def _cut_group(duck: DuckDBPyConnection, targets: Sequence[str], filled: int, first_number: int) -> Iterator[Cut]:
    header = tuple(target for place, target in enumerate(targets) if filled >> place & 1)
    limits = Limits.for_csv(csv_header(header))
    lines = f"(SELECT place, size FROM csv_line WHERE filled = {int(filled)})"  # noqa: S608 - a number
    for number, (rows, size, last) in enumerate(_fill(duck, lines, limits), start=first_number):
        yield Cut(number, rows, size + limits.overhead, last, filled, header)


def _fill(duck: DuckDBPyConnection, lines: str, limits: Limits) -> Iterator[tuple[int, int, int]]:
    """Yield (rows, bytes, place of the last row) of one full batch after another over `lines` (place, size).

    Filling each to the brim is the fewest possible while the order is kept.
    """
    blocks = _BlockTotals(duck, lines)
    done = RunningTotal(0, 0)
    while (end := blocks.end_of_batch(done, limits)) is not None:
        reached, last = end
        yield reached.rows - done.rows, reached.size - done.size, last
        done = reached


class _BlockTotals:
    """The lines in the order of their places, summed up over blocks of so many places."""

    LENGTH = 1024

    def __init__(self, duck: DuckDBPyConnection, lines: str) -> None:
        self._duck, self._lines = duck, lines
        blocks = duck.execute(
            f"""
            SELECT place // {self.LENGTH} AS block, count(*), sum(size) FROM {lines}
            GROUP BY block ORDER BY block
            """  # noqa: S608 - a number and a query of ours
        ).fetchall()
        self._starts = [int(block) * self.LENGTH for block, _rows, _size in blocks]
        sums = (RunningTotal(int(rows), int(size)) for _block, rows, size in blocks)
        self._reached = list(
            accumulate(sums, lambda one, other: RunningTotal(one.rows + other.rows, one.size + other.size))
        )

    def end_of_batch(self, done: RunningTotal, limits: Limits) -> tuple[RunningTotal, int] | None:
        """Return how far a batch reaches that begins after `done`, and a place behind its last row and before the next.

        None: nothing is left, or nothing fits.
        """
        whole = bisect_left(self._reached, True, key=lambda reached: not reached.fits(done, limits))
        reached, last = self._before(whole)
        if whole < len(self._reached):
            room = RunningTotal(limits.rows + done.rows - reached.rows, limits.payload_bytes + done.size - reached.size)
            reached, last = self._within(whole, room, reached) or (reached, last)
        return (reached, last) if reached.rows > done.rows else None

    def _before(self, block: int) -> tuple[RunningTotal, int]:
        return (
            (self._reached[block - 1], self._starts[block - 1] + self.LENGTH - 1) if block else (RunningTotal(0, 0), -1)
        )

    def _within(self, block: int, room: RunningTotal, before: RunningTotal) -> tuple[RunningTotal, int] | None:
        """The rows of a block for which there is room, if any, added to what came before it."""
        start = self._starts[block]
        row = self._duck.execute(
            f"""
            SELECT max(nth), max(bytes_so_far), max(place) FROM (
                SELECT place, row_number() OVER so_far AS nth, sum(size) OVER so_far AS bytes_so_far
                FROM {self._lines} WHERE place BETWEEN {start} AND {start + self.LENGTH - 1}
                WINDOW so_far AS (ORDER BY place ROWS UNBOUNDED PRECEDING)
            ) WHERE nth <= $rows AND bytes_so_far <= $size
            """,  # noqa: S608 - numbers and a query of ours
            {"rows": room.rows, "size": room.size},
        ).fetchone()
        if row is None or row[0] is None:
            return None
        return RunningTotal(before.rows + int(row[0]), before.size + int(row[1])), int(row[2])
