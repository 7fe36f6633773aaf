"""The operators of conditions: which fit which type of attribute, and what kind of value each needs. The first of a
type is what the builder begins with.

Codes are those of the documented product's rule model (comparisonOperator).
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from profiles.attributes import AttributeType


class Operand(StrEnum):
    """What a person enters for an operator."""

    NONE = "nothing"
    SINGLE = "one"
    BOUNDS = "two"  # a lower and an upper bound
    LIST = "many"
    DAYS = "days"  # a whole number of days
    YES_NO = "choice"  # yes or no


@dataclass(frozen=True)
class Operator:
    code: str
    label: str | Promise
    operand: Operand = Operand.SINGLE
    may_ignore_case: bool = False


_EMPTY = (
    Operator("isNull", _("is empty"), Operand.NONE),
    Operator("isNotNull", _("is not empty"), Operand.NONE),
)
_TEXT = (
    Operator("equals", _("is"), may_ignore_case=True),
    Operator("notEquals", _("is not"), may_ignore_case=True),
    Operator("isIn", _("is any of"), Operand.LIST, may_ignore_case=True),
    Operator("contains", _("contains"), may_ignore_case=True),
    Operator("startsWith", _("starts with"), may_ignore_case=True),
    Operator("endsWith", _("ends with"), may_ignore_case=True),
    *_EMPTY,
)
_NUMBER = (
    Operator("equals", "="),
    Operator("notEquals", "≠"),
    Operator("greaterThan", ">"),
    Operator("greaterThanOrEqualTo", "≥"),
    Operator("lessThan", "<"),
    Operator("lessThanOrEqualTo", "≤"),
    Operator("isBetween", _("is between"), Operand.BOUNDS),
    *_EMPTY,
)
_DATE = (
    Operator("isWithinLast", _("is within the last"), Operand.DAYS),
    Operator("equals", _("is on")),
    Operator("lessThan", _("is before")),
    Operator("greaterThan", _("is after")),
    Operator("isBetween", _("is between"), Operand.BOUNDS),
    *_EMPTY,
)
_BOOLEAN = (Operator("equals", _("is"), Operand.YES_NO), *_EMPTY)

OPERATORS: dict[str, tuple[Operator, ...]] = {
    AttributeType.TEXT: _TEXT,
    AttributeType.WHOLE: _NUMBER,
    AttributeType.NUMBER: _NUMBER,
    AttributeType.DATE: _DATE,
    AttributeType.MOMENT: _DATE,
    AttributeType.BOOLEAN: _BOOLEAN,
}


def operator_for(type: str, code: object) -> Operator | None:
    """Return the operator of that code, or None when it does not fit the type."""
    return next((operator for operator in OPERATORS[type] if operator.code == code), None)
