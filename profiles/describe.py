"""Describes the columns of a snapshot: type, how many values are filled and different, examples."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
from sqlglot import exp

from engine.sessions import only_row
from profiles.attributes import Attribute, AttributeType, masked
from profiles.empty_words import IS_EMPTY_WORD, count_words, empty_in, profiles_in
from profiles.files.encodings import Report
from profiles.value_types import (
    DAY_FIRST,
    FILLED,
    IS_DAY_FIRST,
    IS_MONTH_FIRST,
    MAY_BE_DAY_FIRST,
    SEPARATED,
    TYPE_FORMATS,
    WHOLE,
    TypeFormat,
    bind_column,
    count_where,
    default_format,
    digits_of,
    exact_type,
    filled,
    format_of,
    type_of_format,
)

SAMPLE_ROWS = 5000
SAMPLES = 3
SAMPLE_LENGTH = 60
FEW_VALUES = 200  # documented product: value suggestions for attributes with fewer than 200 distinct values
EMAIL_SHARE = 0.8
_AT_ONCE = 4  # columns per query: more would tell less often how far it is, fewer would read more often

# Codes that happen to be digits: nobody adds up postal codes, and people ask for those that start with 98.
_CODES = re.compile(r"zip|postal|postcode|phone|fax|mobile|邮编|邮政编码|电话|手机", re.IGNORECASE)

_REWRITTEN = re.compile(r"[0-9]([.,][0-9]+)?E[+][0-9]{1,2}", re.IGNORECASE)


def describe(
    duck: duckdb.DuckDBPyConnection,
    parquet: Path,
    names: Sequence[str],
    report: Report,
    types: Mapping[str, str] | None = None,
    known: Sequence[Attribute] = (),
    beside: Sequence[Attribute] = (),
) -> list[Attribute]:
    """Return what each column of the snapshot is, in the order of `names`.

    `types` are those of columns that have one where they come from. The others are proposed by a sample and proved
    by every value: one that does not fit makes the column text. Values that could mean several things mean what they
    did in the file before (`known`, where somebody may have chosen), or what other columns prove for this file (of
    those that are not in `names`: `beside`); else the column is text until somebody chooses. Words for "nothing" count
    as empty where they did before.
    """
    empty = [name for name in empty_in(known) if name in names]
    sample = exp.select("*").from_(profiles_in(parquet, empty)).limit(SAMPLE_ROWS)
    duck.execute(f"CREATE OR REPLACE TEMP TABLE sample AS {sample.sql('duckdb')}")
    before = {attribute.name: format_of(attribute.type, attribute.format) for attribute in known}
    attributes: list[Attribute] = []
    for start in range(0, len(names), _AT_ONCE):
        for attribute in _describe_some(duck, parquet, names[start : start + _AT_ONCE], types or {}, before, empty):
            attributes.append(attribute)
            report(len(attributes) / len(names))
    proved = {_style(attribute.format) for attribute in (*attributes, *beside) if not attribute.formats}
    described = [_as_proved(duck, parquet, attribute, proved) for attribute in attributes]
    day_first = _with_day_first(duck, profiles_in(parquet, empty), described)
    return [replace(one, format=DAY_FIRST) if one.name in day_first else one for one in described]


def _with_day_first(duck: duckdb.DuckDBPyConnection, profiles: exp.Expr, attributes: Sequence[Attribute]) -> set[str]:
    """Return which texts hold dates whose day stands first: one that is no date must not turn the others around."""
    texts = [one.name for one in attributes if one.type == AttributeType.TEXT and not one.formats]
    some = _where_any(duck, exp.to_table("sample"), texts, MAY_BE_DAY_FIRST)
    found = _where_any(duck, profiles, some, IS_DAY_FIRST)
    return found - _where_any(duck, profiles, found, IS_MONTH_FIRST)


def _where_any(duck: duckdb.DuckDBPyConnection, table: exp.Expr, names: Collection[str], condition: str) -> set[str]:
    """Return the columns in which a value meets the condition."""
    if not names:
        return set()
    counts = only_row(duck, exp.select(*(count_where(bind_column(condition, name)) for name in names)).from_(table))
    return {name for name, count in zip(names, counts, strict=True) if count}


def choose_format(duck: duckdb.DuckDBPyConnection, parquet: Path, attribute: Attribute, format: str) -> Attribute:
    """Return the attribute as it is if its values are written in one of the `formats` that fit it."""
    type = type_of_format(format)
    numbers = {attribute.name: format} if type == AttributeType.NUMBER else {}
    sql_types = _exact_types(duck, profiles_in(parquet, empty_in([attribute])), numbers)
    return replace(attribute, type=type.value, format=format, sql_type=sql_types.get(attribute.name, ""))


def _as_proved(duck: duckdb.DuckDBPyConnection, parquet: Path, attribute: Attribute, proved: set[str]) -> Attribute:
    """An attribute that could mean several things, as other columns of the file are written."""
    fitting = [format for format in attribute.formats if format and _style(format) in proved]
    is_open = attribute.type == AttributeType.TEXT and len(fitting) == 1
    return choose_format(duck, parquet, attribute, fitting[0]) if is_open else attribute


def _style(format: str) -> str:
    """What columns of one file have in common: the way of writing a day, or a number."""
    return format.partition(" ")[0] if format.startswith("%") else format


def _describe_some(
    duck: duckdb.DuckDBPyConnection,
    parquet: Path,
    names: Sequence[str],
    types: Mapping[str, str],
    before: Mapping[str, TypeFormat | None],
    empty: Collection[str],
) -> Iterator[Attribute]:
    snapshot = profiles_in(parquet, empty)
    examples = {name: _frequent(duck, exp.to_table("sample"), name, FEW_VALUES) for name in names}
    guessed = {
        name: [] if _CODES.search(name) else [one for one in TYPE_FORMATS if one.could_be_of(examples[name])]
        for name in names
        if name not in types
    }
    fitting = _proved(duck, snapshot, guessed)
    misfits = [name for name in fitting if not fitting[name] and WHOLE in guessed[name]]
    fitting |= _proved(duck, snapshot, dict.fromkeys(misfits, SEPARATED))  # the sample has whole numbers alone
    chosen = {name: _choose(options, before.get(name)) for name, options in fitting.items()}
    chosen |= {name: (default_format(types[name]), ()) for name in names if name in types}
    numbers = {name: one.format for name, (one, _open) in chosen.items() if one and one.type == AttributeType.NUMBER}
    sql_types = _exact_types(duck, snapshot, numbers)
    exponents = {name for name in names if _CODES.search(name) or any(map(_REWRITTEN.fullmatch, examples[name]))}
    text = {name for name in names if chosen[name][0] is None}  # of the other types every value is proved
    counts = _counts(duck, snapshot, names, text.difference(empty), exponents - set(types))
    for name in names:
        type_format, formats = chosen[name]
        *numbers_of, words = counts[name]
        attribute = _attribute(duck, snapshot, name, type_format, examples[name], *numbers_of)
        yield replace(
            attribute,
            sql_type=sql_types.get(name, ""),
            formats=formats
            if attribute.filled
            else (),  # every format fits a column without values, and nobody can say
            empty_words=count_words(duck, parquet, name) if words or name in empty else (),
            words_are_empty=name in empty,
        )


def _proved(
    duck: duckdb.DuckDBPyConnection, snapshot: exp.Expr, proposed: Mapping[str, Sequence[TypeFormat]]
) -> dict[str, dict[TypeFormat, bool]]:
    """Return for each column those of its proposed formats that every filled value fits, and which are certain."""
    fitting: dict[str, dict[TypeFormat, bool]] = {name: {} for name in proposed}
    pairs = [(name, type_format) for name, type_formats in proposed.items() for type_format in type_formats]
    if not pairs:
        return fitting
    columns: list[exp.Expr] = []
    for name, one in pairs:
        columns.append(count_where(bind_column(f"{FILLED} AND ({one.fits}) IS NOT TRUE", name)))
        columns.append(count_where(bind_column(one.certain or FILLED, name)))
    counts = only_row(duck, exp.select(*columns).from_(snapshot))
    for (name, type_format), misfits, certain in zip(pairs, counts[::2], counts[1::2], strict=True):
        if not misfits:
            fitting[name][type_format] = certain > 0
    return fitting


def _choose(fitting: Mapping[TypeFormat, bool], before: TypeFormat | None) -> tuple[TypeFormat | None, tuple[str, ...]]:
    """Return the format of the values, and those that somebody may choose from where it is not certain."""
    options = [one for one in fitting if one.format or one.type == AttributeType.NUMBER]
    for one, is_certain in fitting.items():
        if one not in options and (is_certain or one == before):
            return one, ()
    certain = [one for one in options if fitting[one]]
    if certain and (len(options) == 1 or certain[0].certain):
        return certain[0], ()
    return before if before in options else None, tuple(one.format for one in options)


def _counts(
    duck: duckdb.DuckDBPyConnection,
    snapshot: exp.Expr,
    names: Sequence[str],
    text: Collection[str],
    exponents: Collection[str],
) -> dict[str, tuple[int, int, int, int, int, int]]:
    """Return for each column how many values it has.

    Rows, filled, about how many distinct; how many look like an e-mail address; how many of those in `exponents` are
    written with an exponent, and of those in `text` are words for "nothing".
    """
    columns: list[exp.Expr] = [exp.Count(this=exp.Star())]
    for name in names:
        address = bind_column("x LIKE '%_@_%._%'", name)
        distinct = exp.func("approx_count_distinct", exp.column(name, quoted=True))
        rewritten = bind_column(f"REGEXP_FULL_MATCH(x, '{_REWRITTEN.pattern}', 'i')", name)
        columns += [
            count_where(filled(name)),
            distinct,
            count_where(address),
            count_where(rewritten) if name in exponents else exp.Literal.number(0),
            count_where(bind_column(IS_EMPTY_WORD, name)) if name in text else exp.Literal.number(0),
        ]
    rows, *counts = only_row(duck, exp.select(*columns).from_(snapshot))
    return {name: (rows, *counts[5 * place : 5 * place + 5]) for place, name in enumerate(names)}


def _exact_types(duck: duckdb.DuckDBPyConnection, snapshot: exp.Expr, numbers: Mapping[str, str]) -> dict[str, str]:
    """Return for columns of numbers (each with its format) the type that holds all of them. Fewer digits are faster."""
    if not numbers:
        return {}
    columns: list[exp.Expr] = []
    for name, format in numbers.items():
        text = digits_of(format)
        pieces = (
            f"MAX(CASE WHEN STRPOS({text}, '.') > 0 THEN STRPOS({text}, '.') - 1 ELSE STRLEN({text}) END"
            " - CASE WHEN x < '0' THEN 1 ELSE 0 END)",  # without its sign
            f"MAX(CASE WHEN STRPOS({text}, '.') > 0 THEN STRLEN({text}) - STRPOS({text}, '.') END)",
            "MAX(x) >= 'a' OR MIN(x) LIKE '-i%'",
        )
        columns += [bind_column(piece, name) for piece in pieces]
    found = only_row(duck, exp.select(*columns).from_(snapshot))
    return {
        name: "DOUBLE" if has_infinity else exact_type(digits or 1, places or 0)
        for name, digits, places, has_infinity in zip(numbers, found[::3], found[1::3], found[2::3], strict=True)
    }


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
        rewritten=rewritten,
    )


def _frequent(duck: duckdb.DuckDBPyConnection, table: exp.Expr, name: str, limit: int) -> list[str]:
    column = exp.column(name, quoted=True)
    query = exp.select(column).from_(table).where(filled(name)).group_by(column)
    query = query.order_by(exp.Ordered(this=exp.Count(this=exp.Star()), desc=True), column).limit(limit)
    return [value for (value,) in duck.execute(query.sql("duckdb")).fetchall()]
