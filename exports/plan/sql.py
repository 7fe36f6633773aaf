"""What sqlglot has no operator for, so that a plan reads like SQL: CASE, and the functions of the engine by name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp


def call(function: str, *arguments: Any) -> exp.Expr:
    """Return the call of a function of the engine, by its own name. Values of Python become literals."""
    return exp.Anonymous(this=function, expressions=[exp.convert(argument, copy=True) for argument in arguments])


def case(*branches: tuple[exp.Expr, Any], otherwise: Any = None) -> exp.Expr:
    """Return CASE WHEN … THEN … ELSE … END; without a branch, what it would be otherwise."""
    ifs = [exp.If(this=condition.copy(), true=exp.convert(value, copy=True)) for condition, value in branches]
    default = exp.convert(otherwise, copy=True)
    return exp.Case(ifs=ifs, default=default) if ifs else default


def total(parts: Iterable[exp.Expr]) -> exp.Expr:
    """Return the sum. The operator would copy what is added up so far with each part."""
    return reduce(lambda done, part: exp.Add(this=done, expression=part), parts)


def concat(*parts: Any) -> exp.Expr:
    """Return text after text, nulls left out. The function takes a third of the time of as many `||`."""
    return call("concat", *parts)


def is_found(pattern: str, value: exp.Expr) -> exp.Expr:
    """Return whether a pattern, which is never found empty, is somewhere in a text; null for null.

    regexp_matches says the same, but is asked for each row, and this one once for each value of a dictionary: names,
    places and products take a tenth of the time.
    """
    return call("regexp_extract", value, pattern).neq("")


def is_something(value: exp.Expr) -> exp.Expr:
    return value.is_(exp.null()).not_()


def listed(words: Iterable[str]) -> str:
    """Return words of ours as a list of SQL, in parentheses."""
    return "(" + ", ".join(f"'{word}'" for word in words) + ")"


def quoted(path: Path) -> str:
    """Return a path as it stands between quotes of SQL."""
    return str(path).replace("'", "''")


def number_of(duck: DuckDBPyConnection, query: str, **values: Any) -> int:
    """Return the one number that a query finds; 0 for null."""
    row = duck.execute(query, values or None).fetchone()
    return int(row[0] or 0) if row else 0
