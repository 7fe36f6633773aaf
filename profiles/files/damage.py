"""Letters that are lost in a CSV file, and are marked where a person asked for it: how many there are, and where."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from sqlglot import exp

from engine.sessions import only_row
from profiles.errors import ImportRefusedError
from profiles.value_types import bind_column, count_where
from web.messages import Message

from .encodings import MARK

_AT_ONCE = 100  # columns per query
_NAMED = 10  # columns in the warning, those with most first


def warn_of_marks(
    duck: duckdb.DuckDBPyConnection, parquet: Path, names: Sequence[str], encoding: str, lines: Sequence[int]
) -> list[Message]:
    """Return which values of a snapshot hold a MARK; `lines` are the first ones of the file that do.

    Raises ImportRefusedError where more than one value in ten does: letters that fit so badly are those of another
    encoding. A single one may always be damage.
    """
    marked, filled = _count(duck, parquet, names)
    count = sum(marked.values())
    if count > max(1, filled / 10):
        raise ImportRefusedError("csv_mostly_damaged", encoding=encoding, count=count, values=filled)
    warnings = []
    if count:
        most = sorted((name for name in names if marked[name]), key=lambda name: -marked[name])
        columns = [f"{name} ({marked[name]})" for name in most[:_NAMED]] + ["…"] * (len(most) > _NAMED)
        warnings.append(Message("csv_damage_marked", {"count": count, "columns": columns, "lines": list(lines)}))
    damaged_names = [name for name in names if MARK in name]
    if damaged_names:
        warnings.append(Message("csv_names_damaged", {"names": damaged_names}))
    return warnings


def _count(duck: duckdb.DuckDBPyConnection, parquet: Path, names: Sequence[str]) -> tuple[dict[str, int], int]:
    """How many values of each column hold a mark, and how many values there are in all."""
    snapshot = exp.func("read_parquet", exp.Literal.string(str(parquet)))
    marked: dict[str, int] = {}
    filled = 0
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        columns: list[exp.Expr] = [count_where(bind_column(f"x LIKE '%{MARK}%'", name)) for name in some]
        columns += [exp.Count(this=exp.column(name, quoted=True)) for name in some]
        counts = only_row(duck, exp.select(*columns).from_(snapshot.copy()))
        marked |= zip(some, counts[: len(some)], strict=True)
        filled += sum(counts[len(some) :])
    return marked, filled
