"""Deletes a person's contact in an account of Constant Contact, by a job, and looks afterwards whether it is gone.

The contact is looked for first, each time somebody goes on: so a lost answer or a killed worker deletes it once more at
worst, and a contact that is deleted already costs no job. What is known between is the number of the job.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from connections.clients import client_for
from connections.export_users import export_user_problem
from connections.models import Connection
from connections.tokens import AnotherAccountError, needs_reconnecting
from constant_contact import (
    Activity,
    AuthorizationRevokedError,
    ConstantContact,
    Contact,
    OutcomeUnknownError,
    QuotaExceededError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)
from exports.models import ErasureStep
from exports.permissions import can_erase

from .files import erase_from_rosters
from .work import ErasureWaits, StepFailed, Work

SOON, LATER = timedelta(seconds=5), timedelta(minutes=1)


def erase_from_account(work: Work, step: ErasureStep) -> None:
    """Delete the contact, then what the account's rosters and opt-outs say of it. Raises ErasureWaits, StepFailed."""
    connection = step.connection
    if connection is None:
        raise StepFailed("account_detached")
    try:
        with client_for(
            connection,
            for_page=False,
            account_id=connection.account_id,
            spent=lambda: _check(work, step, connection),
        ) as client:
            _delete(work, step, client)
    except QuotaExceededError as error:
        raise ErasureWaits(error.resets_at, "waits_for_quota") from error
    except (ThrottledError, UnavailableError, OutcomeUnknownError) as error:
        raise ErasureWaits(timezone.now() + LATER, "waits_for_account", account=step.name) from error
    except AnotherAccountError as error:
        raise StepFailed("another_account", connection=connection.display_name) from error
    except AuthorizationRevokedError as error:
        needs_reconnecting(connection)
        raise StepFailed("account_revoked", connection=connection.display_name) from error
    except RejectedError as error:
        raise StepFailed("account_refused", told=error.detail) from error
    erase_from_rosters(work, step, connection.account_id)
    work.end(step)


def _delete(work: Work, step: ErasureStep, client: ConstantContact) -> None:
    activity_id = step.progress.get("activity_id", "")
    if activity_id and not _is_over(client, activity_id):
        raise ErasureWaits(timezone.now() + SOON, "waits_for_job", account=step.name)
    contacts = _living(client, work.address)
    if not contacts:
        return
    if activity_id:
        if step.progress.get("tries", 0) >= 3:
            raise StepFailed("contact_not_deleted", account=step.name)
    elif not step.progress.get("tries"):
        work.note(step, count=len(contacts))
    work.note(step, tries=step.progress.get("tries", 0) + 1, activity_id="")
    activity = client.delete_contacts([contact.contact_id for contact in contacts])
    work.note(step, activity_id=activity.activity_id)
    raise ErasureWaits(timezone.now() + SOON, "waits_for_job", account=step.name)


def _is_over(client: ConstantContact, activity_id: str) -> bool:
    """Whether the job is over, or so old that Constant Contact knows nothing of it any more."""
    try:
        activity: Activity = client.activity(activity_id)
    except RejectedError as error:
        if error.not_found:
            return True
        raise
    return activity.is_final


def _living(client: ConstantContact, address: str) -> list[Contact]:
    found = client.contacts(status="all", email=address)
    return [contact for contact in found if contact.deleted_at is None]


def _check(work: Work, step: ErasureStep, connection: Connection) -> None:
    """Right before every request: the erasure is ours, and whoever asked for it may still do so."""
    work.check()
    step.refresh_from_db(fields=["asked_by"])
    if step.asked_by is None or not can_erase(step.asked_by):
        raise StepFailed("no_right_any_more")
    problem = export_user_problem(connection)
    if problem is not None:
        raise StepFailed("export_user", connection=connection.display_name)
