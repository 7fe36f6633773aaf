"""Which values a custom field of a type takes. What the published material leaves open is inferred (see TYPES)."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sandbox.constant_contact.records import CustomField

Check = Callable[[str], bool]

_DATES = (
    re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})"),
    re.compile(r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})"),
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
    re.compile(r"(?P<month>\d{1,2})-(?P<day>\d{1,2})-(?P<year>\d{4})"),
)
_NUMBER = re.compile(r"(?P<sign>-?)\d+(?:\.(?P<places>\d+))?")


def check_of(field: CustomField) -> Check | None:
    """What a value of this field has to pass; None where any text will do, as in a date of version 1."""
    if field.type == "date" and field.extra.get("version") != 2:
        return None
    make = TYPES.get(field.type)
    return make(field) if make else None


def checks_of(fields: Mapping[str, CustomField]) -> dict[str, Check]:
    """The checks of an account's fields, by the name of their column in an import."""
    found = {f"cf:{one.name}": check_of(one) for one in fields.values()}
    return {name: check for name, check in found.items() if check}


def _is_date(value: str) -> bool:
    """(I) The forms of an anniversary, of a day that exists."""
    for form in _DATES:
        if match := form.fullmatch(value):
            try:
                date(*(int(match[part]) for part in ("year", "month", "day")))
            except ValueError:
                return False
            return True
    return False


def _is_moment(value: str) -> bool:
    """(I) ISO 8601."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _number(field: CustomField) -> Check:
    """(I) A decimal number with a point, of as many places and of the sign that the metadata allow."""
    metadata: dict[str, Any] = field.extra.get("metadata") or {}
    most = 0 if metadata.get("integer") else metadata.get("decimal_places")
    is_signed = metadata.get("allow_negative") is not False

    def check(value: str) -> bool:
        match = _NUMBER.fullmatch(value)
        if match is None or (match["sign"] and not is_signed):
            return False
        return most is None or len(match["places"] or "") <= most

    return check


def _choice(field: CustomField) -> Check:
    """(I) The label of one choice, as it is spelled there."""
    labels = {choice.get("choice_label") for choice in field.extra.get("choices") or []}
    return labels.__contains__


TYPES: dict[str, Callable[[CustomField], Check]] = {
    "date": lambda field: _is_date,
    "datetime": lambda field: _is_moment,
    "number": _number,
    "currency": _number,
    "boolean": lambda field: lambda value: value.lower() in ("true", "false"),
    "single_select": _choice,
    "multi_select": _choice,
}
