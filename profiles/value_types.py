"""How the text of a value is read as its attribute's type.

Snapshots hold every value as text, so that an export sends exactly what the file said; a rule compares its value.
The SQL below is constant text with `x` for the column; `bind_column` puts a quoted name in its place in the tree.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Protocol

from sqlglot import exp, parse_one

from .attributes import Attribute, AttributeType
from .blanks import BLANK

# Null is not filled either. The first character tells of nearly all values.
FILLED = f"(x >= '!' AND x < '\x7f' OR NOT REGEXP_FULL_MATCH(x, '{BLANK}*'))"


@dataclass(frozen=True)
class TypeFormat:
    """A type and a way of writing it.

    `shape` is a cheap pattern that proposes it, `fits` the test that proves it for one filled value,
    `value` what the value is (null where it is none).
    """

    type: AttributeType
    shape: str
    fits: str
    value: str
    format: str = ""

    def could_match(self, value: str) -> bool:
        return re.fullmatch(self.shape, value, re.IGNORECASE) is not None


@cache
def _parsed(sql: str) -> exp.Expr:
    return parse_one(sql, dialect="duckdb")


def bind_column(sql: str, column: str) -> exp.Expr:
    """Return the tree of `sql`, a constant of this app, with the column of that name for `x`."""
    return _parsed(sql).transform(lambda node: exp.column(column, quoted=True) if node == exp.column("x") else node)


def _formatted(type: AttributeType, format: str) -> TypeFormat:
    cast = "DATE" if type == AttributeType.DATE else "TIMESTAMP"
    read = f"TRY_STRPTIME(x, '{format}')"
    shape = re.escape(format).replace("%Y", r"\d{4}").replace("%p", "[AP]M")
    return TypeFormat(
        type, re.sub("%[dmHIMS]", r"\\d{1,2}", shape), f"{read} IS NOT NULL", f"CAST({read} AS {cast})", format
    )


_CLOCK = r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?( ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?))?"
_ISO = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

# The first that every filled value of a column fits is the column's type. A number with a leading zero or a plus
# is a code (a postal code, a phone number), so it fits none of the numbers.
TYPE_FORMATS = (
    TypeFormat(
        AttributeType.BOOLEAN,
        "true|false|yes|no|y|n|是|否",
        "LOWER(x) IN ('true', 'false', 'yes', 'no', 'y', 'n', '是', '否')",
        "CASE WHEN LOWER(x) IN ('true', 'yes', 'y', '是') THEN TRUE "
        "WHEN LOWER(x) IN ('false', 'no', 'n', '否') THEN FALSE END",
    ),
    TypeFormat(AttributeType.WHOLE, "-?[0-9]+", "CAST(TRY_CAST(x AS BIGINT) AS TEXT) = x", "TRY_CAST(x AS BIGINT)"),
    TypeFormat(
        AttributeType.NUMBER,
        "-?[0-9.]+",
        "REGEXP_FULL_MATCH(x, '-?(0|[1-9][0-9]{0,29})([.][0-9]+)?')",
        "TRY_CAST(x AS DOUBLE)",
    ),
    TypeFormat(
        AttributeType.DATE,
        _ISO,
        f"REGEXP_FULL_MATCH(x, '{_ISO}') AND NOT TRY_CAST(x AS DATE) IS NULL",
        "TRY_CAST(x AS DATE)",
    ),
    # The day and hour as they are written, whatever the offset: "on 31 January" means the date one reads.
    TypeFormat(
        AttributeType.MOMENT,
        f"{_ISO}({_CLOCK})?",
        f"REGEXP_FULL_MATCH(x, '{_ISO}({_CLOCK})?') AND NOT TRY_CAST(x AS TIMESTAMP) IS NULL",
        "TRY_CAST(x AS TIMESTAMP)",
    ),
    *(_formatted(AttributeType.DATE, form) for form in ("%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y")),
    *(
        _formatted(AttributeType.MOMENT, f"{day} {clock}")
        for day in ("%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y")
        for clock in ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
    ),
)
_BY_TYPE = {(type_format.type, type_format.format): type_format for type_format in TYPE_FORMATS}


def default_format(type: str) -> TypeFormat | None:
    """Return how values of a type are written where nobody chose a way of their own; None for text."""
    return None if type == AttributeType.TEXT else _BY_TYPE[AttributeType(type), ""]


def value_of(attribute: Attribute) -> exp.Expr:
    """Return the expression that reads the attribute's text as its type; null where there is no value."""
    if attribute.type == AttributeType.TEXT:
        return exp.column(attribute.name, quoted=True)
    return bind_column(_BY_TYPE[AttributeType(attribute.type), attribute.format].value, attribute.name)


def moment_of(attribute: Attribute) -> exp.Expr:
    """Return the expression that reads a date or date and time as a TIMESTAMP in UTC, for putting rows in order."""
    if attribute.is_temporal and not attribute.format:
        return bind_column("TRY_CAST(x AS TIMESTAMPTZ) AT TIME ZONE 'UTC'", attribute.name)
    if attribute.is_temporal:
        return exp.cast(value_of(attribute), "TIMESTAMP")
    return exp.cast(exp.null(), "TIMESTAMP")


def filled(column: str) -> exp.Expr:
    return bind_column(FILLED, column)


def count_where(condition: exp.Expr) -> exp.Expr:
    """Return how many rows meet the condition. Not COUNT_IF: that is null where the condition always is."""
    return exp.Count(this=exp.Case(ifs=[exp.If(this=condition, true=exp.Literal.number(1))]))


class ValueExpressions(Protocol):
    """How the values of a source compare: what the compiler of rules has to know about where they are."""

    def filled(self, attribute: Attribute) -> exp.Expr: ...

    def value(self, attribute: Attribute) -> exp.Expr: ...

    def folded(self, text: exp.Expr) -> exp.Expr:
        """Return the text with its capital letters made small."""

    def number(self, value: Decimal) -> exp.Expr: ...


class FileValues:
    """Values as the text of a file."""

    def filled(self, attribute: Attribute) -> exp.Expr:
        return filled(attribute.name)

    def value(self, attribute: Attribute) -> exp.Expr:
        return value_of(attribute)

    def folded(self, text: exp.Expr) -> exp.Expr:
        return exp.Lower(this=text)

    def number(self, value: Decimal) -> exp.Expr:
        whole = value == value.to_integral_value()
        return exp.Literal.number(int(value)) if whole else exp.cast(exp.Literal.string(f"{value:f}"), "DOUBLE")
