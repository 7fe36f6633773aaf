"""What changed about where a source is, for the audit trail. Of secrets only that they were entered anew."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from profiles.models import DatabaseAddress

from .kinds import Field, kind_of

Change = tuple[str, str, str]  # the name of what changed, before, after


def changes_between(before: DatabaseAddress, after: DatabaseAddress) -> list[Change]:
    """Return what differs, but for secrets."""
    old, new = _told(before), _told(after)
    return [(name, old.get(name, ""), new[name]) for name in new if old.get(name, "") != new[name]]


def in_words(code: str, changes: list[Change]) -> Iterator[Change]:
    """Return changes of a kind of source as people read them."""
    fields = {field.name: field for field in kind_of(code).fields}
    labels = {"schema": str(kind_of(code).schema_field.label), "table": _("Table or view")}
    for name, old, new in changes:
        field = fields.get(name)
        label = str(field.label) if field else labels.get(name, name)
        yield label, _shown(field, old), _shown(field, new)


def _told(address: DatabaseAddress) -> dict[str, str]:
    return {**address.options, "schema": address.schema, "table": address.table}


def _shown(field: Field | None, value: str) -> str:
    if field is None or not field.choices:
        return value
    return str(dict(field.choices).get(value, value))
