"""Describes the columns of a snapshot: type, how many values are filled and different, examples."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
from sqlglot import exp

from engine.sessions import only_row
from profiles.attributes import Attribute, AttributeType, masked
from profiles.files.encodings import Report
from profiles.value_types import FILLED, TYPE_FORMATS, TypeFormat, bind_column, count_where, default_format, filled

SAMPLE_ROWS = 5000
SAMPLES = 3
SAMPLE_LENGTH = 60
FEW_VALUES = 200  # documented product: value suggestions for attributes with fewer than 200 distinct values
EMAIL_SHARE = 0.8
_AT_ONCE = 4  # columns per query: more would tell less often how far it is, fewer would read more often

# Codes that happen to be digits: nobody adds up postal codes, and people ask for those that start with 98.
_CODES = re.compile(r"zip|postal|postcode|phone|fax|mobile|邮编|邮政编码|电话|手机", re.IGNORECASE)

# What databases, spreadsheets and programs write where they hold no value. As they write it: "Null" is a surname too.
EMPTY_WORDS = (
    "\\N", "NULL", "null", "(null)", "#N/A", "N/A", "n/a", "nan", "NaN", "NAN", "None", "none", "NaT", "<NA>",
    "undefined", "#NULL!", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!",
)  # fmt: skip
_REWRITTEN = re.compile(r"[0-9]([.,][0-9]+)?E[+][0-9]{1,2}", re.IGNORECASE)


def describe(
    duck: duckdb.DuckDBPyConnection,
    parquet: Path,
    names: Sequence[str],
    report: Report,
    types: Mapping[str, str] | None = None,
) -> list[Attribute]:
    """Return what each column of the snapshot is, in the order of `names`.

    `types` are those of columns that have one where they come from. The others are proposed by a sample and proved
    by every value: one that does not fit makes the column text.
    """
    snapshot = exp.func("read_parquet", exp.Literal.string(str(parquet)))
    sample = exp.select("*").from_(snapshot).limit(SAMPLE_ROWS)
    duck.execute(f"CREATE OR REPLACE TEMP TABLE sample AS {sample.sql('duckdb')}")
    attributes: list[Attribute] = []
    for start in range(0, len(names), _AT_ONCE):
        for attribute in _describe_some(duck, snapshot, names[start : start + _AT_ONCE], types or {}):
            attributes.append(attribute)
            report(len(attributes) / len(names))
    return attributes


def _describe_some(
    duck: duckdb.DuckDBPyConnection, snapshot: exp.Expr, names: Sequence[str], types: Mapping[str, str]
) -> Iterator[Attribute]:
    examples = {name: _frequent(duck, exp.to_table("sample"), name, FEW_VALUES) for name in names}
    guessed = {
        name: [] if _CODES.search(name) else [one for one in TYPE_FORMATS if all(map(one.could_match, examples[name]))]
        for name in names
        if name not in types
    }
    exponents = {name for name in names if _CODES.search(name) or any(map(_REWRITTEN.fullmatch, examples[name]))}
    type_formats = _proved(duck, snapshot, guessed) | {name: default_format(type) for name, type in types.items()}
    text = {name for name in names if type_formats[name] is None}  # of the other types every value is proved
    counts = _counts(duck, snapshot, names, text, exponents - set(types))
    for name in names:
        yield _attribute(duck, snapshot, name, type_formats[name], examples[name], *counts[name])


def _proved(
    duck: duckdb.DuckDBPyConnection, snapshot: exp.Expr, proposed: Mapping[str, Sequence[TypeFormat]]
) -> dict[str, TypeFormat | None]:
    """Return for each column the first of its proposed type_formats that every filled value fits."""
    asked = [(name, type_format) for name, type_formats in proposed.items() for type_format in type_formats]
    if not asked:
        return dict.fromkeys(proposed)
    misfits = [
        count_where(bind_column(f"{FILLED} AND ({type_format.fits}) IS NOT TRUE", name)) for name, type_format in asked
    ]
    counts = only_row(duck, exp.select(*misfits).from_(snapshot))
    fitting: dict[str, list[TypeFormat]] = {name: [] for name in proposed}
    for (name, type_format), count in zip(asked, counts, strict=True):
        if not count:
            fitting[name].append(type_format)
    return {name: _choose(type_formats) for name, type_formats in fitting.items()}


def _choose(fitting: Sequence[TypeFormat]) -> TypeFormat | None:
    """The first that fits; none where day and month could be either way round, or where nothing is filled."""
    formats = {type_format.format for type_format in fitting if type_format.format}
    return fitting[0] if fitting and len(formats) < 2 else None


def _counts(
    duck: duckdb.DuckDBPyConnection,
    snapshot: exp.Expr,
    names: Sequence[str],
    text: Collection[str],
    exponents: Collection[str],
) -> dict[str, tuple[int, int, int, int, int, int]]:
    """Return for each column how many values it has.

    Rows, filled, about how many distinct; how many look like an e-mail address; how many of those in `text` are words
    for "nothing", and of those in `exponents` are written with an exponent.
    """
    columns: list[exp.Expr] = [exp.Count(this=exp.Star())]
    for name in names:
        address = bind_column("x LIKE '%_@_%._%'", name)
        distinct = exp.func("approx_count_distinct", exp.column(name, quoted=True))
        nothing = exp.column(name, quoted=True).isin(*EMPTY_WORDS)
        rewritten = bind_column(f"REGEXP_FULL_MATCH(x, '{_REWRITTEN.pattern}', 'i')", name)
        columns += [
            count_where(filled(name)),
            distinct,
            count_where(address),
            count_where(nothing) if name in text else exp.Literal.number(0),
            count_where(rewritten) if name in exponents else exp.Literal.number(0),
        ]
    rows, *counts = only_row(duck, exp.select(*columns).from_(snapshot))
    return {name: (rows, *counts[5 * place : 5 * place + 5]) for place, name in enumerate(names)}


def _attribute(
    duck: duckdb.DuckDBPyConnection,
    snapshot: exp.Expr,
    name: str,
    type_format: TypeFormat | None,
    examples: list[str],
    rows: int,
    filled_rows: int,
    distinct: int,
    addresses: int,
    empty_words: int,
    rewritten: int,
) -> Attribute:
    is_email = filled_rows > 0 and addresses >= filled_rows * EMAIL_SHARE
    few = 0 < distinct <= FEW_VALUES and not addresses
    frequent = _frequent(duck, snapshot, name, FEW_VALUES) if few else examples
    return Attribute(
        name=name,
        type=type_format.type.value if type_format else AttributeType.TEXT.value,
        filled=filled_rows / rows if rows else 0.0,
        samples=tuple(dict.fromkeys(masked(value)[:SAMPLE_LENGTH] for value in frequent[:SAMPLES])),
        looks_like_email=is_email,
        distinct=len(frequent) if few else min(distinct, filled_rows),  # a guess, never above what there is
        values=tuple(frequent) if few else (),
        format=type_format.format if type_format else "",
        empty_words=_empty_words(duck, snapshot, name) if empty_words else (),
        rewritten=rewritten,
    )


def _empty_words(duck: duckdb.DuckDBPyConnection, snapshot: exp.Expr, name: str) -> tuple[tuple[str, int], ...]:
    column, count = exp.column(name, quoted=True), exp.Count(this=exp.Star())
    query = exp.select(column, count).from_(snapshot).where(column.isin(*EMPTY_WORDS)).group_by(column)
    query = query.order_by(exp.Ordered(this=count.copy(), desc=True), column)
    return tuple((word, times) for word, times in duck.execute(query.sql("duckdb")).fetchall())


def _frequent(duck: duckdb.DuckDBPyConnection, table: exp.Expr, name: str, limit: int) -> list[str]:
    column = exp.column(name, quoted=True)
    query = exp.select(column).from_(table).where(filled(name)).group_by(column)
    query = query.order_by(exp.Ordered(this=exp.Count(this=exp.Star()), desc=True), column).limit(limit)
    return [value for (value,) in duck.execute(query.sql("duckdb")).fetchall()]
