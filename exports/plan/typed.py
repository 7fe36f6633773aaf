"""The values of fields that are more than text: dates, numbers, yes or no, one of a list. As SQL expressions.

What fits a type is sent in the form that the type has at Constant Contact; of all others the expression is null.
What the reference says of the types of custom fields, and what is inferred: constant_contact/fields.py.
"""

from __future__ import annotations

from sqlglot import exp

from constant_contact import ImportField

from .sql import call, case, is_found

# Their page's forms; whatever else can be read as a date is sent as YYYY-MM-DD.
DATE_FORMATS = ("%m/%d/%Y", "%Y/%m/%d", "%Y-%m-%d", "%m-%d-%Y")
EARLIEST_DATE, LATEST_DATE = "1900-01-01", "9999-12-31 23:59:59.999999"
# Those of profiles.value_types, and what databases and programs store as.
YES, NO = ("true", "yes", "y", "1", "是"), ("false", "no", "n", "0", "否")


class CustomTarget(str):
    """The key of a custom field in an import, which knows what the field takes. A plain text is one of a text field."""

    field: ImportField

    def __new__(cls, field: ImportField) -> CustomTarget:
        target = super().__new__(cls, field.name)
        target.field = field
        return target


def typed_value(field: ImportField, text: exp.Expr) -> exp.Expr:
    """Return what is sent of `text`, which has no blanks around it. The field is of one of these kinds."""
    if field.kind == "date":
        return _date(text)
    if field.kind == "moment":
        return _moment(text)
    if field.kind == "number":
        return _number(text, field)
    if field.kind == "boolean":
        return _boolean(text)
    return _choice(text, field.choices)


def _date(text: exp.Expr) -> exp.Expr:
    """A date of the years that are accepted, as written where it has one of their forms."""
    as_written = call("try_strptime", text, exp.Array(expressions=[exp.convert(form) for form in DATE_FORMATS]))
    return case(
        (_begins_with_digit(text).not_(), None),
        (_is_accepted(as_written), text),
        (_is_accepted(_timestamp(text)), call("strftime", _timestamp(text), "%Y-%m-%d")),
    )


def _moment(text: exp.Expr) -> exp.Expr:
    """A date, with or without a time, as written, but for the T between the two."""
    is_moment = _begins_with_digit(text).and_(_is_accepted(_timestamp(text)))
    return case((is_moment, call("regexp_replace", text, " ", "T")))


def _number(text: exp.Expr, field: ImportField) -> exp.Expr:
    """A plain decimal number as written, without zeros behind the last place that the field has. None is rounded."""
    whole = rf"{'-?' if field.may_be_negative else ''}[0-9]+"
    if field.places is None:
        return case((is_found(rf"^{whole}(?:[.][0-9]+)?$", text), text))
    if field.places == 0:
        short, long, zeros = f"^{whole}$", rf"^{whole}[.]0+$", "()[.]0+$"
    else:
        places = f"[.][0-9]{{{field.places}}}"
        short, long = rf"^{whole}(?:[.][0-9]{{1,{field.places}}})?$", rf"^{whole}{places}0+$"
        zeros = rf"({places})0+$"
    return case((is_found(short, text), text), (is_found(long, text), call("regexp_replace", text, zeros, r"\1")))


def _boolean(text: exp.Expr) -> exp.Expr:
    word = call("lower", text)
    return case((word.isin(*YES), "true"), (word.isin(*NO), "false"))


def _choice(text: exp.Expr, choices: tuple[str, ...]) -> exp.Expr:
    """The choice that is written so, else the first that differs in capital letters only."""
    exact = exp.Array(expressions=[exp.convert(choice) for choice in choices])
    folded = exp.Array(expressions=[call("lower", choice) for choice in choices])
    place = call("list_position", folded, call("lower", text))
    return case((call("list_contains", exact, text), text), otherwise=call("list_extract", exact, place))


def _begins_with_digit(text: exp.Expr) -> exp.Expr:
    """What does not is no date, though the engine reads "epoch" as one."""
    return (text >= "0").and_(text < ":")


def _timestamp(text: exp.Expr) -> exp.Expr:
    return exp.TryCast(this=text.copy(), to=exp.DataType.build("TIMESTAMP"))


def _is_accepted(moment: exp.Expr) -> exp.Expr:
    first, last = (exp.cast(exp.Literal.string(day), "TIMESTAMP") for day in (EARLIEST_DATE, LATEST_DATE))
    return exp.Between(this=moment, low=first, high=last)
