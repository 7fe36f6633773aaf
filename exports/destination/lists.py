"""Finding the list that an export writes to: by its name, its ID or its address, or by making a new one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.models import Connection
from constant_contact import ContactList, OutcomeUnknownError, RejectedError
from constant_contact.fields import LIST_NAME_MAX_LENGTH
from exports.models import Export

from .account import AccountError, asking, forget, remembered

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# An address of Constant Contact may name more than the list, such as the account; the list follows one of these.
_IN_ADDRESS = re.compile(rf"(?:contacts|contact_lists|lists?|list[-_]?ids?)[/=#]({_UUID})", re.IGNORECASE)
_ANYWHERE = re.compile(rf"(?<![0-9a-f-]){_UUID}(?![0-9a-f-])", re.IGNORECASE)
_LISTS = "lists"

UNKNOWN = _(
    "The connected Constant Contact account has no list with this ID. "
    "Search for the list by its name, or copy the ID again from the address of the list at Constant Contact."
)
DELETED = _("The list “{name}” was deleted at Constant Contact. Choose another list.")
ELSEWHERE = _(
    "This list belongs to another Constant Contact account than the connection. "
    "Choose a list of this account, or another connection."
)
NO_SUCH_NAME = _(
    "The connected Constant Contact account has no list with this name. "
    "Choose one of the lists shown while you type, or paste the ID or the address of a list."
)
AMBIGUOUS = _("Several lists have this name. Choose one of the lists shown while you type.")
NAME_TAKEN = _("The account has a list with this name already. Choose that list, or enter another name.")
NO_NAME = _("Enter a name for the new list.")
NAME_TOO_LONG = _("The name of a list may have up to 255 characters. Shorten it.")
PERHAPS_MADE = _(
    "Constant Contact did not answer in time, so the list may have been created. "
    "Look for it by its name before you create it again."
)


@dataclass(frozen=True, slots=True)
class FoundList:
    """A list to choose from, and the other exports that write to it."""

    list_id: str
    name: str
    members: int | None
    exports: tuple[str, ...] = ()


class ListGoneError(AccountError):
    """Constant Contact answered that the account has no such list (any more)."""


def list_id_in(text: str) -> str | None:
    """Return the list ID that `text` is or holds: an ID, or any address of the list at Constant Contact."""
    if found := _IN_ADDRESS.search(text):
        return found[1].lower()
    ids = {match.lower() for match in _ANYWHERE.findall(text)}
    return ids.pop() if len(ids) == 1 else None


def lists_of(connection: Connection, words: str = "") -> list[FoundList]:
    """Return the account's lists whose names hold all `words`, by name. Raises AccountError."""
    wanted = words.casefold().split()
    lists = [each for each in _all(connection) if all(word in each.name.casefold() for word in wanted)]
    names: dict[str, list[str]] = {}
    exports = Export.objects.filter(list_account_id=connection.account_id, connection__isnull=False)
    for list_id, name in exports.filter(list_id__in=[each.list_id for each in lists]).values_list("list_id", "name"):
        names.setdefault(list_id, []).append(name)
    return [
        FoundList(each.list_id, each.name, each.membership_count, tuple(names.get(each.list_id, ())))
        for each in sorted(lists, key=lambda each: each.name.casefold())
    ]


def find(connection: Connection, text: str) -> ContactList:
    """Return the list of the account that `text` means: its ID, its address or its whole name.

    Raises ListGoneError when there is none with that ID, it was deleted or is another account's; otherwise
    AccountError: no list has the name, or nobody answers.
    """
    list_id = list_id_in(text)
    if list_id is None:
        named = [each for each in _all(connection) if each.name.casefold() == text.strip().casefold()]
        if len(named) != 1:
            raise AccountError(AMBIGUOUS if named else NO_SUCH_NAME)
        return named[0]
    with asking(connection) as client:
        try:
            found = client.contact_list(list_id)
        except RejectedError as error:
            if error.not_found:
                # Constant Contact itself only says that it is not in this account.
                verified = Export.objects.filter(list_id=list_id).exclude(list_account_id="")
                is_elsewhere = verified.exclude(list_account_id=connection.account_id).exists()
                raise ListGoneError(ELSEWHERE if is_elsewhere else UNKNOWN) from error
            raise
    if found.deleted_at is not None:
        raise ListGoneError(format_lazy(DELETED, name=found.name))
    return found


def create(connection: Connection, name: str) -> ContactList:
    """Make an empty list in the account. Raises AccountError."""
    name = " ".join(name.split())
    if not name or len(name) > LIST_NAME_MAX_LENGTH:
        raise AccountError(NAME_TOO_LONG if name else NO_NAME)
    forget(connection, _LISTS)
    with asking(connection) as client:
        try:
            return client.create_contact_list(name)
        except RejectedError as error:
            if error.conflict:
                raise AccountError(NAME_TAKEN) from error
            raise
        except OutcomeUnknownError as error:
            raise AccountError(PERHAPS_MADE) from error


def others_writing_to(list_id: str, account_id: str, apart_from: Export | None = None) -> list[Export]:
    """Return the other exports that write to the same list: a person in both gets the values of the later run."""
    others = Export.objects.filter(list_id=list_id, list_account_id=account_id, connection__isnull=False)
    return list(others if apart_from is None else others.exclude(pk=apart_from.pk))


def _all(connection: Connection) -> list[ContactList]:
    lists = remembered(connection, _LISTS, lambda client: client.contact_lists(membership_count="all"))
    return [each for each in lists if each.deleted_at is None]
