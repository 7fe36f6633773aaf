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
from string import ascii_lowercase, ascii_uppercase

from sqlglot import exp

from constant_contact import CUSTOM_FIELD_MAX_LENGTH, IMPORT_FIELDS, ImportField
from profiles.blanks import AROUND, BLANK, BLANKS, any_of

from .sql import call, case, concat, is_found, is_something, total
from .typed import CustomTarget, typed_value

CUSTOM_PREFIX = "cf:"
EMAIL_PATTERN = (
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])"
)
# What nobody sees in an address. Blanks of ASCII are seen; selectors of variants and tags are invisible there only.
_INVISIBLE = any_of("".join(set(BLANKS) - set(" \t\n\v\f\r")) + "\0")[:-1] + r"\x{fe00}-\x{fe0f}\x{e0000}-\x{e0fff}]"
_CONTROLS = r"[\x00-\x1f\x7f-\x9f]"
_CONTROLS_OF_NO_LINE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
_LINE_ENDS = r"\r\n|[\t\n\v\f\r\x{85}\x{2028}\x{2029}]"
_ODD = rf"^{BLANK}|{BLANK}$|{_CONTROLS}|{_LINE_ENDS}"
_SPECIAL_IN_CSV = r'[",\r\n]|^\s|\s$'
_ZERO_DATE = "0+[-/.]0+[-/.]0+([T ][0:.]*)?"  # what databases write for "none"
_DAYS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}  # of the months that have fewer than 31; a birthday has no year
BIRTHDAY = ("birthday_month", "birthday_day")
BIRTHDAY_KINDS = ("month", "day")
DATE_KINDS = ("date", "moment")
# One number of 7 to 15 digits with the usual punctuation, and at most an extension. A second number has 7 too.
_MARK = r"[ ().\x{a0}\x{2010}-\x{2015}-]"
_EXTENSION = r"(?i)[ ,;]*(?:extension|extn?[.:]?|x[.:]?|#) *([0-9]{1,6})$"
PHONE_PATTERN = rf"[(+]*(?:[0-9](?:{_MARK}|/)*){{7,15}}(?:{_EXTENSION})?"
_TWO_NUMBERS = (
    rf"[(+]*(?:(?:[0-9][().-]*){{7,}} +|(?:[0-9]{_MARK}*){{7,}}/ *|(?:[0-9]{_MARK}*){{7,}}  +)"
    rf"[(]*(?:[0-9]{_MARK}*){{7,}}"
)
_TWO_NUMBERS_LENGTH = 14


def field_of(target: str) -> ImportField:
    """Return what the import API says of a target; a custom field of no known type is a text."""
    if isinstance(target, CustomTarget):
        return target.field
    if target.startswith(CUSTOM_PREFIX):
        return ImportField(target, CUSTOM_FIELD_MAX_LENGTH, "text")
    return IMPORT_FIELDS[target]


def staged(position: int) -> exp.Column:
    return exp.column(f"value_{position}")


def email() -> exp.Column:
    return exp.column("email")


def normalised_email() -> exp.Expr:
    """Without blanks around and in lower case: addresses that differ only so are the same person's.

    Only letters of ASCII are made small: the small letter of the Kelvin sign is somebody else's k.
    """
    raw = staged(0)
    cleaned = call("translate", _without(AROUND, raw), ascii_uppercase, ascii_lowercase)
    is_ascii = call("strlen", raw).eq(call("length", raw))
    is_plain = is_ascii.and_(raw >= "!").and_(call("right", raw, 1).between("!", "~"))
    return case((is_plain, call("lower", raw)), otherwise=cleaned)


def email_is_valid() -> exp.Expr:
    return call("regexp_full_match", email(), EMAIL_PATTERN)


def email_has_invisible() -> exp.Expr:
    return call("regexp_matches", email(), _INVISIBLE)


def is_email_too_long() -> exp.Expr:
    return call("length", email()) > IMPORT_FIELDS["email"].max_length


def readings(targets: Sequence[str]) -> list[exp.Expr]:
    """What `accepted` needs besides the staged columns.

    is_odd: whether any value has blanks around it or a control character. It is the dearest look at a profile: `noted`
    keeps what it found.
    """
    is_odd = exp.or_(exp.false(), *(is_found(_ODD, staged(position)) for position in range(1, len(targets))))
    return [call("coalesce", is_odd, False).as_("is_odd"), *birthdays(targets)]


def birthdays(targets: Sequence[str]) -> list[exp.Expr]:
    """The month and the day of a birthday as numbers, where `is_odd` is known; null where there is none."""
    if not set(BIRTHDAY) <= set(targets):
        return []
    places = {IMPORT_FIELDS[target].kind: targets.index(target) for target in BIRTHDAY}
    number = exp.DataType.build("DOUBLE")
    return [exp.TryCast(this=_trimmed(staged(place)), to=number).as_(kind) for kind, place in places.items()]


