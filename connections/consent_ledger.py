"""The agreements to the transfer of personal data, as rows of a file: evidence that can be handed on."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.db.models import QuerySet

from .models import Consent

COLUMNS = ("agreed_at", "person", "address", "text_version", "language", "connection", "connection_removed")


def rows(consents: "QuerySet[Consent]") -> Iterator[tuple[Any, ...]]:
    """Yield the agreements, the oldest first; times are UTC."""
    for consent in consents.select_related("user", "connection").order_by("agreed_at", "pk"):
        yield (
            consent.agreed_at.astimezone(UTC).isoformat(timespec="seconds"),
            consent.user.get_username(),
            consent.ip_address or "",
            consent.text_version,
            consent.language,
            consent.connection.display_name if consent.connection else consent.connection_name,
            "no" if consent.connection else "yes",
        )
