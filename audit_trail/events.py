"""Events that change no watched row: running, previewing, downloading, testing."""

from typing import Any

from auditlog.models import LogEntry
from django.db import models


def record(row: models.Model, event: str, *, by: Any = None, **details: Any) -> None:
    """Write that `event` happened to `row`. Inside a transaction it commits with it.

    `by` is who did it where that is not the person of the present request. `details` are plain values that the
    sentence about `event` needs (ccexport.messages): never a secret, never the address of a profile.
    """
    data = {"event": event, **details}
    LogEntry.objects.log_create(row, force_log=True, action=LogEntry.Action.ACCESS, actor=by, additional_data=data)
