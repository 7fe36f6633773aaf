"""Streams of Arrow, from a database's driver into DuckDB."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import duckdb
from sqlglot import exp

from .sessions import create_table


def keep(
    duck: duckdb.DuckDBPyConnection,
    stream: Any,
    table: str,
    columns: Sequence[exp.Expr],
    where: exp.Expr | None = None,
) -> None:
    """Read an Arrow stream into a temporary table: it can be read once, and a table as often as one likes."""
    arriving = f"arriving_{uuid4().hex}"
    duck.register(arriving, stream)
    try:
        create_table(duck, table, exp.select(*columns).from_(exp.to_table(arriving)).where(where))
    finally:
        duck.unregister(arriving)
