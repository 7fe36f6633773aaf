"""What no signal tells of: changes that are written by UPDATE, and events that change no watched row."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from auditlog.diff import model_instance_diff
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.db import models, transaction

_ADDRESS = re.compile(r"[^\s@\"'<>,;:()\[\]{}]+@[^\s@\"'<>,;:()\[\]{}]+")


@contextmanager
def changes_of(row: models.Model, *, by: Any = None) -> Iterator[None]:
    """Write into the trail what the block changes in the fields of `row` that are watched.

    Row and trail commit together. Nothing is written when nothing changed or the block raises.
    `by` is who did it where that is not the person of the present request.
    """
    rows = type(row)._default_manager
    if not auditlog.contains(type(row)):
        raise LookupError(f"{row._meta.label} is not watched: all of its fields would land in the trail.")
    with transaction.atomic():
        before = rows.filter(pk=row.pk).first()
        yield
        after = rows.filter(pk=row.pk).first()
        if before is None or after is None:
            return
        changes = model_instance_diff(before, after)
        if changes:
            LogEntry.objects.log_create(after, action=LogEntry.Action.UPDATE, changes=changes, actor=by)


def without_addresses(value: str) -> str:
    """Return `value` without the email addresses in it: the trail is kept longer than any profile."""
    return _ADDRESS.sub("…@…", value)


def record(row: models.Model, event: str, *, by: Any = None, **details: Any) -> None:
    """Write that `event` happened to `row`. Inside a transaction it commits with it.

    `by` is who did it where that is not the person of the present request. `details` are plain values that the
    sentence about `event` needs (ccexport.messages): never a secret, never the address of a profile.
    """
    data = {"event": event, **details}
    LogEntry.objects.log_create(row, force_log=True, action=LogEntry.Action.ACCESS, actor=by, additional_data=data)
