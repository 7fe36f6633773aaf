"""Cuts the profiles to send into batches: as few as both limits of an import allow, measured after encoding.

The running sums say their order: a join may have mixed up the rows, whichever of its sides the engine reads first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection
from sqlglot import exp

from constant_contact import CSV_FIELDS, CSV_MAX_ROWS, MAX_BYTES, MAX_ROWS, csv_overhead, json_overhead

from . import columns

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


@dataclass(frozen=True, slots=True)
class Cut:
    """One batch: up to and including the profile whose place is `last`.

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
    duck.execute("""
        CREATE OR REPLACE TEMP TABLE line AS
        SELECT place, row_number() OVER so_far AS nth, sum(bytes + 1) OVER so_far AS bytes
        FROM candidate WHERE disposition = 'send' WINDOW so_far AS (ORDER BY place ROWS UNBOUNDED PRECEDING)
    """)
    return [
        Cut(number, rows, size + limits.overhead, last)
        for number, (rows, size, last) in enumerate(_stretches(duck, limits), start=1)
    ]


def cut_csv(duck: DuckDBPyConnection, targets: Sequence[str], fewer_than: int) -> list[Cut] | None:
    """Return the batches as CSV files, or None when they are not fewer than `fewer_than`.

    An empty cell might erase what Constant Contact holds (the reference doesn't say), and a CSV row can't leave
    a column out. So profiles are grouped by which values they have, and each file has only those columns.
    """
    if not all(target in CSV_FIELDS or target.startswith(columns.CUSTOM_PREFIX) for target in targets):
        return None
    _measure_lines(duck, targets)
    if duck.execute(_LINE_BREAKS).fetchone():
        return None
    groups = duck.execute(
        "SELECT filled FROM csv_line GROUP BY filled ORDER BY min(place) LIMIT $most", {"most": fewer_than}
    ).fetchall()
    if len(groups) >= fewer_than:
        return None
    cuts: list[Cut] = []
    for (filled,) in groups:
        cuts += _cut_group(duck, targets, int(filled), first_number=len(cuts) + 1)
        if len(cuts) >= fewer_than:
            return None
    return cuts


def csv_header(targets: Sequence[str]) -> str:
    return ",".join(f'"{target}"' if set(target) & set(',"\r\n') else target for target in targets)


def _measure_lines(duck: DuckDBPyConnection, targets: Sequence[str]) -> None:
    sent = exp.select(
        "place",
        exp.alias_(columns.filled_marks(targets), "filled"),
        exp.alias_(columns.csv_line(targets), "line"),
    ).from_("profile").join("set_aside", using=["place"], join_type="anti")
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
    duck.execute(
        """
        CREATE OR REPLACE TEMP TABLE line AS
        SELECT place, row_number() OVER so_far AS nth, sum(size) OVER so_far AS bytes
        FROM csv_line WHERE filled = $filled WINDOW so_far AS (ORDER BY place ROWS UNBOUNDED PRECEDING)
        """,
        {"filled": filled},
    )
    for number, (rows, size, last) in enumerate(_stretches(duck, limits), start=first_number):
        yield Cut(number, rows, size + limits.overhead, last, filled, header)


def _stretches(duck: DuckDBPyConnection, limits: Limits) -> Iterator[tuple[int, int, int]]:
    """Yield (rows, bytes, place of the last row) of one full batch after another over the table `line`.

    Filling each to the brim is the fewest possible while the order is kept.
    """
    nth = size = 0
    while True:
        row = duck.execute(
            """
            SELECT max(nth), max(bytes), max(place) FROM line
            WHERE nth > $nth AND nth <= $nth + $rows AND bytes <= $size + $most
            """,
            {"nth": nth, "rows": limits.rows, "size": size, "most": limits.payload_bytes},
        ).fetchone()
        if row is None or row[0] is None:
            return
        yield int(row[0]) - nth, int(row[1]) - size, int(row[2])
        nth, size = int(row[0]), int(row[1])
