"""The rows of the database: whatever holds the address as text, in a table of ours or of a library.

Histories are cleared of it. What a person entered on purpose (a rule that names the address), and the people who work
here, are not changed: the receipt names them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.functions import Cast

from encryption.fields import EncryptedTextField

# Histories and notes, of which nothing depends on the address.
CLEARED = {
    *("auditlog.LogEntry", "admin.LogEntry", "exports.RunEvent", "exports.Run", "exports.Batch"),
    *("exports.RefreshStep", "exports.Refresh", "profiles.ProfileImport", "segments.Evaluation", "ccexport.Incident"),
}
# Handled by a step of their own, or of the erasure itself.
_APART = {"exports.Erasure", "exports.ErasureStep", "exports.Suppression"}


@dataclass(frozen=True, slots=True)
class Mention:
    """Rows of a table that hold the address, and in which fields."""

    model: type[models.Model]
    fields: list[models.Field[Any, Any]]
    rows: list[Any]

    @property
    def is_cleared(self) -> bool:
        return self.model._meta.label in CLEARED


def mentions_of(address: str) -> Iterator[Mention]:
    """Yield the tables that hold the address in a text."""
    for model in apps.get_models():
        if not model._meta.managed or model._meta.label in _APART or model._meta.app_label == "sandbox":
            continue
        fields = [field for field in model._meta.concrete_fields if _is_text(field)]
        texts = {f"text_of_{field.name}": Cast(field.name, models.TextField()) for field in fields}
        if not texts:
            continue
        conditions = [models.Q(**{f"{name}__icontains": address}) for name in texts]
        pattern = _pattern(address)
        like = model._base_manager.alias(**texts).filter(reduce(or_, conditions))
        rows = [row for row in like if any(pattern.search(_written(row, field)) for field in fields)]
        if rows:
            yield Mention(model, fields, rows)


def clear(mention: Mention, address: str, masked: str) -> int:
    """Put the masked address in the place of the address. Return in how many rows."""
    for row in mention.rows:
        columns = {field.attname: _without(getattr(row, field.attname), address, masked) for field in mention.fields}
        changed = {name: value for name, value in columns.items() if value != getattr(row, name)}
        mention.model._base_manager.filter(pk=row.pk).update(**changed)
    return len(mention.rows)


def _is_text(field: models.Field[Any, Any]) -> bool:
    is_text = isinstance(field, models.CharField | models.TextField | models.JSONField)
    return is_text and not isinstance(field, EncryptedTextField) and not field.choices


def _pattern(address: str) -> re.Pattern[str]:
    """The address, and not a longer one that ends or begins with it: that is somebody else's."""
    return re.compile(rf"(?<![\w.+%-]){re.escape(address)}(?![\w-]|\.\w)", re.IGNORECASE)


def _written(row: models.Model, field: models.Field[Any, Any]) -> str:
    value = getattr(row, field.attname)
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _without(value: Any, address: str, masked: str) -> Any:
    pattern = _pattern(address)
    if isinstance(value, str):
        return pattern.sub(masked, value)
    return value if value is None else json.loads(pattern.sub(masked, json.dumps(value)))
