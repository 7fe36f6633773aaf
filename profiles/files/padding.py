"""Takes the blanks from columns that a database of fixed widths has padded: CHAR(10) of SQL Server, Teradata, DB2 …

Such a column has values of one length, filled up with blanks. They are no part of what somebody entered, so they go
before anything is compared, counted or sent: keys, rules and values see what was meant. A blank that a person left
behind one value stays.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from sqlglot import exp

from engine.sessions import only_row
from profiles.value_types import bind_column

_SAMPLE_ROWS = 2000
_AT_ONCE = 100  # columns per query
# Of one length, and some of them short: of one value alone nobody can tell what its blanks are.
_PADDED = """
COUNT(x) > 1 AND MIN(LENGTH(x)) = MAX(LENGTH(x)) AND MIN(LENGTH(RTRIM(x, ' '))) < MAX(LENGTH(x)) - 1
"""


def trim_padding(duck: duckdb.DuckDBPyConnection, parquet: Path, names: Sequence[str]) -> None:
    """Write the snapshot at `parquet` again without padding, if any of its columns has some."""
    snapshot = exp.func("read_parquet", exp.Literal.string(str(parquet)))
    padded = _padded(duck, exp.select("*").from_(snapshot).limit(_SAMPLE_ROWS).subquery("sample"), names)
    padded = _padded(duck, snapshot, padded)
    if not padded:
        return
    columns = [
        exp.alias_(_trimmed(name) if name in padded else exp.column(name, quoted=True), name, quoted=True)
        for name in names
    ]
    trimmed = parquet.with_suffix(".trimmed.parquet")
    query = exp.select(*columns).from_(snapshot.copy()).sql("duckdb")
    duck.execute(
        f"COPY ({query}) TO $trimmed (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE_BYTES '8MB')",
        {"trimmed": str(trimmed)},
    )
    trimmed.replace(parquet)


def _padded(duck: duckdb.DuckDBPyConnection, table: exp.Expr, names: Sequence[str]) -> list[str]:
    padded: list[str] = []
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        answers = only_row(duck, exp.select(*(bind_column(_PADDED, name) for name in some)).from_(table.copy()))
        padded += [name for name, is_padded in zip(some, answers, strict=True) if is_padded]
    return padded


def _trimmed(name: str) -> exp.Expr:
    return bind_column("NULLIF(RTRIM(x, ' '), '')", name)
