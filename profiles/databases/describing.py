"""Describes the columns of a table for the page of its source: how full they are, and what is in them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from engine.arrow import keep
from engine.sessions import open_engine, workspace
from jobs.limits import LIMITS
from profiles.attributes import Attribute
from profiles.describe import describe
from profiles.models import DatabaseAddress
from profiles.value_types import count_where

from .checking import check_key, check_names
from .columns import Columns
from .session import Session, session_of

DESCRIBE_SECONDS = int(LIMITS.description.work or 0)
SAMPLE_ROWS = 10_000  # documented product: value suggestions come from the first 10,000 rows
_AT_ONCE = 100  # columns per query


@dataclass(frozen=True)
class Description:
    rows: int
    attributes: Sequence[Attribute]


def describe_table(address: DatabaseAddress, key: str, updated: str) -> Description:
    """Return what the table holds: rows and filled values counted, examples and distinct values of its first rows.

    Raises DatabaseError or WrongColumnError.
    """
    with session_of(address, DESCRIBE_SECONDS) as session:
        columns = session.kind.columns(session, address.schema, address.table)
        check_names(address, columns, key, updated)
        check_key(session, address, columns, key)
        attributes = columns.attributes()
        rows, filled = _filled(session, address, columns, attributes)
        examples = _examples(session, address, columns, attributes)
    shares = [count / rows if rows else 0.0 for count in filled]
    return Description(
        rows,
        [replace(example, filled=share, format="") for example, share in zip(examples, shares, strict=True)],
    )


def _filled(
    session: Session, address: DatabaseAddress, columns: Columns, attributes: Sequence[Attribute]
) -> tuple[int, list[int]]:
    table = session.kind.table(address.schema, address.table)
    rows, filled = 0, []
    for start in range(0, len(attributes), _AT_ONCE):
        counts = [count_where(columns.filled(attribute)) for attribute in attributes[start : start + _AT_ONCE]]
        rows, *counted = session.rows(exp.select(exp.Count(this=exp.Star()), *counts).from_(table))[0]
        filled += counted
    return rows, filled


def _examples(
    session: Session, address: DatabaseAddress, columns: Columns, attributes: Sequence[Attribute]
) -> list[Attribute]:
    names = [attribute.name for attribute in attributes]
    wanted = [exp.alias_(columns[name].text(), name, quoted=True) for name in names]
    query = exp.select(*wanted).from_(session.kind.table(address.schema, address.table)).limit(SAMPLE_ROWS)
    with workspace() as directory, open_engine(reach=[directory]) as duck:
        with session.stream(query) as stream:
            keep(duck, stream, "first_rows", [exp.column(name, quoted=True) for name in names])
        parquet = directory / "first_rows.parquet"
        duck.table("first_rows").write_parquet(str(parquet))
        types = {attribute.name: attribute.type for attribute in attributes}
        return describe(duck, parquet, names, lambda share: None, types)
