"""Somebody says who must not be sent, or takes it back. Nothing is deleted: what was taken back stays as evidence."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

import audit_trail
from connections.models import Connection
from exports.models import OptOuts, Suppression, SuppressionUpload
from exports.people.suppressions import key_maker

Kind = Suppression.Kind


class AlreadySuppressedError(Exception):
    """The address or domain is suppressed for this account, or for all. `present` is the row that says so."""

    def __init__(self, present: Suppression) -> None:
        super().__init__(present.pk)
        self.present = present


def suppress(*, email: str = "", domain: str = "", connection: Connection | None, reason: str, by: Any) -> Suppression:
    """Suppress a normalised address or a domain, for one connection or all of them (None).

    Raises AlreadySuppressedError.
    """
    key = key_maker()(email or f"@{domain}")
    account_id = connection.account_id if connection else ""
    present = Suppression.objects.active().filter(account_id__in={"", account_id}, key=key)
    if found := present.first():
        raise AlreadySuppressedError(found)
    try:
        with transaction.atomic():
            row = Suppression.objects.create(
                kind=Kind.DOMAIN if domain else Kind.ADDRESS,
                email=email,
                domain=domain,
                key=key,
                connection=connection,
                account_id=account_id,
                reason=reason,
                created_by=by,
            )
            audit_trail.record(row, "suppressed", by=by, connection=connection.display_name if connection else None)
    except IntegrityError:  # by somebody else, a moment ago
        if (found := present.first()) is None:
            raise
        raise AlreadySuppressedError(found) from None
    return row


def release(suppression: Suppression, *, reason: str, by: Any) -> bool:
    """Take a suppression back. False: somebody else was quicker."""
    with transaction.atomic():
        if not _release(Suppression.objects.filter(pk=suppression.pk), reason, by):
            return False
        audit_trail.record(suppression, "suppression_removed", by=by)
    return True


def release_upload(upload: SuppressionUpload, *, reason: str, by: Any) -> int:
    """Take back all that came with a file and is still in force; return how many."""
    with transaction.atomic():
        removed = _release(upload.suppressions.all(), reason, by)
        audit_trail.record(upload, "suppressions_removed", by=by, count=removed)
    return removed


def _release(rows: Any, reason: str, by: Any) -> int:
    if rows.active().filter(email="", domain="").exists():
        # What their accounts told of somebody who was erased is not kept: it is asked for again.
        OptOuts.objects.update(read_at=None, read_all_at=None)
    columns = {"removed_at": timezone.now(), "removed_by": by, "removed_reason": reason}
    return int(rows.active().update(**columns))
