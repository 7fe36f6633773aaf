"""Data matching in the form: a row for each attribute besides the e-mail address, with what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from constant_contact.fields import CUSTOM_FIELD_LABEL_MAX_LENGTH, TEXT, FieldType
from exports.destination.fields import EMAIL, is_target, label_of

# The choice "New custom field…": the row's label says how the field is to be called.
NEW = "new"
# The choice "Leave the person out", of a value that Constant Contact would refuse.
PERSON = "person"

NO_TARGET = _("Choose what this attribute is called at Constant Contact, or remove the row.")
NO_ATTRIBUTE = _("Choose the attribute for “{target}”, or remove the row.")
TWICE = _("“{target}” is matched twice. Remove one of the two rows.")
NO_LABEL = _("Enter a name for the new custom field.")
TYPE_UNFIT = _("The values of “{attribute}” do not fit the type of the new custom field. Choose another type.")
LABEL_TOO_LONG = _("The name of a custom field may have up to 50 characters. Shorten it.")


@dataclass(slots=True)
class Row:
    """One matched attribute as it stands in the form."""

    target: str = ""
    attribute: str = ""
    label: str = ""  # of a custom field to be made
    type: str = ""  # … which somebody chose; "" is that of the attribute
    types: Mapping[str, FieldType] = field(default_factory=dict)  # that it may have: the first is the attribute's
    is_strict: bool = False  # a value that Constant Contact would refuse leaves the person out
    error: str | Promise = ""
    position: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.target or self.attribute or self.label)

    @property
    def element_id(self) -> str:
        """The id of the element that says what is wrong, for screen readers."""
        return f"row-{self.position}-error"

    @property
    def field_type(self) -> FieldType:
        """What the custom field to be made is to hold."""
        return self.types.get(self.type) or next(iter(self.types.values()), TEXT)

    @property
    def key(self) -> str:
        """What two rows must not share."""
        return f"{NEW}:{self.label.casefold()}" if self.target == NEW else self.target


def rows_of(mapping: Mapping[str, str], strict: Collection[str] = ()) -> list[Row]:
    return [
        Row(target, attribute, is_strict=target in strict) for target, attribute in mapping.items() if target != EMAIL
    ]


def rows_in(posted: QueryDict) -> list[Row]:
    """Return the rows as they were posted; one that was left empty is none."""
    columns = (posted.getlist(name) for name in ("target", "attribute", "new_label", "new_type", "refused"))
    rows = [
        Row(target, attribute, " ".join(label.split()), type, is_strict=refused == PERSON)
        for target, attribute, label, type, refused in zip_longest(*columns, fillvalue="")
    ]
    return [row for row in rows if not row.is_empty]


def check(rows: Iterable[Row], custom: Mapping[str, str]) -> bool:
    """Say in each row what is wrong with it; return whether all are right. `custom`: labels of custom fields."""
    seen: set[str] = set()
    for position, row in enumerate(rows):
        row.position, row.error = position, _fault(row, custom, seen)
        seen.add(row.key)
    return not any(row.error for row in rows)


def _fault(row: Row, custom: Mapping[str, str], seen: Collection[str]) -> str | Promise:
    if row.target == NEW:
        if not row.label:
            return NO_LABEL
        if len(row.label) > CUSTOM_FIELD_LABEL_MAX_LENGTH:
            return LABEL_TOO_LONG
        shown = row.label
    elif row.target == EMAIL or not is_target(row.target):
        return NO_TARGET
    else:
        shown = label_of(row.target, custom)
    if not row.attribute:
        return format_lazy(NO_ATTRIBUTE, target=shown)
    if row.key in seen:
        return format_lazy(TWICE, target=shown)
    is_unfit = row.target == NEW and row.type and row.type not in row.types
    return format_lazy(TYPE_UNFIT, attribute=row.attribute) if is_unfit else ""
