"""The configuration of an export as a run freezes it, and what makes two of them comparable."""

from __future__ import annotations

from typing import Any, TypedDict, cast

from constant_contact.fields import FieldType, ImportField, custom_import_field

from .export import Export
from .run import Run


class Configuration(TypedDict):
    """What a run works on, whatever is edited meanwhile."""

    connection_id: int
    connection_name: str
    account_id: str
    list_id: str
    list_name: str
    mapping: dict[str, str]  # target at Constant Contact → attribute; "email" comes first
    strict: list[str]  # targets of which a value that would be refused leaves the person out
    segments: list[dict[str, Any]]  # {"id", "name"}
    consent_attribute: str  # blank: nobody is asked for consent
    leavers: str  # Export.Leavers
    former_addresses: str  # Export.FormerAddresses
    brakes: dict[str, int | None]  # what somebody set: see exports.brakes.table
    field_types: dict[str, FieldType]  # of the custom fields in `mapping`; one that is missing is text


def freeze(export: Export) -> Configuration:
    connection = export.connection
    assert connection is not None, "check_runnable comes first"
    return {
        "connection_id": connection.pk,
        "connection_name": connection.display_name,
        "account_id": connection.account_id,
        "list_id": export.list_id,
        "list_name": export.list_name,
        "mapping": _email_first(export.mapping),
        "strict": sorted(set(export.strict_targets) & set(export.mapping)),
        "segments": [{"id": segment.pk, "name": segment.name} for segment in export.segments.order_by("pk")],
        "consent_attribute": export.consent_attribute,
        "leavers": export.leavers,
        "former_addresses": export.former_addresses,
        "brakes": export.brakes,
        "field_types": export.custom_field_types,
    }


def configuration_of(run: Run) -> Configuration:
    """Return what `run` froze. PostgreSQL stores the keys of an object in an order of its own: email leads again.

    Runs of earlier versions left nobody out for a faulty value that was optional, and sent to every custom field as to
    one of text; they asked for no consent, and took nobody off a list.
    """
    of_before = {
        "strict": [],
        "field_types": {},
        "consent_attribute": "",
        "leavers": Export.Leavers.KEEP.value,
        "former_addresses": Export.FormerAddresses.SHOW.value,
        "brakes": {},
    }
    stored = of_before | run.configuration
    return cast(Configuration, stored | {"mapping": _email_first(stored.get("mapping", {}))})


def typed_fields(configuration: Configuration) -> dict[str, ImportField]:
    """Return what its custom fields take, by target: of those that are more than text."""
    fields = (custom_import_field(target, type) for target, type in configuration["field_types"].items())
    return {field.name: field for field in fields if field.kind != "text"}


def _email_first(mapping: dict[str, str]) -> dict[str, str]:
    return dict(sorted(mapping.items(), key=lambda pair: (pair[0] != "email", pair[0])))


def means_the_same(one: Configuration, other: Configuration) -> bool:
    """Whether both send the same people with the same mapping to the same list; names make no difference."""
    ids = [[segment["id"] for segment in configuration["segments"]] for configuration in (one, other)]
    alike = ("connection_id", "strict", "consent_attribute", "leavers", "former_addresses", "brakes")
    are_alike = all(one[key] == other[key] for key in alike)
    return is_comparable(one, other) and are_alike and ids[0] == ids[1]


def is_comparable(one: Configuration, other: Configuration) -> bool:
    """Whether what was sent under `one` is still true for `other`: same account, list, mapping, types of fields.

    Other segments make no difference, nor does who is left out for a faulty value: who is in the plan with the same
    values is at Constant Contact already.
    """
    is_same = all(one[key] == other[key] for key in ("account_id", "list_id", "mapping"))
    return is_same and typed_fields(one) == typed_fields(other)
