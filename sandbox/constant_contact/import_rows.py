"""The rules for one row of an import: what becomes a contact, what is correctable, what is an error.

Rows that share their columns share a `Columns`, so the usual row (plain text, nothing too long) costs a few
comparisons; everything else takes the long way through `_careful`.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sandbox.constant_contact.contact_store import SEPARATOR
from sandbox.constant_contact.custom_values import Check

EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
)
ANNIVERSARY = re.compile(
    r"(\d{1,2})/(\d{1,2})/\d{4}|\d{4}/(\d{1,2})/(\d{1,2})|\d{4}-(\d{1,2})-(\d{1,2})|"
    r"(\d{1,2})-(\d{1,2})-\d{4}"
)
SMS_NUMBER = re.compile(r"\d{10}|\d{3}-\d{3}-\d{4}")
EMAIL_LENGTH = 50
MAX_PHONES = 3

TEXT = {"first_name": 50, "last_name": 50, "job_title": 50, "company_name": 50}
PHONES = {
    "phone": "other_phone",
    "home_phone": "home_phone",
    "work_phone": "work_phone",
    "mobile_phone": "mobile_phone",
    "other_phone": "other_phone",
}
ADDRESS = {"street": 255, "street2": 255, "city": 50, "state": 50, "zip": 50, "country": 50}
DATES = {"birthday_month", "birthday_day", "anniversary"}
SMS = {"sms_number": 16, "sms_consent_date": 16}

_STORED = {name: name for name in (*TEXT, *DATES, *SMS)} | PHONES
_LENGTHS = TEXT | SMS | dict.fromkeys(PHONES, 50)
for _part, _length in ADDRESS.items():
    for _name, _kind in ((_part, "home"), *((f"{kind}_{_part}", kind) for kind in ("home", "work", "other"))):
        _STORED[_name] = f"{_kind}_{_part}"
        _LENGTHS[_name] = _length
# The specification prints one of the names with a blank.
_STORED["home country"] = "home_country"
_LENGTHS["home country"] = 50


class Refused(Exception):
    """The row becomes no contact: `correctable` waits for a person, the rest are errors."""

    def __init__(self, correctable: bool) -> None:
        super().__init__(correctable)
        self.correctable = correctable


class Rules(NamedTuple):
    """What the account and the switches say about rows."""

    custom_fields: frozenset[str]
    unknown_custom_field: str
    cut_long_values: bool
    empty_value_erases: bool
    most_custom_fields: int
    checks: Mapping[str, Check]  # of the columns of custom fields that do not take every text
    skip_unfit_values: bool  # … else their row is an error


class Columns:
    """What follows from the names of a row's columns alone."""

    def __init__(self, names: tuple[str, ...], rules: Rules) -> None:
        self.rules = rules
        self.email_at = names.index("email") if "email" in names else -1
        self.has_unknown_field = any(self._is_unknown_field(name) for name in names)
        self.stored = [self._stored(name) for name in names]
        self.lengths = [EMAIL_LENGTH if name == "email" else _LENGTHS.get(name, 255) for name in names]
        kept = [name for name in self.stored if name]
        self.plain_names = tuple(kept)
        self.keep_all = len(kept) == len(names) - 1
        self.is_plain = self.email_at >= 0 and len(set(kept)) == len(kept) and not self._needs_care(kept)

    def _is_unknown_field(self, name: str) -> bool:
        return name.startswith("cf:") and name[3:] not in self.rules.custom_fields

    def _stored(self, name: str) -> str:
        if name.startswith("cf:"):
            return "" if self._is_unknown_field(name) else name
        return _STORED.get(name, "")

    def _needs_care(self, kept: list[str]) -> bool:
        return (
            (self.has_unknown_field and self.rules.unknown_custom_field == "error")
            or any(name in DATES or name in SMS or name.endswith("_street2") for name in kept)
            or sum(name.endswith("_phone") for name in kept) > MAX_PHONES
            or sum(name.startswith("cf:") for name in kept) > self.rules.most_custom_fields
            or any(name in self.rules.checks for name in kept)
        )


