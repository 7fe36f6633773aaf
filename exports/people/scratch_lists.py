"""Lists that a run makes at Constant Contact for itself: made, found again, and deleted whatever becomes of the run.

The row is written before the list is asked for, and its name is no other list's: so a list whose answer was lost is
found by its name, also by somebody else. While the run is open, its worker deletes the list when it is done with it. Of
a run that is over (cancelled, failed, removed with its export), whoever looks next does (due_scratch_lists): through
the connection of the run or another one to the same account, also after that was connected anew. When no connection
leads to the account any more for GIVEN_UP_AFTER, it is given up, and the page of the run says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from connections.clients import client_for
from connections.export_users import export_user_problem
from connections.models import Connection
from connections.tokens import AnotherAccountError
from constant_contact import ConstantContact, ConstantContactError, ContactList, OutcomeUnknownError, RejectedError
from exports.models import Run, ScratchList
from jobs.claims import Claims
from jobs.limits import LIMITS
from logs import event

logger = logging.getLogger(__name__)

State = ScratchList.State
CLAIMS = Claims(LIMITS.scratch_list, asked_at="made_at")
DELETION_GAP = timedelta(seconds=1)  # until it is looked whether the list is deleted; the second time longer
LONGEST_GAP = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=7)


class _NotAllowedError(Exception):
    """The connection may not be used unattended at present."""


def intend(run: Run) -> ScratchList:
    """Write down that a list is about to be made for `run`."""
    return ScratchList.objects.create(
        run=run,
        connection_id=run.configuration["connection_id"],
        account_id=run.configuration["account_id"],
        name=f"Temporary, deletes itself (run {run.pk}, {run.reference.hex})",
        made_at=timezone.now(),
    )


def of_run(run: Run) -> ScratchList | None:
    """Return the list that a run uses, or is about to make."""
    return ScratchList.objects.filter(run=run, state__in=(State.MAKING, State.MADE)).first()


def make(client: ConstantContact, scratch: ScratchList, *, before: Callable[[], None]) -> ContactList:
    """Return the list at Constant Contact: the one that was made when the answer was lost, else a new one.

    `before` is called when the attempt is written down. Raises what the client does.
    """
    if scratch.tries:
        found = client.contact_list_named(scratch.name)
        if found is not None:
            return found
    before()
    ScratchList.objects.filter(pk=scratch.pk).update(tries=F("tries") + 1)
    try:
        return client.create_contact_list(scratch.name)
    except RejectedError as error:
        found = client.contact_list_named(scratch.name) if error.conflict else None
        if found is None:
            raise
        return found


def keep(scratch: ScratchList, made: ContactList) -> None:
    """Write down which list it is."""
    ScratchList.objects.filter(pk=scratch.pk, state=State.MAKING).update(
        state=State.MADE, list_id=made.list_id, tries=0
    )
    scratch.refresh_from_db()


def delete(client: ConstantContact, scratch: ScratchList) -> timedelta | None:
    """Do what is next to delete the list. None: it is gone; else how long to wait before this is called again.

    Raises what the client does; RejectedError only where Constant Contact refuses for good.
    """
    if scratch.state == State.MAKING:
        made = client.contact_list_named(scratch.name) if scratch.tries else None
        if made is None:
            return _gone(scratch)
        keep(scratch, made)
    try:
        if scratch.state == State.DELETING and scratch.delete_activity_id:
            activity = client.activity(scratch.delete_activity_id)
            if activity.succeeded:
                return _gone(scratch)
            if not activity.is_final:
                _change(scratch, tries=scratch.tries + 1)
                return min(DELETION_GAP * 2 ** min(scratch.tries, 12), LONGEST_GAP)
        activity = client.delete_contact_list(scratch.list_id)
    except RejectedError as error:
        if not error.not_found:
            raise
        if scratch.state == State.DELETING:  # the job is too old to be asked after: look again, from the beginning
            _change(scratch, state=State.MADE, delete_activity_id="")
            return timedelta(0)
        return _gone(scratch)
    _change(scratch, state=State.DELETING, delete_activity_id=activity.activity_id, tries=0)
    return DELETION_GAP


def _gone(scratch: ScratchList) -> None:
    _change(scratch, state=State.DELETED)


def _change(scratch: ScratchList, **columns: Any) -> None:
    ScratchList.objects.filter(pk=scratch.pk, state__in=ScratchList.OPEN).update(**columns)
    for name, value in columns.items():
        setattr(scratch, name, value)


def left_behind() -> QuerySet[ScratchList]:
    """Return the lists that may be in an account although nobody works on their run any more."""
    return ScratchList.objects.filter(state__in=ScratchList.OPEN).exclude(run__status__in=Run.OPEN)


def due_scratch_lists(before: datetime) -> QuerySet[Any, int]:
    """Return the lists left behind that any worker could have begun to delete before that moment."""
    return CLAIMS.due(left_behind(), before)


def delete_left_behind(pk: int) -> None:
    """Delete a list that a run left behind, or put it off until that can be tried again."""
    mine = left_behind().filter(pk=pk)
    if not CLAIMS.take(mine):
        return
    scratch = ScratchList.objects.get(pk=pk)
    connection = _connection_to(scratch)
    if connection is None:
        leads_there = Connection.objects.filter(account_id=scratch.account_id).exists()
        if not leads_there and scratch.made_at < timezone.now() - GIVEN_UP_AFTER:
            _change(scratch, state=State.GIVEN_UP)
            event(logger, "temporary list given up", logging.WARNING, list_id=scratch.list_id, run_id=scratch.run_id)
            return
        _put_off(scratch)
        return
    try:
        wait = delete(_client(connection, scratch), scratch)
    except (ConstantContactError, AnotherAccountError, _NotAllowedError) as error:
        event(
            logger, "temporary list stays for now", logging.WARNING, list_id=scratch.list_id, told=type(error).__name__
        )
        if isinstance(error, OutcomeUnknownError | RejectedError):
            logger.info("Constant Contact said about a temporary list: %s", error)
        _put_off(scratch)
        return
    if wait is not None:
        CLAIMS.put_off(left_behind().filter(pk=pk), pk, timezone.now() + wait)


def _put_off(scratch: ScratchList) -> None:
    """Until it is tried again: 2, 4, 8 … minutes, up to an hour."""
    gap = min(timedelta(minutes=2 ** min(scratch.tries + 1, 10)), LONGEST_GAP)
    with transaction.atomic():
        CLAIMS.put_off(left_behind().filter(pk=scratch.pk), scratch.pk, timezone.now() + gap, tries=F("tries") + 1)


def _connection_to(scratch: ScratchList) -> Connection | None:
    """A connection that leads to the account now, that of the run first."""
    ready = Connection.objects.ready().filter(account_id=scratch.account_id).order_by("pk")
    return ready.filter(pk=scratch.connection_id).first() or ready.first()


def _client(connection: Connection, scratch: ScratchList) -> ConstantContact:
    def check() -> None:
        """Right before every call: the same rights as a run needs."""
        now = Connection.objects.ready().filter(pk=connection.pk, account_id=scratch.account_id).first()
        if now is None or export_user_problem(now) is not None:
            raise _NotAllowedError

    return client_for(connection, for_page=False, account_id=scratch.account_id, spent=check)