def is_filled(position: int) -> exp.Expr:
    """Whether anything but blanks stands there; false for null too."""
    return call("coalesce", _is_filled(staged(position)), False)


def accepted(position: int, targets: Sequence[str]) -> exp.Expr:
    """The value in a form the import accepts, as text; null when it is empty or can't be brought into one."""
    field, raw = field_of(targets[position]), staged(position)
    if field.kind in BIRTHDAY_KINDS:
        return _birthday(field.kind, targets)
    if field.kind == "phone":
        return _phone(raw, field.max_length)
    return _text(raw, field) if field.kind == "text" else typed_value(field, _trimmed(raw))


def is_withheld(position: int, targets: Sequence[str], sent: exp.Expr) -> exp.Expr:
    """Something stands there, but `sent`, what `accepted` made of it, is nothing: the import would not take it."""
    is_something_there = _is_filled(staged(position))
    if field_of(targets[position]).kind in DATE_KINDS:
        no_date = call("regexp_full_match", _trimmed(staged(position)), _ZERO_DATE)
        is_something_there = is_something_there.and_(no_date.not_())
    # A CASE looks only where nothing is sent; AND would look everywhere.
    return case((sent.is_(exp.null()), call("coalesce", is_something_there, False)), otherwise=False)


def is_longer_than_text(position: int, targets: Sequence[str]) -> exp.Expr:
    """Whether a text is longer than its field, as it stands; false for values of other kinds."""
    field = field_of(targets[position])
    return (call("length", staged(position)) > field.max_length) if field.kind == "text" else exp.false()


def values(targets: Sequence[str]) -> list[exp.Expr]:
    """What `accepted` says of each target but the email address, in their order."""
    return [accepted(position, targets) for position in range(1, len(targets))]


def json_pieces(targets: Sequence[str], values: Sequence[exp.Expr]) -> list[exp.Expr]:
    """The email address and `values` as JSON, in the order of the targets; null where nothing is sent.

    `json_payload` and `marks_of_pieces` are made from them as the columns piece_0 …: each value is made once.
    """
    pieces = [call("to_json", email())]
    for target, value in zip(targets[1:], values, strict=True):
        pieces.append(value if field_of(target).kind in BIRTHDAY_KINDS else call("to_json", value))
    return pieces


def json_payload(targets: Sequence[str]) -> exp.Expr:
    """The contact as a JSON object in text. Empty values are left out: what is not sent is not erased."""
    members = [
        case((is_something(piece(place)), concat(name, piece(place))))
        for place, name in enumerate(_json_names(targets))
    ]
    return concat("{", *members, "}")


def csv_pieces(values: Sequence[exp.Expr]) -> list[exp.Expr]:
    """The cells of the email address and `values`; null where nothing is sent. See json_pieces."""
    return [email(), *(_csv_cell(value, staged(position)) for position, value in enumerate(values, start=1))]


def csv_line(targets: Sequence[str]) -> exp.Expr:
    """The contact as a CSV line of just the cells that are filled: concat_ws leaves nulls out."""
    return call("concat_ws", ",", *(piece(place) for place in range(len(targets))))


def value(position: int) -> exp.Column:
    """What `accepted` made of a value, where it is kept in a column: it is needed for a piece and for a hash."""
    return exp.column(f"accepted_{position}")


def made_values(targets: Sequence[str]) -> list[exp.Expr]:
    """`values`, where they are kept in columns."""
    return [value(position) for position in range(1, len(targets))]


def piece(place: int) -> exp.Column:
    return exp.column(f"piece_{place}")


def withheld_marks(targets: Sequence[str]) -> exp.Expr:
    """A bit for each target that is sent without its value, of a contact whose pieces are made: see is_withheld."""
    marks = [
        case((is_withheld(position, targets, piece(position)), 1 << position), otherwise=0)
        for position in range(1, len(targets))
    ]
    return as_marks(total([exp.convert(0), *marks]), targets)


def marks_of_pieces(targets: Sequence[str]) -> exp.Expr:
    """What `filled_marks` says, of a contact whose pieces are made."""
    return _marks([piece(position) for position in range(1, len(targets))], targets)


def json_bytes(targets: Sequence[str]) -> exp.Expr:
    """How many bytes `json_payload` has, without making it."""
    pieces = zip(_json_names(targets), json_pieces(targets, values(targets)), strict=True)
    members = (call("strlen", value) + len(name.encode()) for name, value in pieces)
    return total([exp.convert(len("{}")), *(call("coalesce", member, 0) for member in members)])