class Reader:
    """Reads the rows of one import. `read` returns email, names and joined values, or raises Refused."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._columns: dict[tuple[str, ...], Columns] = {}

    def read(self, row: Any) -> tuple[str, tuple[str, ...], str]:
        if not isinstance(row, dict):
            raise Refused(correctable=False)
        names = tuple(row)
        columns = self._columns.get(names)
        if columns is None:
            columns = self._columns[names] = Columns(names, self._rules)
        if columns.is_plain:
            plain = _plain(columns, list(row.values()))
            if plain is not None:
                return plain
        email, fields = _careful(columns, list(row.values()))
        return email, tuple(fields), SEPARATOR.join(fields.values())


def _plain(columns: Columns, values: list[Any]) -> tuple[str, tuple[str, ...], str] | None:
    try:
        for value, length in zip(values, columns.lengths, strict=True):
            if not 0 < len(value) <= length:
                return None
        email = values[columns.email_at]
        if EMAIL.fullmatch(email) is None:
            return None
        if columns.keep_all:
            del values[columns.email_at]
        else:
            values = [value for value, stored in zip(values, columns.stored, strict=True) if stored]
        joined = SEPARATOR.join(values)
    except TypeError:
        return None
    # A separator inside a value would shift all that follow.
    return (email, columns.plain_names, joined) if joined.count(SEPARATOR) == max(len(values) - 1, 0) else None


def _careful(columns: Columns, values: list[Any]) -> tuple[str, dict[str, str]]:
    rules = columns.rules
    if columns.has_unknown_field and rules.unknown_custom_field == "error":
        raise Refused(correctable=False)
    email, fields = "", {}
    for at, value in enumerate(values):
        text = _text(value, columns.lengths[at], rules.cut_long_values)
        if at == columns.email_at:
            email = text.strip()
        elif columns.stored[at] and (text or (rules.empty_value_erases and value is not None)):
            fields[columns.stored[at]] = text
    _check_identity(email, fields)
    _check_dates(fields)
    _check_custom_values(fields, rules)
    _append_second_lines(fields)
    if sum(name.endswith("_phone") for name in fields) > MAX_PHONES:
        raise Refused(correctable=False)
    if sum(name.startswith("cf:") for name in fields) > rules.most_custom_fields:
        raise Refused(correctable=False)
    return email, fields


def _text(value: Any, length: int, cut: bool) -> str:
    if isinstance(value, dict | list):
        raise Refused(correctable=False)
    text = "" if value is None else str(value).replace(SEPARATOR, " ")
    if len(text) > length:
        if not cut:
            raise Refused(correctable=False)
        text = text[:length]
    return text


def _check_identity(email: str, fields: dict[str, str]) -> None:
    if email:
        if EMAIL.fullmatch(email) is None:
            raise Refused(correctable=True)
    elif not SMS_NUMBER.fullmatch(fields.get("sms_number", "")):
        raise Refused(correctable=not (fields.get("first_name") or fields.get("last_name")))


def _check_dates(fields: dict[str, str]) -> None:
    month, day = fields.get("birthday_month", ""), fields.get("birthday_day", "")
    if (month or day) and not _is_day(month, day):
        raise Refused(correctable=True)
    anniversary = fields.get("anniversary", "")
    if anniversary:
        match = ANNIVERSARY.fullmatch(anniversary)
        if match is None or not _is_day(*[part for part in match.groups() if part]):
            raise Refused(correctable=True)


def _check_custom_values(fields: dict[str, str], rules: Rules) -> None:
    unfit = [name for name, text in fields.items() if text and name in rules.checks and not rules.checks[name](text)]
    if unfit and not rules.skip_unfit_values:
        raise Refused(correctable=False)
    for name in unfit:
        del fields[name]


def _is_day(month: str, day: str) -> bool:
    try:
        date(2024, int(month), int(day))
    except ValueError:
        return False
    return True


def _append_second_lines(fields: dict[str, str]) -> None:
    for kind in ("home", "work", "other"):
        second = fields.pop(f"{kind}_street2", "")
        if second:
            first = fields.get(f"{kind}_street", "")
            fields[f"{kind}_street"] = f"{first} {second}".strip()
