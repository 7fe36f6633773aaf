"""How a value of the audit trail is shown: choices by their labels, data matching and rules in words."""

import json
from typing import Any

from django.utils.translation import gettext as _

from exports.targets import in_order, label_of

LONGEST = 300


def shown(field: Any, value: Any) -> str:
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
    if field.name == "rules":
        return _rules(str(value))
    return _cut(str(value))


def _matching(value: str) -> str:
    try:
        pairs = in_order(json.loads(value))
    except ValueError:
        return _cut(value)
    return ", ".join(f"{label_of(target, {})} ← {attribute}" for target, attribute in pairs)


def _rules(value: str) -> str:
    """Conditions one after the other; what they are joined by stands in front of each group."""
    try:
        return _cut(_group(json.loads(value)))
    except (ValueError, KeyError, TypeError, AttributeError):
        return _cut(value)


def _group(node: dict[str, Any]) -> str:
    if "rules" not in node:
        return " ".join(str(node[part]) for part in ("attribute", "operator", "value") if node.get(part) is not None)
    joined = f" {_('and') if node.get('op') == 'and' else _('or')} ".join(_group(rule) for rule in node["rules"])
    return joined if joined else _("everybody")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
