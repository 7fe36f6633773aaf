"""How the text of a value is read as its attribute's type.

Snapshots hold every value as text, so that an export sends exactly what the file said; a rule compares its value.
The SQL below is constant text with `x` for the column; `bind_column` puts a quoted name in its place in the tree.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Protocol

from sqlglot import exp, parse_one

from .attributes import Attribute, AttributeType
from .blanks import AROUND, BLANK

# Null is not filled either. The first character tells of nearly all values.
FILLED = f"(x >= '!' AND x < '\x7f' OR NOT REGEXP_FULL_MATCH(x, '{BLANK}*'))"
_ZERO_DATE = "(0000[-/.]00[-/.]00|00[-/.]00[-/.]0000)([T ].*)?"  # how MySQL and others write that there is none
IS_ZERO_DATE = "STARTS_WITH(x, '00') AND REGEXP_FULL_MATCH(x, '" + _ZERO_DATE + "')"


@dataclass(frozen=True)
class TypeFormat:
    """A type and a way of writing it.

    `shape` is a cheap pattern that proposes it, `fits` the test that proves it for one filled value,
    `value` what the value is (null where it is none). Where `certain` is set, one value at least has to meet it: others
    could as well mean something else.
    """

    type: AttributeType
    shape: str
    fits: str
    value: str
    format: str = ""
    certain: str = ""
    separators: str = ""  # proposed only where a value has one of these

    def could_match(self, value: str) -> bool:
        is_zero = self.type in {AttributeType.DATE, AttributeType.MOMENT} and re.fullmatch(_ZERO_DATE, value)
        return bool(is_zero or re.fullmatch(self.shape, value, re.IGNORECASE))

    def could_be_of(self, values: Sequence[str]) -> bool:
        """Whether a column with these values can be of this format."""
        if not all(map(self.could_match, values)):
            return False
        return not self.separators or any(separator in value for value in values for separator in self.separators)


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
        type,
        re.sub("%[dmHIMS]", r"\\d{1,2}", shape),
        f"{read} IS NOT NULL OR {IS_ZERO_DATE}",
        f"CAST({read} AS {cast})",
        format,
    )


# How numbers are written elsewhere: an example, what stands between thousands, before the places, and in a value that
# can be nothing else.
_SEPARATED = (
    ("1.234,56", "[.]", ",", ".,", r"[.]\d{3},|[.].*[.]|,\d{2}$"),
    ("1,234.56", ",", "[.]", ",", r",\d{3}[.]|,.*,|[.](\d{1,2}|\d{4,})$"),
    ("1 234,56", "[ \u00a0\u202f]", ",", " \u00a0\u202f", "[ \u00a0\u202f]\\d{3},"),
    ("1 234.56", "[ \u00a0\u202f]", "[.]", " \u00a0\u202f", "[ \u00a0\u202f]\\d{3}[.]"),
    ("1'234.56", "['\u2019]", "[.]", "'\u2019", "['\u2019]\\d{3}"),
)


def _separated(example: str, thousands: str, point: str, separators: str, certain: str) -> TypeFormat:
    shape = rf"-?([1-9]\d{{0,2}}({thousands}\d{{3}})+|0|[1-9]\d{{0,29}})({point}\d+)?"
    digits = f"REPLACE(REGEXP_REPLACE(x, {_quoted(thousands)}, '', 'g'), '{point.strip('[]')}', '.')"
    return TypeFormat(
        AttributeType.NUMBER,
        shape,
        f"REGEXP_FULL_MATCH(x, {_quoted(shape)})",
        digits,
        example,
        f"REGEXP_MATCHES(x, {_quoted(certain)})",
        separators,
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_CLOCK = r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?( ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?))?"
_ISO = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

_DAYS = ("%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y")

# The first that every filled value of a column fits is the column's type. A number with a leading zero or a plus
# is a code (a postal code, a phone number), so it fits none of the numbers.
TYPE_FORMATS = (
    TypeFormat(
        AttributeType.BOOLEAN,
        "true|false|yes|no|y|n|是|否",
        "LOWER(x) IN ('true', 'false', 'yes', 'no', 'y', 'n', '是', '否')",
        "CASE WHEN LOWER(x) IN ('true', 'yes', 'y', '是') THEN TRUE "
        "WHEN LOWER(x) IN ('false', 'no', 'n', '否') THEN FALSE END",
        certain="LOWER(x) IN ('true', 'false', 'yes', 'y', '是', '否')",  # NO alone is Norway, N alone is north
    ),
    TypeFormat(AttributeType.WHOLE, "-?[0-9]+", "CAST(TRY_CAST(x AS BIGINT) AS TEXT) = x", "TRY_CAST(x AS BIGINT)"),
    TypeFormat(
        AttributeType.NUMBER,
        "-?[0-9.]+",
        "REGEXP_FULL_MATCH(x, '-?(0|[1-9][0-9]{0,29})([.][0-9]+)?')",
        "TRY_CAST(x AS DOUBLE)",
    ),
    *(_separated(*parts) for parts in _SEPARATED),
    TypeFormat(
        AttributeType.DATE,
        _ISO,
        f"REGEXP_FULL_MATCH(x, '{_ISO}') AND NOT TRY_CAST(x AS DATE) IS NULL OR {IS_ZERO_DATE}",
        "TRY_CAST(x AS DATE)",
    ),
    # The day and hour as they are written, whatever the offset: "on 31 January" means the date one reads.
    TypeFormat(
        AttributeType.MOMENT,
        f"{_ISO}({_CLOCK})?",
        f"REGEXP_FULL_MATCH(x, '{_ISO}({_CLOCK})?') AND NOT TRY_CAST(x AS TIMESTAMP) IS NULL OR {IS_ZERO_DATE}",
        "TRY_CAST(x AS TIMESTAMP)",
    ),
    *(_formatted(AttributeType.DATE, form) for form in _DAYS),
    *(
        _formatted(AttributeType.MOMENT, f"{day} {clock}")
        for day in _DAYS
        for clock in ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
    ),
)
# The format of a text that holds dates among others, in which some day above 12 stands first and none stands second.
DAY_FIRST = "%d/%m/%Y"
_DAYS_FIRST, _MONTHS_FIRST = "['%d/%m/%Y', '%d-%m-%Y', '%d.%m.%Y']", "['%m/%d/%Y', '%m-%d-%Y', '%m.%d.%Y']"
_BARE = f"REGEXP_REPLACE(x, '{AROUND}', '', 'g')"
_DAY_FIRST = f"TRY_STRPTIME({_BARE}, {_DAYS_FIRST})"
_MONTH_FIRST = f"TRY_STRPTIME({_BARE}, {_MONTHS_FIRST})"
MAY_BE_DAY_FIRST = f"NOT CASE WHEN x >= '0' AND x < ':' THEN TRY_STRPTIME(x, {_DAYS_FIRST}) END IS NULL"
IS_DAY_FIRST = f"NOT {_DAY_FIRST} IS NULL AND {_MONTH_FIRST} IS NULL"
IS_MONTH_FIRST = f"NOT {_MONTH_FIRST} IS NULL AND {_DAY_FIRST} IS NULL"
_MAX_DIGITS = 37  # one less than the engine has, so that there is a number beyond those of any column
_DECIMAL = re.compile(r"DECIMAL\(([0-9]+),([0-9]+)\)")
_BY_TYPE = {(type_format.type, type_format.format): type_format for type_format in TYPE_FORMATS}
WHOLE = _BY_TYPE[AttributeType.WHOLE, ""]
SEPARATED = tuple(one for one in TYPE_FORMATS if one.separators)


def default_format(type: str) -> TypeFormat | None:
    """Return how values of a type are written where nobody chose a way of their own; None for text."""
    return None if type == AttributeType.TEXT else _BY_TYPE[AttributeType(type), ""]


def value_of(attribute: Attribute) -> exp.Expr:
    """Return the expression that reads the attribute's text as its type; null where there is no value."""
    if attribute.type == AttributeType.TEXT:
        return exp.column(attribute.name, quoted=True)
    if attribute.type == AttributeType.NUMBER:
        return bind_column(f"TRY_CAST({digits_of(attribute.format)} AS {_sql_type(attribute)})", attribute.name)
    return bind_column(_BY_TYPE[AttributeType(attribute.type), attribute.format].value, attribute.name)


