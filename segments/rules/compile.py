"""Compiles rules into a condition of a query: a tree of sqlglot, never text.

Names are quoted identifiers and values are literals, both made by sqlglot; whatever a person typed stays a value.

What a condition means where a profile has no value: it never holds, except "is empty", and "is not", which is
exactly the opposite of "is". So every profile is either in a segment or in the one with the opposite condition.

Set operations act on the keys of profiles. A key belongs to one row, so the union of two rules is the rows that meet
one or the other, and so on: the rules become one condition on a row, which any database answers in one pass.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from typing import Any

from django.utils import timezone
from sqlglot import exp

from profiles.attributes import AttributeType
from profiles.value_types import FileValues, ValueExpressions, count_where

from .tree import Condition, Group, Operation, Rules

Operands = tuple[exp.Expr, list[exp.Expr]]


@dataclass(frozen=True)
class Compiled:
    """The condition of one rule, and that of all rules up to it."""

    alone: exp.Expr
    so_far: exp.Expr


def compile_rules(rules: Rules, today: date | None = None, values: ValueExpressions | None = None) -> exp.Expr:
    """Return the condition that members meet. "Within the last 20 days" ends `today` (default: today here).

    `values` says how values compare where they are (default: in a file).
    """
    return compile_each(rules, today, values)[-1].so_far


def compile_each(rules: Rules, today: date | None = None, values: ValueExpressions | None = None) -> list[Compiled]:
    """Return what `compile_rules` does, rule by rule: the last one's `so_far` is the condition that members meet."""
    compiler = _Compiler(today or timezone.localdate(), values or FileValues())
    first = compiler.group(rules.first)
    steps = [Compiled(first, first)]
    for step in rules.then:
        alone = compiler.group(step.group)
        steps.append(Compiled(alone, _combined(steps[-1].so_far.copy(), step.operation, alone.copy())))
    return steps


def compile_conditions(
    rules: Rules, today: date | None = None, values: ValueExpressions | None = None
) -> list[tuple[Condition, exp.Expr]]:
    """Return each condition of all rules, in the order one reads them, with what it compiles to by itself."""
    compiler = _Compiler(today or timezone.localdate(), values or FileValues())
    conditions = [condition for group in rules.groups() for condition in group.conditions()]
    return [(condition, compiler.condition(condition)) for condition in conditions]


def counts_of(steps: Sequence[Compiled]) -> list[exp.Expr]:
    """Return two columns for each rule: how many rows meet it alone, and with all rules up to it."""
    return [count_where(condition.copy()) for step in steps for condition in (step.alone, step.so_far)]


def _combined(before: exp.Expr, operation: Operation, rule: exp.Expr) -> exp.Expr:
    if operation == Operation.UNION:
        return exp.or_(before, rule)
    if operation == Operation.INTERSECT:
        return exp.and_(before, rule)
    # What is not known to hold does not hold: such a profile is not in the rule, so it is not taken away.
    return exp.and_(before, exp.func("COALESCE", rule, exp.false()).not_())


class _Compiler:
    def __init__(self, today: date, values: ValueExpressions) -> None:
        self.today = today
        self.values = values

    def group(self, group: Group) -> exp.Expr:
        conditions = [self.group(rule) if isinstance(rule, Group) else self.condition(rule) for rule in group.rules]
        if not conditions:
            return exp.true()
        return exp.or_(*conditions) if group.op == "or" else exp.and_(*conditions)

    def condition(self, condition: Condition) -> exp.Expr:
        code = condition.operator.code
        if code == "isNotNull":
            return self.values.filled(condition.attribute)
        if code == "isNull":
            return exp.func("COALESCE", self.values.filled(condition.attribute), exp.false()).not_()
        if code == "isWithinLast":
            bounds = (self.today - timedelta(days=condition.value), self.today)  # type: ignore[arg-type]
            return _between(self.left(condition), [self.literal(bound) for bound in bounds])
        values: Sequence[Any] = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        if isinstance(values[0], Decimal):
            return self.number(condition, values)
        rights = [self.folded(self.literal(value), condition) for value in values]
        return _COMPARISONS[code](self.left(condition), rights)

    def number(self, condition: Condition, values: Sequence[Decimal]) -> exp.Expr:
        """Compare numbers exactly: a value with more places than the column has lies between two of its numbers."""
        code, places = condition.operator.code, self.values.places(condition.attribute)
        if places is not None:
            roundings = _ROUNDINGS.get(code, (ROUND_FLOOR,))
            rounded = [_rounded(value, places, way) for value, way in zip(values, roundings, strict=True)]
            if code in {"equals", "notEquals"} and rounded != list(values):
                return exp.Boolean(this=code == "notEquals")
            values = rounded
        rights = [self.values.number(value, condition.attribute) for value in values]
        return _COMPARISONS[code](self.left(condition), rights)

    def left(self, condition: Condition) -> exp.Expr:
        """The attribute's value; of a date and time, its day."""
        value = self.values.value(condition.attribute)
        if condition.attribute.type == AttributeType.MOMENT:
            value = exp.cast(value, "DATE")
        return self.folded(value, condition)

    def folded(self, value: exp.Expr, condition: Condition) -> exp.Expr:
        return self.values.folded(value) if condition.ignore_case else value

    def literal(self, value: str | date | bool) -> exp.Expr:
        if isinstance(value, bool):
            return exp.Boolean(this=value)
        if isinstance(value, date):
            return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
        return exp.Literal.string(value)


# Where a number goes that lies between two numbers of the column; downwards if not said otherwise.
_ROUNDINGS = {
    "greaterThanOrEqualTo": (ROUND_CEILING,),
    "lessThan": (ROUND_CEILING,),
    "isBetween": (ROUND_CEILING, ROUND_FLOOR),
}


def _rounded(value: Decimal, places: int, rounding: str) -> Decimal:
    with localcontext(prec=80):
        return value.quantize(Decimal(1).scaleb(-places), rounding)


def _compared(kind: type[exp.Expr]) -> Callable[[exp.Expr, list[exp.Expr]], exp.Expr]:
    return lambda left, rights: kind(this=left, expression=rights[0])


def _between(left: exp.Expr, rights: list[exp.Expr]) -> exp.Expr:
    return exp.Between(this=left, low=rights[0], high=rights[1])


_COMPARISONS: dict[str, Callable[[exp.Expr, list[exp.Expr]], exp.Expr]] = {
    "equals": _compared(exp.EQ),
    "notEquals": _compared(exp.NullSafeNEQ),
    "greaterThan": _compared(exp.GT),
    "greaterThanOrEqualTo": _compared(exp.GTE),
    "lessThan": _compared(exp.LT),
    "lessThanOrEqualTo": _compared(exp.LTE),
    "isBetween": _between,
    "isIn": lambda left, rights: exp.In(this=left, expressions=rights),
    "contains": lambda left, rights: exp.StrPosition(this=left, substr=rights[0]) > 0,
    "startsWith": _compared(exp.StartsWith),
    "endsWith": lambda left, rights: exp.Right(this=left, expression=exp.Length(this=rights[0])).eq(rights[0].copy()),
}
