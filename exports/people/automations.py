"""Which automations of an account start for whoever joins a list: messages that a run would set off.

Only with the scope campaign_data, which the person who connects may grant. Read once a day per account however many
exports run, and never a reason for a run to fail. What is not known is said so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from connections import tokens
from connections.models import Connection
from constant_contact import AUTOMATIONS_SCOPE, ConstantContact, RejectedError, UnavailableError
from exports.models import AccountReading
from exports.models.configuration import configuration_of
from jobs.limits import WAITS
from logs import event

from .account_counts import Asking, is_older, note_reading, reading_of

logger = logging.getLogger(__name__)

LIST_JOIN = "list_join"
# Each automation costs a request to see what starts it. Of many active ones, the next reading looks at the next.
LOOKED_INTO_AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class ListAutomations:
    """What is known of the automations that start for whoever joins one list.

    `is_asked`: the connection may ask. `refused`: Constant Contact answered with that status instead. `not_looked`:
    active automations of which it is not known yet what starts them. `read_at` None: nobody has asked yet.
    """

    is_asked: bool
    names: tuple[str, ...] = ()
    not_looked: int = 0
    read_at: datetime | None = None
    refused: int | None = None

    @property
    def is_known(self) -> bool:
        return self.read_at is not None and self.refused is None


def read_automations(work: Asking) -> None:
    """Ask which automations are active, if the connection may and the last answer is a day old.

    Raises what stops every request, and nothing else: see account_counts.read_counts.
    """
    connection = work.run.export.connection
    if connection is None or not tokens.is_granted(connection, AUTOMATIONS_SCOPE):
        return
    account_id = configuration_of(work.run)["account_id"]
    reading = reading_of(account_id)
    if not _is_due(reading):
        return
    asked_at = timezone.now()
    try:
        found = list(_read(work.client, {each["id"]: each for each in reading.automations or []}))
    except (RejectedError, UnavailableError) as error:
        if isinstance(error, UnavailableError) and error.unauthorized:
            raise
        event(logger, "automations not known", logging.WARNING, status=error.status)
        note_reading(account_id, automations=None, automations_read_at=asked_at, automations_refused=error.status or 0)
        return
    note_reading(account_id, automations=found, automations_read_at=asked_at, automations_refused=None)


def automations_of(connection: Connection | None, list_id: str) -> ListAutomations:
    """Return what is known of the automations that start for whoever joins the list. Asks nobody."""
    if connection is None or not tokens.is_granted(connection, AUTOMATIONS_SCOPE):
        return ListAutomations(is_asked=False)
    reading = reading_of(connection.account_id)
    active: list[dict[str, Any]] = reading.automations or []
    return ListAutomations(
        is_asked=True,
        names=tuple(each["name"] for each in active if _starts_for(each, list_id)),
        not_looked=sum(not each["trigger"] for each in active),
        read_at=reading.automations_read_at,
        refused=reading.automations_refused,
    )


def _is_due(reading: AccountReading) -> bool:
    """A day is over, some were not looked into yet, or the service did not answer a while ago."""
    if reading.automations_refused is not None:
        is_outage = not 400 <= reading.automations_refused < 500
        return is_older(reading.automations_read_at, WAITS.automations_outage if is_outage else WAITS.automations)
    is_complete = all(each["trigger"] is not None for each in reading.automations or [])
    return not is_complete or is_older(reading.automations_read_at, WAITS.automations)


def _starts_for(automation: dict[str, Any], list_id: str) -> bool:
    """Whether it starts for whoever joins the list: one that names no list that can be read may mean any."""
    lists = automation["list_ids"]
    return automation["trigger"] == LIST_JOIN and (not lists or list_id.lower() in lists)


def _read(client: ConstantContact, known: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the active automations; what starts one is asked only when it is new or was changed."""
    looks = LOOKED_INTO_AT_ONCE
    for summary in client.automations():
        if not summary.is_active:
            continue
        updated = summary.updated_at.isoformat() if summary.updated_at else ""
        entry: dict[str, Any] = {
            "id": summary.automation_id,
            "name": summary.name,
            "updated": updated,
            "trigger": None,
            "list_ids": [],
        }
        before = known.get(summary.automation_id)
        if before is not None and before["trigger"] is not None and updated and before["updated"] == updated:
            entry |= {"trigger": before["trigger"], "list_ids": before["list_ids"]}
        elif looks:
            looks -= 1
            entry |= _started_by(client, summary.automation_id)
        yield entry


def _started_by(client: ConstantContact, automation_id: str) -> dict[str, Any]:
    """What starts one automation. One that is gone since the list was read, or can't be looked into, is not known."""
    try:
        found = client.automation(automation_id)
    except RejectedError:
        return {"trigger": ""}
    return {"trigger": found.trigger, "list_ids": list(found.list_ids)}
