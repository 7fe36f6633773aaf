"""What an account said of itself the last time it was asked: how many contacts it has, which automations run."""

from __future__ import annotations

from datetime import datetime

from django.db import models


class AccountReading(models.Model):
    """One row per account, overwritten by each reading. Written by exports.people alone."""

    account_id = models.CharField(max_length=100, unique=True)
    counts = models.JSONField(default=dict)  # {"total", "explicit", …} of constant_contact.ContactCounts; {}: not known
    read_at = models.DateTimeField(null=True)  # of when `counts` are
    # What is active and what starts it: [{"id", "name", "updated", "trigger", "list_ids"}]; `trigger` null: not looked
    # into yet, since each costs a request; blank: it can't be told. The list itself null: not known.
    automations = models.JSONField(null=True)
    automations_read_at = models.DateTimeField(null=True)  # when they were asked after, whatever the answer
    # The status of the answer that told nothing; 0: there was none.
    automations_refused = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return self.account_id

    @property
    def active_contacts(self) -> int | None:
        """Contacts that may be mailed or are asked to confirm it; None: not known."""
        if not self.counts:
            return None
        return sum(int(self.counts.get(kind) or 0) for kind in ("explicit", "implicit", "pending"))

    @property
    def counts_are_of(self) -> datetime | None:
        return self.read_at if self.counts else None
