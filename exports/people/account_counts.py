"""How many contacts an account has, asked once a run. What a plan makes of it: exports.plan.newcomers."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

from django.db import IntegrityError
from django.utils import timezone

from constant_contact import ConstantContact, RejectedError, UnavailableError
from exports.models import AccountReading, Run
from exports.models.configuration import configuration_of
from logs import event

logger = logging.getLogger(__name__)


class Asking(Protocol):
    """What of a worker's work is needed to ask: see exports.pipeline.work.Work."""

    run: Run

    @property
    def client(self) -> ConstantContact: ...

    def write(self, **columns: Any) -> None: ...


def read_counts(work: Asking) -> None:
    """Ask once a run how many contacts the account has; a preview that is sent later asks anew.

    What Constant Contact refuses or does not answer is no reason to hold up a run: then the number is not known. Raises
    what stops every request: ThrottledError, QuotaExceededError, AuthorizationRevokedError, tokens that are refused.
    """
    run = work.run
    if run.contacts_asked_at is not None and run.contacts_asked_at >= run.asked_at:
        return
    asked_at = timezone.now()
    try:
        counts = work.client.contact_counts()
    except (RejectedError, UnavailableError) as error:
        if isinstance(error, UnavailableError) and error.unauthorized:
            raise
        event(logger, "contact counts not known", logging.WARNING, status=error.status)
        work.write(contacts_before=None, contacts_asked_at=asked_at)
        return
    note_reading(configuration_of(run)["account_id"], counts=asdict(counts), read_at=asked_at)
    work.write(contacts_before=counts.active, contacts_asked_at=asked_at)


def reading_of(account_id: str) -> AccountReading:
    """Return what is known of the account; a row that is not stored when nobody has asked yet."""
    found = AccountReading.objects.filter(account_id=account_id).first() if account_id else None
    return found or AccountReading(account_id=account_id)


def note_reading(account_id: str, **columns: Any) -> None:
    """Write columns into the row of the account. Two runs may do so at once: the later one counts."""
    rows = AccountReading.objects.filter(account_id=account_id)
    if not rows.update(**columns):
        try:
            AccountReading.objects.create(account_id=account_id, **columns)
        except IntegrityError:
            rows.update(**columns)


def is_older(moment: datetime | None, seconds: float) -> bool:
    """Whether something was last done longer ago than that, or never."""
    return moment is None or (timezone.now() - moment).total_seconds() >= seconds
