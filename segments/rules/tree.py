"""The rules of a segment: reads their JSON against the attributes of a source into a tree that cannot be wrong.

    rules      group with "then": [{"operation": "union" | "intersect" | "except", …group}, …], or without it
    group      {"op": "and" | "or", "rules": [group or condition, …]}       groups may be nested
    condition  {"attribute": "country", "operator": "equals", "value": "France", "ignore_case": true}

The first rule is the root itself; those in "then" are combined, in their order, with all that came before. The root
may have no conditions: it means everybody. An operator's value is a text, a number or a date as text
(2026-01-31), a list of two for bounds, a list for "is any of", a number of days, or true/false; see
segments.rules.operators.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from profiles.attributes import Attribute
from segments.errors import Problem, RulesInvalidError
from web.messages import Message

from .operators import Operator, operator_for
from .values import WrongRuleError, read_value

MAX_DEPTH = 30
MAX_RULES = 20

Value = str | Decimal | date | int | bool | tuple[Any, ...] | None
Path = tuple[int, ...]


@dataclass(frozen=True)
class Condition:
    """One comparison. `value` has the type that the attribute and the operator ask for."""

    attribute: Attribute
    operator: Operator
    value: Value = None
    ignore_case: bool = False


@dataclass(frozen=True)
class Group:
    op: str
    rules: tuple["Group | Condition", ...] = ()

    def size(self) -> int:
        """Return how many conditions there are, at all levels."""
        return sum(rule.size() if isinstance(rule, Group) else 1 for rule in self.rules)

    def conditions(self) -> list[Condition]:
        """Return the conditions of all levels, in the order one reads them."""
        found: list[Condition] = []
        for rule in self.rules:
            found += rule.conditions() if isinstance(rule, Group) else [rule]
        return found


class Operation(StrEnum):
    """How a rule is combined with what came before it (documented: set operators between rules)."""

    UNION = "union"
    INTERSECT = "intersect"
    EXCEPT = "except"


@dataclass(frozen=True)
class Step:
    """A rule after the first."""

    operation: Operation
    group: Group


@dataclass(frozen=True)
class Rules:
    """All rules of a segment. They are about one source, whose key tells its profiles apart."""

    first: Group
    then: tuple[Step, ...] = ()

    @property
    def is_everybody(self) -> bool:
        return not self.first.rules and not self.then

    def groups(self) -> list[Group]:
        return [self.first, *(step.group for step in self.then)]

    def size(self) -> int:
        """Return how many conditions there are, in all rules."""
        return sum(group.size() for group in self.groups())


def read_rules(rules: Any, attributes: Sequence[Attribute]) -> Rules:
    """Return the rules as a tree over `attributes`.

    Raises RulesInvalidError with every problem found, each with the way to the condition at fault.
    """
    reader = _Reader({attribute.name: attribute for attribute in attributes})
    tree = reader.rules(rules)
    if reader.problems or tree is None:
        raise RulesInvalidError(reader.problems)
    return tree


class _Reader:
    """Walks the JSON once and notes all that is wrong, so that a form can show everything at the same time."""

    def __init__(self, attributes: Mapping[str, Attribute]) -> None:
        self.attributes = attributes
        self.problems: list[Problem] = []
        self.rule = 0  # which one is being read

    def rules(self, rules: Any) -> Rules | None:
        first = self.read(rules, ())
        later = rules.get("then", []) if isinstance(rules, dict) else []
        if not isinstance(later, list):
            self.complain((), "rules_unreadable")
            return None
        if len(later) >= MAX_RULES:
            self.complain((), "rules_too_many", limit=MAX_RULES)
            return None
        steps = [self.step(number, step) for number, step in enumerate(later, start=1)]
        if not isinstance(first, Group):
            return None
        return Rules(first, tuple(step for step in steps if step is not None))

    def step(self, number: int, step: Any) -> Step | None:
        self.rule = number
        group = self.read(step, ())
        try:
            operation = Operation(step["operation"])
        except (KeyError, TypeError, ValueError):
            self.complain((), "rule_not_combined")
            return None
        if isinstance(group, Group) and not group.rules and not step["rules"]:
            self.complain((), "rule_empty")
        return Step(operation, group) if isinstance(group, Group) else None

    def complain(self, path: Path, code: str, **details: Any) -> None:
        self.problems.append(Problem(path, Message(code, details), self.rule))

    def read(self, rule: Any, path: Path) -> Group | Condition | None:
        """Return the group or condition, or None after noting what is wrong with it. What leads nowhere is a group."""
        try:
            if not path or _is_group(rule):
                return self.group(rule, path)
            return self.condition(rule)
        except WrongRuleError as error:
            self.complain(path, error.message.code, **error.message.details)
            return None

    def group(self, rules: Any, path: Path) -> Group:
        children = rules.get("rules") if _is_group(rules) else None
        if not isinstance(children, list):
            raise WrongRuleError("rules_unreadable")
        if path and not children:
            raise WrongRuleError("group_empty")
        if len(path) >= MAX_DEPTH:
            raise WrongRuleError("groups_too_deep")
        read = [self.read(child, (*path, index)) for index, child in enumerate(children)]
        return Group(rules["op"], tuple(rule for rule in read if rule is not None))

    def condition(self, rule: Any) -> Condition:
        if not isinstance(rule, dict):
            raise WrongRuleError("condition_unreadable")
        attribute = self.attribute(rule.get("attribute"))
        if not rule.get("operator"):
            raise WrongRuleError("operator_not_chosen", attribute=attribute.name)
        operator = operator_for(attribute.type, rule["operator"])
        if operator is None:
            raise WrongRuleError("operator_misfit", attribute=attribute.name)
        value = read_value(rule.get("value"), attribute, operator)
        return Condition(attribute, operator, value, operator.may_ignore_case and bool(rule.get("ignore_case")))

    def attribute(self, name: Any) -> Attribute:
        if not isinstance(name, str) or not name:
            raise WrongRuleError("attribute_not_chosen")
        attribute = self.attributes.get(name)
        if attribute is None:
            raise WrongRuleError("attribute_unknown", attribute=name)
        return attribute


def _is_group(rule: Any) -> bool:
    return isinstance(rule, dict) and rule.get("op") in ("and", "or")
