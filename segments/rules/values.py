"""Reads the value of a condition as the type that its attribute and operator ask for."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from profiles.attributes import Attribute, AttributeType
from segments.errors import SegmentError

from .operators import Operand, Operator

MAX_LENGTH = 1000
MAX_VALUES = 1000
MAX_DAYS = 36_500


class WrongRuleError(SegmentError):
    """One condition or group is wrong. It is noted as a Problem, with its place."""


def read_value(value: Any, attribute: Attribute, operator: Operator) -> Any:
    """Return the value as text, Decimal, date, days or bool, or a tuple of them.

    Raises WrongRuleError.
    """
    read = _READERS[AttributeType(attribute.type)]
    match operator.operand:
        case Operand.NONE:
            return None
        case Operand.SINGLE:
            return read(_present(value, attribute))
        case Operand.BOUNDS:
            return _bounds(value, attribute, read)
        case Operand.LIST:
            return _several(value, attribute, read)
        case Operand.DAYS:
            return _days(value)
        case Operand.YES_NO:
            return _choice(value)


def _present(value: Any, attribute: Attribute) -> Any:
    if _is_blank(value):
        raise WrongRuleError("value_missing", attribute=attribute.name)
    return value


def _bounds(value: Any, attribute: Attribute, read: Callable[[Any], Any]) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise WrongRuleError("bounds_missing", attribute=attribute.name)
    low, high = (read(_present(bound, attribute)) for bound in value)
    if low > high:
        raise WrongRuleError("bounds_swapped", attribute=attribute.name)
    return low, high


def _several(value: Any, attribute: Attribute, read: Callable[[Any], Any]) -> tuple[Any, ...]:
    values = [one for one in value if not _is_blank(one)] if isinstance(value, list) else []
    if not values:
        raise WrongRuleError("values_missing", attribute=attribute.name)
    if len(values) > MAX_VALUES:
        raise WrongRuleError("values_too_many", limit=MAX_VALUES)
    return tuple(dict.fromkeys(read(one) for one in values))


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _days(value: Any) -> int:
    text = str(value).strip()
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= MAX_DAYS:
        raise WrongRuleError("days_invalid", limit=MAX_DAYS)
    return int(text)


def _choice(value: Any) -> bool:
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise WrongRuleError("yes_no_missing")


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_LENGTH:
        raise WrongRuleError("text_too_long", limit=MAX_LENGTH)
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise WrongRuleError("text_invalid")
    return value


def _number(value: Any) -> Decimal:
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", text):
        raise WrongRuleError("number_invalid", value=text[:40])
    return Decimal(text)


def _date(value: Any) -> date:
    text = str(value).strip()
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # 2026-02-30
    raise WrongRuleError("date_invalid", value=text[:40])


_READERS: dict[AttributeType, Callable[[Any], Any]] = {
    AttributeType.TEXT: _text,
    AttributeType.WHOLE: _number,
    AttributeType.NUMBER: _number,
    AttributeType.DATE: _date,
    AttributeType.MOMENT: _date,
    AttributeType.BOOLEAN: _choice,
}
