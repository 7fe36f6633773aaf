"""Saving an export: what Constant Contact has to confirm is asked first, then everything is written at once.

Saving never runs an export (documented product: saving an export doesn't run it).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from audit_trail import changes_of
from connections.models import Connection
from constant_contact import CustomField
from constant_contact.fields import FieldType
from exports.destination import custom_fields, lists
from exports.destination.account import AccountError
from exports.destination.fields import CUSTOM_PREFIX
from exports.models import Export
from exports.models.configuration import configuration_of, freeze, is_comparable
from segments.deletion import hold_segments
from segments.models import Segment
from web.races import ChangedMeanwhileError as ChangedMeanwhileError
from web.races import claim_name


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants an export to be. `list_text` is an ID, an address or a name of the list."""

    name: str
    connection: Connection
    list_text: str
    mapping: dict[str, str]  # target → attribute
    segments: Sequence[Segment]
    # The label of a custom field to be made → its attribute and its type.
    new_fields: dict[str, tuple[str, FieldType]] = field(default_factory=dict)
    # Of which a value that Constant Contact would refuse leaves the person out: targets, and labels of `new_fields`.
    strict: Sequence[str] = ()
    new_strict: Sequence[str] = ()
    # The attribute that has to be true; None: as it was, and blank for a new export.
    consent_attribute: str | None = None
    # What becomes of people on the list; blank: what the export has, or a new one.
    leavers: str = ""
    former_addresses: str = ""


WARN_FROM = 0.8  # of the profiles that an export can have
MATCHED_TWICE = _("“{label}” is matched to two attributes. Remove one of them.")


class FieldsRefusedError(AccountError):
    """A custom field can't be used or made."""


def save_export(draft: Draft, export: Export | None, *, seen: datetime | None, by: Any) -> Export:
    """Save `draft` as a new export, or into `export` if nobody changed it since `seen`.

    The list is asked for even when it is the same: it may be gone. While Constant Contact can't be asked, an export can
    still be renamed.
    Raises AccountError (of the list), FieldsRefusedError, SegmentGoneError, ChangedMeanwhileError, or IntegrityError
    when the name was taken or the connection removed a moment ago; then nothing is saved.
    """
    columns = _verified_list(draft, export) | _verified_mapping(draft, export)
    if draft.consent_attribute is not None:
        columns["consent_attribute"] = draft.consent_attribute
    columns |= {"name": draft.name, "connection": draft.connection, "updated_by": by}
    chosen = {"leavers": draft.leavers, "former_addresses": draft.former_addresses}
    columns |= {name: choice for name, choice in chosen.items() if choice}
    with transaction.atomic():
        hold_segments(draft.segments)
        if export is None:
            claim_name(Export.objects.all(), name=draft.name)
        elif export.name != draft.name:
            claim_name(Export.objects.exclude(pk=export.pk), name=draft.name)
        saved = _overwrite(export, columns, seen) if export else Export.objects.create(**columns, created_by=by)
        saved.segments.set(draft.segments)
    return saved


def sends_everyone_again(export: Export) -> bool:
    """Whether the next run sends everybody because list, account or data matching changed since the last one."""
    if export.baseline is None or export.connection is None:
        return False
    return not is_comparable(configuration_of(export.baseline), freeze(export))


def _overwrite(export: Export, columns: dict[str, Any], seen: datetime | None) -> Export:
    now = timezone.now()
    unchanged = Export.objects.filter(pk=export.pk, updated_at=seen) if seen else Export.objects.none()
    with changes_of(export):
        if not unchanged.update(updated_at=now, **columns):
            raise ChangedMeanwhileError
    return Export.objects.select_related("connection", "baseline").get(pk=export.pk)


def _verified_list(draft: Draft, export: Export | None) -> dict[str, str]:
    """The columns of the list, as its account confirms it."""
    list_id, account_id = lists.list_id_in(draft.list_text), draft.connection.account_id
    is_same = export is not None and (list_id, account_id) == (export.list_id, export.list_account_id)
    try:
        found = lists.find(draft.connection, draft.list_text)
    except AccountError as error:
        if is_same and not isinstance(error, lists.ListGoneError):
            return {}
        raise
    if is_same:
        return {}
    return {"list_id": found.list_id, "list_name": found.name, "list_account_id": account_id}


def _verified_mapping(draft: Draft, export: Export | None) -> dict[str, Any]:
    """The columns of the data matching, with the custom fields that were asked for made."""
    mapping, strict = dict(draft.mapping), set(draft.strict)
    labels = dict(export.custom_field_labels) if export is not None else {}
    types = dict(export.custom_field_types) if export is not None else {}
    try:
        found = _chosen_fields(draft, export)
        for label, (attribute, type) in draft.new_fields.items():
            target, found[target] = custom_fields.create(draft.connection, label, type)
            if mapping.setdefault(target, attribute) != attribute:
                raise FieldsRefusedError(format_lazy(MATCHED_TWICE, label=found[target].label))
            if label in draft.new_strict:
                strict.add(target)
    except AccountError as error:
        raise FieldsRefusedError(*error.args) from error
    labels |= {target: field.label for target, field in found.items()}
    types |= {target: field.type for target, field in found.items()}
    return {
        "mapping": mapping,
        "strict_targets": sorted(strict),
        "custom_field_labels": {key: labels[key] for key in mapping if key in labels},
        "custom_field_types": {key: types[key] for key in mapping if key in types},
    }


def _chosen_fields(draft: Draft, export: Export | None) -> dict[str, CustomField]:
    """The custom fields of the data matching as the account has them now; while it can't be asked, none of them, if the
    export has each of them already.
    """
    chosen = [target for target in draft.mapping if target.startswith(CUSTOM_PREFIX)]
    labels, verified = (export.custom_field_labels if export is not None else {}), set()
    if export is not None and export.list_account_id == draft.connection.account_id:
        verified = set(labels)
    try:
        return custom_fields.chosen_fields(draft.connection, chosen, labels, verified) if chosen else {}
    except AccountError:
        if set(chosen) <= verified:
            return {}
        raise


@dataclass(frozen=True, slots=True)
class Size:
    """`members` counts somebody in two segments twice; a segment that was never counted adds nothing."""

    members: int
    limit: int

    @property
    def is_over(self) -> bool:
        return self.members > self.limit

    @property
    def warn_from(self) -> int:
        """So many profiles are so close to the limit that the next ones may pass it."""
        return int(WARN_FROM * self.limit)


def size_of(segments: Iterable[Segment]) -> Size:
    """Return how large an export of these segments is, before duplicates are set aside."""
    return Size(sum(segment.member_count or 0 for segment in segments), settings.MAX_PROFILES_PER_EXPORT)
