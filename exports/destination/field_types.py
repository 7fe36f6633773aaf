"""What a custom field holds, in plain words, and which types a new one may have for the values of an attribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from constant_contact.fields import CHOICE_MAX_LENGTH, MAX_CHOICES, MAX_DECIMAL_PLACES, TEXT, FieldType
from profiles.attributes import Attribute, AttributeType
from profiles.value_types import FileValues

LABELS: Mapping[str, Promise] = {
    "string": _("Text"),
    "text_area": _("Long text"),
    "number": _("Number"),
    "currency": _("Amount of money"),
    "date": _("Date"),
    "datetime": _("Date and time"),
    "boolean": _("Yes or no"),
    "single_select": _("One of a list"),
    "multi_select": _("Several of a list"),
}
# Those that types_for proposes.
NEW_TYPES = [(name, LABELS[name]) for name in LABELS if name not in ("text_area", "multi_select")]
_DATE: FieldType = {"type": "date", "version": 2}  # of version 1 it would be kept as text


def type_label(type: FieldType) -> str:
    """Return what people call such a field; blank for a type that we do not know."""
    name = type.get("type", "")
    if name == "date" and type.get("version") != 2:
        return str(LABELS["string"])
    return str(LABELS.get(name, ""))


def types_for(attributes: Sequence[Attribute]) -> dict[str, FieldType]:
    """Return the types that fit an attribute as each of its sources has it; the first is the attribute's own.

    Nobody's value is lost by the first: numbers with more places than a field has are text. So is a date and time, of
    which the reference does not say how it is written, and a text with few values: another could come any day.
    """
    kinds = {attribute.type for attribute in attributes}
    if kinds and kinds <= {AttributeType.WHOLE, AttributeType.NUMBER}:
        types = _types_of_numbers([FileValues().places(attribute) for attribute in attributes])
    elif kinds == {AttributeType.DATE}:
        types = [_DATE, TEXT]
    elif kinds == {AttributeType.MOMENT}:
        types = [TEXT, {"type": "datetime"}, _DATE]
    elif kinds == {AttributeType.BOOLEAN}:
        types = [{"type": "boolean"}, TEXT]
    else:
        choices = _choices(attributes)
        types = [TEXT, {"type": "single_select", "choices": choices}] if choices else [TEXT]
    return {type["type"]: type for type in types}


def _types_of_numbers(found: Sequence[int | None]) -> list[FieldType]:
    known = [places for places in found if places is not None]
    most = min(max(known, default=0), MAX_DECIMAL_PLACES) if len(known) == len(found) else MAX_DECIMAL_PLACES
    metadata = {"allow_negative": True, **({"decimal_places": most} if most else {"integer": True})}
    money = {"allow_negative": True, "decimal_places": max(2, most)}
    numbers: list[FieldType] = [{"type": "number", "metadata": metadata}, {"type": "currency", "metadata": money}]
    is_exact = len(known) == len(found) and max(known) <= MAX_DECIMAL_PLACES
    return [*numbers, TEXT] if is_exact else [TEXT, *numbers]


def _choices(attributes: Sequence[Attribute]) -> list[str]:
    """All values, once each whatever their capital letters, if they are few enough and short enough for a list."""
    if not attributes or not all(attribute.values for attribute in attributes):
        return []
    frequent_last = [value.strip() for attribute in attributes for value in reversed(attribute.values)]
    values = {value.casefold(): value for value in frequent_last if value}
    fit = len(values) <= MAX_CHOICES and all(len(value) <= CHOICE_MAX_LENGTH for value in values.values())
    return sorted(values.values(), key=str.casefold) if fit else []
