"""The custom fields of the connected account, by the key that an import uses, and new ones on request."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.models import Connection
from constant_contact import CustomField, RejectedError, custom_field_key
from constant_contact.fields import MAX_ACCOUNT_CUSTOM_FIELDS, TEXT, FieldType

from .account import AccountError, asking, forget, remembered

_FIELDS = "typed-custom-fields"

GONE = _(
    "The connected Constant Contact account has no custom field “{label}”. "
    "Choose another field, or create it as a new custom field."
)
FULL = _(
    "The account has 100 custom fields already, and Constant Contact allows no more. "
    "Choose one of them, or delete one at Constant Contact."
)
NOT_MADE = _("Constant Contact did not accept “{label}” as the name of a custom field. Use letters, digits and spaces.")


def custom_fields_of(connection: Connection) -> dict[str, CustomField]:
    """Return the account's custom fields by their target ("cf:loyalty_level"). Raises AccountError."""
    fields = remembered(connection, _FIELDS, lambda client: client.custom_fields())
    by_label = sorted(fields, key=lambda field: field.label.casefold())
    return {custom_field_key(field.name): field for field in by_label}


def chosen_fields(
    connection: Connection, targets: Iterable[str], labels: Mapping[str, str], verified: Collection[str] = ()
) -> dict[str, CustomField]:
    """Return these custom fields as the account has them now; one that was `verified` before may be gone.

    Raises AccountError, naming the field by its label in `labels`, when the account has no other one of that name.
    """
    present = custom_fields_of(connection)
    fields = {}
    for target in targets:
        if target in present:
            fields[target] = present[target]
        elif target not in verified:
            raise AccountError(format_lazy(GONE, label=labels.get(target, target.removeprefix("cf:"))))
    return fields


def create(connection: Connection, label: str, type: FieldType = TEXT) -> tuple[str, CustomField]:
    """Make a custom field, or take the one that has this label already, whatever its type; return its target and it.

    Raises AccountError.
    """
    if existing := _with_label(connection, label):
        return existing
    if len(custom_fields_of(connection)) >= MAX_ACCOUNT_CUSTOM_FIELDS:
        raise AccountError(FULL)
    forget(connection, _FIELDS)
    with asking(connection) as client:
        try:
            made = client.create_custom_field(label, type)
        except RejectedError as error:
            if error.forbidden:
                raise
            # Somebody may have made it just now; else the label itself is at fault.
            if error.conflict and (existing := _with_label(connection, label)):
                return existing
            raise AccountError(format_lazy(NOT_MADE, label=label)) from error
    return custom_field_key(made.name), made


def _with_label(connection: Connection, label: str) -> tuple[str, CustomField] | None:
    """Ask the account itself, not what we remember of it: the answer decides whether a field is made."""
    forget(connection, _FIELDS)
    fields = custom_fields_of(connection)
    return next(
        ((target, field) for target, field in fields.items() if field.label.casefold() == label.casefold()), None
    )
