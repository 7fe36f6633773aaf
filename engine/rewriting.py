"""Stored Parquet files written anew without some of their rows, or with these made unrecognisable.

A stored file is written once and then only read, so this makes another one; whoever names the file in a row of the
database points that to the new name, and then discards the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from .cancellation import Cancellation
from .files import local_copy, store
from .sessions import only_row, open_engine, workspace

SUFFIX = ".parquet"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The new file, how many rows were meant, and how many rows it has."""

    name: str
    found: int
    rows: int


def rewrite(
    name: str, is_meant: exp.Expr, cancellation: Cancellation, replaced: Mapping[str, exp.Expr] | None = None
) -> Rewritten | None:
    """Store the file anew without the rows that meet the condition; None, and nothing is stored: no row does.

    With `replaced` these rows stay, with other values in the columns that it names and the file has. The order of rows
    stays, and nearly the size of their groups; one row after the other passes, so no file is too large.

    Raises FileNotFoundError when the file is gone, and StorageUnavailableError.
    """
    path = local_copy(name)
    source = exp.func("read_parquet", exp.Literal.string(str(path)))
    meant = exp.func("coalesce", is_meant, exp.false())
    with (
        workspace() as folder,
        open_engine(reach=[path, folder], keep_order=True, threads=1) as duck,
        cancellation.on_cancel(duck.interrupt),
    ):
        total = exp.Count(this=exp.Star())
        counted = exp.select(total, exp.Filter(this=total.copy(), expression=exp.Where(this=meant)))
        rows, found = only_row(duck, counted.from_(source))
        if not found:
            return None
        if replaced is None:
            query, rows = exp.select("*").from_(source).where(exp.not_(meant)), rows - found
        else:
            there = {
                row[0] for row in duck.execute("DESCRIBE FROM read_parquet($path)", {"path": str(path)}).fetchall()
            }
            values = [
                exp.alias_(exp.Case(ifs=[exp.If(this=meant, true=value)], default=column(each)), each, quoted=True)
                for each, value in replaced.items()
                if each in there
            ]
            query = exp.select(exp.Star(replace=values)).from_(source)
        target = folder / f"rewritten{SUFFIX}"
        to = exp.Literal.string(str(target)).sql("duckdb")
        duck.execute(f"COPY ({query.sql('duckdb')}) TO {to} (FORMAT parquet, COMPRESSION zstd, {_groups(duck, path)})")
        return Rewritten(store(name.rpartition("/")[0], target, SUFFIX), int(found), int(rows))


def column(name: str) -> exp.Column:
    """Return a column by its name, whatever it is."""
    return exp.column(name, quoted=True)


def _groups(duck: object, path: object) -> str:
    largest = duck.execute(
        "SELECT max(row_group_num_rows) FROM parquet_metadata($path)", {"path": str(path)}
    ).fetchall()  # type: ignore[attr-defined]
    return f"ROW_GROUP_SIZE {int(largest[0][0] or 2048)}"