def type_of_format(format: str) -> AttributeType:
    """Return the type of values that are written in a format which could be of several."""
    if not format.startswith("%"):
        return AttributeType.NUMBER
    return AttributeType.MOMENT if "%M" in format else AttributeType.DATE


def digits_of(format: str) -> str:
    """Return the SQL that writes a number of that format with a point and without anything between its thousands."""
    return _BY_TYPE[AttributeType.NUMBER, format].value if format else "x"


def format_of(type: str, format: str) -> TypeFormat | None:
    """Return the way of writing of that name; None where there is no such way, or no such way any more."""
    return _BY_TYPE.get((AttributeType(type), format))


def exact_type(digits: int, places: int) -> str:
    """Return the engine's type that holds every number of so many digits before and behind its point."""
    if digits + places > _MAX_DIGITS:
        return "DOUBLE"
    return f"DECIMAL({18 if digits + places <= 18 else _MAX_DIGITS},{places})"


def _sql_type(attribute: Attribute) -> str:
    if attribute.type == AttributeType.WHOLE:
        return "BIGINT"
    return attribute.sql_type if _DECIMAL.fullmatch(attribute.sql_type) else "DOUBLE"


def moment_of(attribute: Attribute) -> exp.Expr:
    """Return the expression that reads a date or date and time as a TIMESTAMP in UTC, for putting rows in order."""
    if attribute.is_temporal and not attribute.format:
        return bind_column("TRY_CAST(x AS TIMESTAMPTZ) AT TIME ZONE 'UTC'", attribute.name)
    if attribute.is_temporal:
        return exp.cast(value_of(attribute), "TIMESTAMP")
    return exp.cast(exp.null(), "TIMESTAMP")