def _json_names(targets: Sequence[str]) -> list[str]:
    """The names of the members of the object, as they stand before their values."""
    return ['"email":', *(f",{json.dumps(target, ensure_ascii=False)}:" for target in targets[1:])]


def filled_marks(targets: Sequence[str]) -> exp.Expr:
    """A whole number with a bit for each target whose value is sent: bit 0 is the email address."""
    return _marks(values(targets), targets)


def _marks(values: Sequence[exp.Expr], targets: Sequence[str]) -> exp.Expr:
    marks = [case((is_something(value), 1 << position), otherwise=0) for position, value in enumerate(values, start=1)]
    return as_marks(total([exp.convert(1), *marks]), targets)


def type_of_marks(targets: Sequence[str]) -> str:
    """The smallest type that has a bit for each target. An import takes at most 54 of them."""
    return next(name for bits, name in _MARKS.items() if len(targets) <= bits)


def as_marks(value: exp.Expr, targets: Sequence[str]) -> exp.Expr:
    return exp.cast(value, type_of_marks(targets), dialect="duckdb")


_MARKS = {8: "UTINYINT", 16: "USMALLINT", 32: "UINTEGER", 64: "UBIGINT"}


def value_hash(value: exp.Expr) -> exp.Expr:
    """The engine's hash of a value as it is sent; null when it is not sent."""
    return case((is_something(value), call("hash", value)))


def _csv_cell(value: exp.Expr, raw: exp.Expr) -> exp.Expr:
    """The value as a cell of a CSV line; null stays null. What needs no quotes as it was, needs none as it is sent."""
    is_nothing = value.is_(exp.null())
    return case(
        (is_nothing, None),
        (is_found(_SPECIAL_IN_CSV, raw), concat('"', call("replace", value, '"', '""'), '"')),
        otherwise=value,
    )


def without_blanks(value: exp.Expr) -> exp.Expr:
    """The text without blanks before and behind it."""
    return _without(AROUND, value)


def _without(pattern: str, value: exp.Expr, replacement: str = "") -> exp.Expr:
    return call("regexp_replace", value, pattern, replacement, "g")


def _trimmed(value: exp.Expr) -> exp.Expr:
    return case((exp.column("is_odd"), _without(AROUND, value)), otherwise=value)


def _is_filled(value: exp.Expr) -> exp.Expr:
    """A look at the first character tells of nearly all values."""
    starts_plainly = (value >= "!").and_(value < "\x7f")
    return case((starts_plainly, True), otherwise=call("regexp_full_match", value, f"{BLANK}*").not_())


def _text(raw: exp.Expr, field: ImportField) -> exp.Expr:
    """The text without blanks around and control characters, unless that is too long; null for an empty one.

    A custom field may be one of several lines: in the others, a line end becomes a blank.
    """
    if field.name.startswith(CUSTOM_PREFIX):
        cleaned = _without(_CONTROLS_OF_NO_LINE, raw)
    else:
        cleaned = _without(_CONTROLS, _without(_LINE_ENDS, raw, " "))
    cleaned = _without(AROUND, cleaned)
    of_odd = case((call("length", cleaned).between(1, field.max_length), cleaned))
    return case((exp.column("is_odd"), of_odd), (call("length", raw).between(1, field.max_length), raw))


def _phone(raw: exp.Expr, max_length: int) -> exp.Expr:
    """As written, if it is one number; only one too long for the field loses its blanks, dots and brackets."""
    number = _trimmed(raw)
    is_one = is_found(rf"^{BLANK}*(?:{PHONE_PATTERN}){BLANK}*$", raw)
    is_two = (call("length", raw) > _TWO_NUMBERS_LENGTH).and_(is_found(rf"^{BLANK}*{_TWO_NUMBERS}{BLANK}*$", raw))
    bare = _without("[^0-9+x]", _without(_EXTENSION, number, r"x\1"))
    return case((is_one.not_().or_(is_two), None), (call("length", number) <= max_length, number), otherwise=bare)


def _birthday(kind: str, targets: Sequence[str]) -> exp.Expr:
    """The month or the day of a birthday: the import takes both or neither, of a date that exists."""
    if not set(BIRTHDAY) <= set(targets):
        return exp.null()
    month, day = exp.column("month"), exp.column("day")
    last = case(*((month.eq(number), days) for number, days in _DAYS.items()), otherwise=31)
    exists = month.between(1, 12).and_(exp.Between(this=day, low=exp.convert(1), high=last))
    are_whole = call("floor", month).eq(month).and_(call("floor", day).eq(day))  # 3.6 is no month
    return case((exists.and_(are_whole), exp.cast(exp.cast(exp.column(kind), "TINYINT"), "VARCHAR")))
