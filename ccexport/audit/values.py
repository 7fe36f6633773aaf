"""How a value of the audit trail is shown: choices by their labels, data matching and rules in words."""

import json
from typing import Any

from django.utils.translation import gettext as _

from exports.brakes.table import BRAKES, limit_in_words, limit_of
from exports.destination.fields import in_order, label_of
from segments.rules.operators import OPERATORS
from segments.rules.wording import BETWEEN

MAX_LENGTH = 300
# The trail doesn't keep the types of attributes, so an operator is called what it is called for texts, if it has such.
_OPERATORS = {one.code: one.label for operators in reversed(OPERATORS.values()) for one in operators}


def display_value(field: Any, value: Any) -> str:
    """Return a stored value as people read it, in the active language; "–" stands for nothing."""
    if value in (None, "", "None", "[]", "{}"):
        return "–"
    if field is None:
        return _cut(str(value))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if value in ("True", "False"):
        return _("Yes") if value == "True" else _("No")
    if field.name == "mapping":
        return _matching(str(value))
    if field.name == "strict_targets":
        return _fields(str(value))
    if field.name == "brakes":
        return _brakes(str(value))
    if field.name == "rules":
        return _rules(str(value))
    return _cut(str(value))


def _matching(value: str) -> str:
    try:
        pairs = in_order(json.loads(value))
    except ValueError:
        return _cut(value)
    return ", ".join(f"{label_of(target, {})} ← {attribute}" for target, attribute in pairs)


def _fields(value: str) -> str:
    try:
        return ", ".join(label_of(target, {}) for target in json.loads(value))
    except ValueError:
        return _cut(value)


def _brakes(value: str) -> str:
    """What somebody set; the others stand as they do by default."""
    try:
        settings = json.loads(value)
        shown = [(brake, limit_of(brake, settings)) for brake in BRAKES if brake.code in settings]
    except (ValueError, TypeError):
        return _cut(value)
    return ", ".join(f"{brake.label}: {limit_in_words(brake, limit)}" for brake, limit in shown) or "–"


def _rules(value: str) -> str:
    """Conditions on one line, groups within groups in brackets, each rule with how it is combined with those before."""
    try:
        rules = json.loads(value)
        words = _group(rules)
        for step in rules.get("then", []):
            words = str(BETWEEN[step["operation"]]) % {"before": f"({words})", "rule": f"({_group(step)})"}
    except (ValueError, KeyError, TypeError, AttributeError):
        return _cut(value)
    return _cut(words)


def _group(node: dict[str, Any]) -> str:
    between = _(" and ") if node.get("op") == "and" else _(" or ")
    return between.join(_rule(rule) for rule in node["rules"]) or _("everybody")


def _rule(node: dict[str, Any]) -> str:
    if "rules" in node:
        return f"({_group(node)})"
    value = node.get("value")
    if isinstance(value, bool):
        value = _("yes") if value else _("no")
    elif isinstance(value, list):
        value = _(", ").join(map(str, value))
    words = (node["attribute"], _OPERATORS.get(node["operator"], node["operator"]), value)
    return " ".join(str(word) for word in words if word is not None)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"
