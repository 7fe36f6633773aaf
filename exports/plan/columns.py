"""The rules for single values, as SQL expressions over the staged columns.

A staged profile has its key, a `place` in the order in which they are read, when it was last updated, and one text
column for each mapped target, named by position (`value_0` is the e-mail address); `email` is that address as
`normalised_email` makes it. Names that people chose appear only as quoted string literals.
Sources of the rules: API reference, contacts_json_import; the accepted characters of an address are those
support names (no letters outside ASCII, no spaces, commas or brackets; a full domain).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlglot import exp

from constant_contact import CUSTOM_FIELD_MAX_LENGTH, IMPORT_FIELDS, ImportField

from .sql import call, case, concat, is_something, total

CUSTOM_PREFIX = "cf:"
BLANKS = " \t\r\n\u00a0\u3000"  # what people and spreadsheets leave around a value, no-break and wide blanks too
EMAIL_PATTERN = (
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])"
)
# Their page's forms; whatever else can be read as a date is sent as YYYY-MM-DD.
DATE_FORMATS = ("%m/%d/%Y", "%Y/%m/%d", "%Y-%m-%d", "%m-%d-%Y")
RANGES = {"month": (1, 12), "day": (1, 31)}


def field_of(target: str) -> ImportField:
    """Return what the import API says of a target; custom fields are texts of up to 255 characters."""
    if target.startswith(CUSTOM_PREFIX):
        return ImportField(target, CUSTOM_FIELD_MAX_LENGTH, "text")
    return IMPORT_FIELDS[target]


def staged(position: int) -> exp.Column:
    return exp.column(f"value_{position}")


def email() -> exp.Column:
    return exp.column("email")


def normalised_email() -> exp.Expr:
    """Trimmed and in lower case: addresses that differ only so are the same person's.

    Hardly any address holds a blank, and looking for one costs a fifth of what trimming does.
    """
    raw = staged(0)
    has_blanks = exp.or_(*(call("contains", raw, blank) for blank in BLANKS))
    return call("lower", case((has_blanks, _trimmed(raw)), otherwise=raw))


def email_is_valid() -> exp.Expr:
    return call("regexp_full_match", email(), EMAIL_PATTERN)


def is_email_too_long() -> exp.Expr:
    return call("length", email()) > IMPORT_FIELDS["email"].max_length


def is_filled(position: int) -> exp.Expr:
    """Whether anything but blanks stands there; false for null too."""
    return call("coalesce", _is_filled(staged(position)), False)


def accepted(position: int, target: str) -> exp.Expr:
    """The value in a form the import accepts, as text; null when it is empty or can't be brought into one."""
    kind = field_of(target).kind
    raw = staged(position)
    if kind == "date":
        return _date(raw)
    if kind in RANGES:
        number = exp.TryCast(this=_trimmed(raw), to=exp.DataType.build("INTEGER"))
        return exp.cast(case((number.between(*RANGES[kind]), number)), "VARCHAR")
    filled = case((_is_filled(raw), raw))
    return _phone(filled, field_of(target)) if kind == "phone" else filled


def is_too_long(position: int, target: str) -> exp.Expr | None:
    field = field_of(target)
    if field.kind not in {"text", "phone"}:
        return None
    return call("length", accepted(position, target)) > field.max_length


def is_invalid(position: int, target: str) -> exp.Expr | None:
    """Something stands there, but no date, month or day that the import would take."""
    if field_of(target).kind not in {"date", *RANGES}:
        return None
    return _is_filled(staged(position)).and_(accepted(position, target).is_(exp.null()))


def json_pieces(targets: Sequence[str]) -> list[exp.Expr]:
    """The values of the contact as JSON, in the order of the targets; null where nothing is sent.

    `json_payload` and `marks_of_pieces` are made from them as the columns piece_0 …: each value is made once.
    """
    return [value for _name, value in _json_members(targets)]


def json_payload(targets: Sequence[str]) -> exp.Expr:
    """The contact as a JSON object in text. Empty values are left out: what is not sent is not erased."""
    members = [
        case((is_something(piece(place)), concat(name, piece(place))))
        for place, (name, _value) in enumerate(_json_members(targets))
    ]
    return concat("{", *members, "}")


