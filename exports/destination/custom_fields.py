"""The custom fields of the connected account, by the key that an import uses, and new ones on request."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.models import Connection
from constant_contact import RejectedError, custom_field_key
from constant_contact.fields import MAX_ACCOUNT_CUSTOM_FIELDS

from .account import AccountError, asking, forget, remembered

_FIELDS = "custom-fields"

GONE = _(
    "The connected Constant Contact account has no custom field “{label}”. "
    "Choose another field, or create it as a new custom field."
)
FULL = _(
    "The account has 100 custom fields already, and Constant Contact allows no more. "
    "Choose one of them, or delete one at Constant Contact."
)
NOT_MADE = _("Constant Contact did not accept “{label}” as the name of a custom field. Use letters, digits and spaces.")


def custom_fields_of(connection: Connection) -> dict[str, str]:
    """Return the labels of the account's custom fields by their target ("cf:loyalty_level"). Raises AccountError."""
    fields = remembered(connection, _FIELDS, lambda client: client.custom_fields())
    by_label = sorted(fields, key=lambda field: field.label.casefold())
    return {custom_field_key(field.name): field.label for field in by_label}


def labels_of(connection: Connection, targets: Iterable[str], known: dict[str, str]) -> dict[str, str]:
    """Return the label of each of these custom fields as the account has it now.

    Raises AccountError, naming the field by its `known` label, when the account has none of that name.
    """
    present = custom_fields_of(connection)
    labels = {}
    for target in targets:
        if target not in present:
            raise AccountError(format_lazy(GONE, label=known.get(target, target.removeprefix("cf:"))))
        labels[target] = present[target]
    return labels


def create(connection: Connection, label: str) -> tuple[str, str]:
    """Make a custom field for text, or take the one that has this label already; return its target and label.

    Raises AccountError.
    """
    if existing := _with_label(connection, label):
        return existing
    if len(custom_fields_of(connection)) >= MAX_ACCOUNT_CUSTOM_FIELDS:
        raise AccountError(FULL)
    forget(connection, _FIELDS)
    with asking(connection) as client:
        try:
            made = client.create_custom_field(label)
        except RejectedError as error:
            if error.forbidden:
                raise
            # Somebody may have made it just now; else the label itself is at fault.
            if error.conflict and (existing := _with_label(connection, label)):
                return existing
            raise AccountError(format_lazy(NOT_MADE, label=label)) from error
    return custom_field_key(made.name), made.label


def _with_label(connection: Connection, label: str) -> tuple[str, str] | None:
    """Ask the account itself, not what we remember of it: the answer decides whether a field is made."""
    forget(connection, _FIELDS)
    fields = custom_fields_of(connection)
    return next(((target, known) for target, known in fields.items() if known.casefold() == label.casefold()), None)