def text_of(attribute: Attribute, wanted: AttributeType | None = None) -> exp.Expr:
    """Return the expression of the attribute's text, null for a date that says there is none.

    `wanted`: values that are written in a way of their own are made such as any reader takes. DATE: a date, or the day
    of a date and time, as 2026-12-31, dates among other texts too, where they show that the day comes first; MOMENT: a
    date and time as 2026-12-31T17:05:00; NUMBER: a number as 1234.56, and one that could be 1.5 or 1500 with a question
    mark, which makes it none.
    """
    if wanted == AttributeType.DATE and attribute.type == AttributeType.TEXT and attribute.format == DAY_FIRST:
        return bind_column(f"COALESCE(STRFTIME({_DAY_FIRST}, '%Y-%m-%d'), x)", attribute.name)
    if attribute.type == AttributeType.NUMBER and wanted == AttributeType.NUMBER:
        return bind_column(digits_of(attribute.format), attribute.name)
    if attribute.is_open and wanted == AttributeType.NUMBER:
        return bind_column("CASE WHEN REGEXP_FULL_MATCH(x, '-?[0-9]+') THEN x ELSE x || '?' END", attribute.name)
    if not attribute.is_temporal:
        return exp.column(attribute.name, quoted=True)
    if attribute.format and wanted in (AttributeType.DATE, AttributeType.MOMENT):
        form = "%Y-%m-%dT%H:%M:%S" if wanted == attribute.type == AttributeType.MOMENT else "%Y-%m-%d"
        return exp.func("STRFTIME", value_of(attribute), exp.Literal.string(form), dialect="duckdb")
    return bind_column(f"CASE WHEN {IS_ZERO_DATE} THEN NULL ELSE x END", attribute.name)


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

    def places(self, attribute: Attribute) -> int | None:
        """Return how many digits numbers of the attribute can have behind their point; None: any number of them."""

    def number(self, value: Decimal, attribute: Attribute) -> exp.Expr:
        """Return the literal of a number that has no more `places` than those of the attribute."""


class FileValues:
    """Values as the text of a file."""

    def filled(self, attribute: Attribute) -> exp.Expr:
        if attribute.is_temporal and attribute.format:
            return value_of(attribute).is_(exp.null()).not_()
        if attribute.is_temporal:  # begins with a year that is not 0000: three times as fast as to trim and to look
            return bind_column("x >= '0000/00/01' AND x < ':'", attribute.name)
        return filled(attribute.name)

    def value(self, attribute: Attribute) -> exp.Expr:
        return value_of(attribute)

    def folded(self, text: exp.Expr) -> exp.Expr:
        return exp.Lower(this=text)

    def places(self, attribute: Attribute) -> int | None:
        if attribute.type == AttributeType.WHOLE:
            return 0
        decimal = _DECIMAL.fullmatch(_sql_type(attribute))
        return int(decimal[2]) if decimal else None

    def number(self, value: Decimal, attribute: Attribute) -> exp.Expr:
        """Of the attribute's own type where it fits, so that the values of the column stay as they are read."""
        if attribute.type == AttributeType.WHOLE:
            return exp.Literal.number(int(value))
        places = self.places(attribute)
        if places is None:
            return exp.cast(exp.Literal.string(f"{value:f}"), "DOUBLE")
        most = Decimal(10) ** (38 - places) - 1  # beyond every number of the column, whatever a person typed
        value = max(-most, min(value, most))
        digits = 18 if _sql_type(attribute).startswith("DECIMAL(18") and abs(value) < 10 ** (18 - places) else 38
        return exp.cast(exp.Literal.string(f"{value:f}"), f"DECIMAL({digits},{places})")
