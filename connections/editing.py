"""Changing a connection without overwriting what somebody else changed meanwhile."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit_trail import changes_of

from .models import Connection


class ChangedMeanwhileError(Exception):
    """Somebody else saved this connection while the page was open; theirs is kept."""


def change(connection: Connection, *, seen: datetime | None, **values: Any) -> None:
    """Write `values` if the row is still the one the person saw, last updated at `seen`.

    `chosen_contributors` may be among them.

    Raises ChangedMeanwhileError otherwise.
    """
    chosen = values.pop("chosen_contributors", None)
    now = timezone.now()
    with transaction.atomic(), changes_of(connection):
        unchanged = Connection.objects.filter(pk=connection.pk, updated_at=seen) if seen else Connection.objects.none()
        if not unchanged.update(updated_at=now, **values):
            raise ChangedMeanwhileError
        if chosen is not None:
            connection.chosen_contributors.set(chosen)
    connection.refresh_from_db()