def csv_pieces(targets: Sequence[str]) -> list[exp.Expr]:
    """The cells of the contact, in the order of the targets; null where nothing is sent. See json_pieces."""
    return [email(), *(_csv_cell(accepted(position, target)) for position, target in enumerate(targets[1:], start=1))]


def csv_line(targets: Sequence[str]) -> exp.Expr:
    """The contact as a CSV line of just the cells that are filled: concat_ws leaves nulls out."""
    return call("concat_ws", ",", *(piece(place) for place in range(len(targets))))


def piece(place: int) -> exp.Column:
    return exp.column(f"piece_{place}")


def marks_of_pieces(targets: Sequence[str]) -> exp.Expr:
    """What `filled_marks` says, of a contact whose pieces are made."""
    return _marks([piece(position) for position in range(1, len(targets))], targets)


def json_bytes(targets: Sequence[str]) -> exp.Expr:
    """How many bytes `json_payload` has, without making it."""
    members = (call("strlen", value) + len(name.encode()) for name, value in _json_members(targets))
    return total([exp.convert(len("{}")), *(call("coalesce", member, 0) for member in members)])


def _json_members(targets: Sequence[str]) -> list[tuple[str, exp.Expr]]:
    """The members of the object, each with its name as it stands before the value; null where it is left out."""
    members: list[tuple[str, exp.Expr]] = [('"email":', call("to_json", email()))]
    for position, target in enumerate(targets[1:], start=1):
        value = accepted(position, target)
        as_json = value if field_of(target).kind in RANGES else call("to_json", value)
        members.append((f",{json.dumps(target, ensure_ascii=False)}:", as_json))
    return members


def filled_marks(targets: Sequence[str]) -> exp.Expr:
    """A whole number with a bit for each target whose value is sent: bit 0 is the email address."""
    return _marks([accepted(position, target) for position, target in enumerate(targets[1:], start=1)], targets)


def _marks(values: Sequence[exp.Expr], targets: Sequence[str]) -> exp.Expr:
    marks = [case((is_something(value), 1 << position), otherwise=0) for position, value in enumerate(values, start=1)]
    return as_marks(total([exp.convert(1), *marks]), targets)


def type_of_marks(targets: Sequence[str]) -> str:
    """The smallest type that has a bit for each target. An import takes at most 54 of them."""
    return next(name for bits, name in _MARKS.items() if len(targets) <= bits)


def as_marks(value: exp.Expr, targets: Sequence[str]) -> exp.Expr:
    return exp.cast(value, type_of_marks(targets), dialect="duckdb")


_MARKS = {8: "UTINYINT", 16: "USMALLINT", 32: "UINTEGER", 64: "UBIGINT"}


def value_hash(position: int, target: str) -> exp.Expr:
    """The engine's hash of the value as it is sent; null when it is not sent."""
    value = accepted(position, target)
    return case((is_something(value), call("hash", value)))


def _csv_cell(value: exp.Expr) -> exp.Expr:
    """The value as a cell of a CSV line; null stays null."""
    is_special = call("regexp_matches", value, r'[",\r\n]|^\s|\s$')
    return case((is_special, concat('"', call("replace", value, '"', '""'), '"')), otherwise=value)


def _trimmed(value: exp.Expr) -> exp.Expr:
    return call("trim", value, BLANKS)


def _is_filled(value: exp.Expr) -> exp.Expr:
    """A look at the first character tells of nearly all values, at a tenth of what trimming costs."""
    starts_plainly = (value >= "!").and_(value < "\x7f")
    return case((starts_plainly, True), otherwise=_trimmed(value).neq(""))


def _phone(value: exp.Expr, field: ImportField) -> exp.Expr:
    """As written; only a number too long for the field loses its spaces, dots and brackets."""
    bare = call("regexp_replace", value, "[^0-9+]", "", "g")
    is_too_long = call("length", value) > field.max_length
    return case((is_too_long.and_(bare.neq("")), bare), otherwise=value)


def _date(raw: exp.Expr) -> exp.Expr:
    text = _trimmed(raw)
    as_written = call("try_strptime", text, exp.Array(expressions=[exp.convert(form) for form in DATE_FORMATS]))
    read = exp.TryCast(this=text.copy(), to=exp.DataType.build("TIMESTAMP"))
    return case((is_something(as_written), text), otherwise=call("strftime", read, "%Y-%m-%d"))
