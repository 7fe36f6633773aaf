"""Says rules in words: "country is any of France, Germany (ignoring case)"."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from segments.errors import RulesInvalidError
from segments.models import Segment

from .operators import Operand
from .tree import Condition, Group, Operation, read_rules

HEADINGS = {
    Operation.UNION: gettext_lazy("Union with rule %(number)s:"),
    Operation.INTERSECT: gettext_lazy("Intersect with rule %(number)s:"),
    Operation.EXCEPT: gettext_lazy("Except rule %(number)s:"),
}
BETWEEN = {
    Operation.UNION: gettext_lazy("%(before)s union %(rule)s"),
    Operation.INTERSECT: gettext_lazy("%(before)s intersect %(rule)s"),
    Operation.EXCEPT: gettext_lazy("%(before)s except %(rule)s"),
}


@dataclass(frozen=True)
class Line:
    """One line of rules in words: a condition, or the heading of a group, `depth` levels in."""

    text: str
    depth: int = 0


def in_words(segment: Segment) -> list[Line]:
    """Return the rules of the segment, a line each; what is wrong with them if they do not fit their source."""
    try:
        tree = read_rules(segment.rules, segment.source.attributes())
    except RulesInvalidError as error:
        return [Line(str(problem)) for problem in error.problems]
    if not tree.then:
        return _rule(tree.first, 0)
    lines = [Line(_("Rule %(number)s:") % {"number": 1}), *_rule(tree.first, 1)]
    for number, step in enumerate(tree.then, start=2):
        lines += [Line(str(HEADINGS[step.operation]) % {"number": number}), *_rule(step.group, 1)]
    return lines


def in_short(segment: Segment) -> str:
    """Return the rules on one line."""
    try:
        tree = read_rules(segment.rules, segment.source.attributes())
    except RulesInvalidError as error:
        return str(error)
    words = _joined(tree.first) or _("All profiles")
    for number, step in enumerate(tree.then):
        before = f"({words})" if number or len(tree.first.rules) > 1 else words
        rule = f"({_joined(step.group)})" if len(step.group.rules) > 1 else _joined(step.group)
        words = str(BETWEEN[step.operation]) % {"before": before, "rule": rule}
    return words


def _rule(group: Group, depth: int) -> list[Line]:
    return list(_lines(group, depth)) if group.rules else [Line(_("All profiles"), depth)]


def _lines(group: Group, depth: int) -> list[Line]:
    heading = _("Any of these conditions is met:") if group.op == "or" else _("All of these conditions are met:")
    lines = [Line(heading, depth)] if len(group.rules) > 1 else []
    below = depth + len(lines)
    for rule in group.rules:
        lines += _lines(rule, below) if isinstance(rule, Group) else [Line(condition_in_words(rule), below)]
    return lines


def _joined(group: Group) -> str:
    parts = [
        condition_in_words(rule)
        if isinstance(rule, Condition)
        else f"({_joined(rule)})"
        if len(rule.rules) > 1
        else _joined(rule)
        for rule in group.rules
    ]
    return (_(" or ") if group.op == "or" else _(" and ")).join(parts)


def condition_in_words(condition: Condition) -> str:
    """Return one comparison in words."""
    words = {
        "attribute": condition.attribute.name,
        "comparison": condition.operator.label,
        "value": _value(condition),
    }
    if condition.operator.operand == Operand.NONE:
        return _("%(attribute)s %(comparison)s") % words
    if condition.ignore_case:
        return _("%(attribute)s %(comparison)s %(value)s (ignoring case)") % words
    return _("%(attribute)s %(comparison)s %(value)s") % words


def _value(condition: Condition) -> str:
    value: Any = condition.value
    if condition.operator.operand == Operand.DAYS:
        return ngettext("%(days)s day", "%(days)s days", value) % {"days": value}
    if condition.operator.operand == Operand.BOUNDS:
        return _("%(low)s and %(high)s") % {"low": _shown(value[0]), "high": _shown(value[1])}
    if isinstance(value, tuple):
        return _(", ").join(map(_shown, value))
    return _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return date_format(value)
    return f"{value:f}" if isinstance(value, Decimal) else _("“%(text)s”") % {"text": value}
