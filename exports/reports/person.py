"""What became of one person in a run, and what somebody can do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from exports.destination.fields import EMAIL, label_of
from exports.models import Batch, Run
from exports.people.suppressions import said_of
from exports.plan.dispositions import KEPT_OUT, NO_CANDIDATES, SENT_AGAIN, Disposition
from exports.plan.reader import PersonOutcome, Row, why_of
from web.messages import Message

BY_ACCOUNT = "Account"  # Constant Contact's word for who unsubscribed a contact: not the person
_KINDS_OF_FORMER = (Disposition.OPTED_OUT, Disposition.DELETED, Disposition.LEFT_LIST, Disposition.SUPPRESSED)


def explain(outcome: PersonOutcome, custom: Mapping[str, str]) -> Iterator[Message]:
    """Yield what happened to the person, and what to do next. `custom`: labels of custom fields."""
    row, batch = outcome.row, outcome.batch
    if row.disposition == Disposition.SEND:
        yield Message("person.send") if batch is None else _sent(batch, is_again=row.reason == SENT_AGAIN)
        if outcome.emptied:
            yield Message("person.emptied", {"fields": [label_of(target, custom) for target in outcome.emptied]})
        if outcome.withheld:
            yield Message("person.withheld", {"fields": [label_of(target, custom) for target in outcome.withheld]})
    elif row.disposition == Disposition.UNCONFIRMED and batch is not None:
        yield Message("person.unconfirmed_in_batch", {**_lost(batch), "run": str(batch.run)})
    elif row.disposition == Disposition.SUPPRESSED:
        yield said_of(row.reason)
    elif row.disposition in (*KEPT_OUT, *NO_CANDIDATES):
        yield _kept_out(row)
    elif row.disposition == Disposition.DUPLICATE and outcome.is_dated:
        yield Message("person.duplicate_older")
    else:
        is_of_value = row.disposition in (Disposition.TOO_LONG, Disposition.INVALID_VALUE)
        is_strict = row.disposition == Disposition.TOO_LONG and row.reason != EMAIL
        code = "too_long_and_strict" if is_strict else row.disposition
        yield Message(f"person.{code}", {"field": label_of(row.reason, custom)} if is_of_value else {})


def _kept_out(row: Row) -> Message:
    """Why somebody is kept off the list, since when and where that is known; or what becomes of who is on it."""
    why, code = why_of(row.disposition, row.reason), row.disposition
    if row.disposition in NO_CANDIDATES:
        is_unreplaced = row.disposition == Disposition.FORMER_ADDRESS and not why.address
        code = f"{code}_{'unreplaced' if is_unreplaced else why.kind}"
    elif row.disposition == Disposition.ADDRESS_CHANGED:
        code = f"{code}_{why.kind}" if why.kind in _KINDS_OF_FORMER else code
    elif row.disposition in (Disposition.OPTED_OUT, Disposition.DELETED) and not why.since:
        code = f"{code}_undated"
    elif row.disposition == Disposition.OPTED_OUT and why.source == BY_ACCOUNT:
        code = f"{code}_by_account"
    since = {"since": why.since} if why.since else {}
    return Message(f"person.{code}", {"address": why.address, **since})


def _sent(batch: Batch, *, is_again: bool) -> Message:
    code: str = batch.state
    if batch.state == Batch.State.CANCELLED and batch.run.status == Run.Status.FAILED:
        code = "cancelled_by_failure"
    elif batch.state == Batch.State.COMPLETED and not batch.is_confirmed:
        code = "completed_in_part_again" if is_again else "completed_in_part"
    return Message(f"person.{code}", {"batch": batch.number, **_lost(batch)})


def _lost(batch: Batch) -> dict[str, Any]:
    return {"lost": batch.rows - batch.accepted, "rows": batch.rows}
