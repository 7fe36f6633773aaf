"""The other bulk jobs: put contacts on lists, take them off, delete lists, contacts and custom fields."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from sandbox.constant_contact.account import Account
from sandbox.constant_contact.activities import queue_job
from sandbox.constant_contact.call import Answer, Call, Route, read_ids
from sandbox.constant_contact.contact_store import UNSUBSCRIBED
from sandbox.constant_contact.errors import validation
from sandbox.constant_contact.job import JobFailed, Work
from sandbox.constant_contact.switches import Switches

SLICE = 5_000
MAX_CONTACTS, MAX_LISTS = 500, 50
SOURCES = ("contact_ids", "list_ids", "all_active_contacts", "tag_ids", "engagement_level", "segment_id")


class Selection:
    """Which contacts a bulk job is about: some by id, the members of lists, everybody active; without a source all,
    unsubscribed and deleted ones too."""

    def __init__(self, source: dict[str, Any], excluded: list[str]) -> None:
        self._source, self._excluded = source, excluded

    def serials(self, account: Account) -> list[int]:
        store = account.store
        excluded = {store.serial_of(contact_id) for contact_id in self._excluded}
        if "contact_ids" in self._source:
            found = [store.serial_of(contact_id) for contact_id in self._source["contact_ids"]]
            chosen = [serial for serial in found if serial is not None and serial not in store.deleted]
        elif "list_ids" in self._source:
            members = (store.members(list_id.lower()) for list_id in self._source["list_ids"])
            chosen = list(dict.fromkeys(serial for one in members for serial in one))
        elif self._source.get("all_active_contacts"):
            chosen = [serial for serial in range(len(store)) if store.is_mailable(serial)]
        else:
            chosen = list(range(len(store)))
        return [serial for serial in chosen if serial not in excluded] if excluded else chosen


class MembershipChange(Work):
    """Joins the selected contacts to the lists, or takes them off."""

    def __init__(self, selection: Selection, list_ids: list[str], joins: bool) -> None:
        self._selection, self._list_ids, self._joins = selection, list_ids, joins
        self._total = self._done = 0

    def counters(self) -> dict[str, int]:
        return {
            "items_total_count": self._total,
            "items_completed_count": self._done,
            "list_count": len(self._list_ids),
        }

    def run(self, account: Account, switches: Switches, now: float) -> Iterator[None]:
        serials = self._selection.serials(account)
        self._total = len(serials)
        fails = switches["unsubscribed_in_membership_job"] == "fail"
        for start in range(0, len(serials), SLICE):
            for serial in serials[start : start + SLICE]:
                if self._joins and account.store.permissions[serial] == UNSUBSCRIBED:
                    if fails:
                        raise JobFailed("An unsubscribed contact cannot be added to a list.")
                    continue
                for list_id in self._list_ids:
                    if not self._joins:
                        account.store.leave(serial, list_id)
                    elif account.living_list(list_id):
                        account.store.join(serial, list_id)
                self._done += 1
            yield


class ListDelete(Work):
    def __init__(self, list_ids: list[str]) -> None:
        self._list_ids = list_ids

    def counters(self) -> dict[str, int]:
        return {"list_count": len(self._list_ids)}

    def run(self, account: Account, switches: Switches, now: float) -> Iterator[None]:
        for list_id in self._list_ids:
            account.delete_list(list_id, now)
        yield


class ContactDelete(Work):
    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._total = self._done = 0

    def counters(self) -> dict[str, int]:
        return {"items_total_count": self._total, "items_completed_count": self._done}

    def run(self, account: Account, switches: Switches, now: float) -> Iterator[None]:
        serials = self._selection.serials(account)
        self._total = len(serials)
        for start in range(0, len(serials), SLICE):
            for serial in serials[start : start + SLICE]:
                account.store.delete(serial, now)
                self._done += 1
            yield


class CustomFieldsDelete(Work):
    def __init__(self, field_ids: list[str]) -> None:
        self._field_ids = field_ids

    def counters(self) -> dict[str, int]:
        return {"items_total_count": len(self._field_ids), "items_completed_count": len(self._field_ids)}

    def run(self, account: Account, switches: Switches, now: float) -> Iterator[None]:
        for field_id in self._field_ids:
            account.custom_fields.pop(field_id.lower(), None)
        yield


def post_change(call: Call, joins: bool) -> Answer:
    body = call.json()
    source = body.get("source")
    if not isinstance(source, dict):
        raise validation("source is missing")
    given = [name for name in SOURCES if source.get(name)]
    if len(given) != 1 or set(source) - set(SOURCES):
        raise validation("source must have exactly one property")
    if given[0] in ("tag_ids", "engagement_level", "segment_id"):
        raise validation(f"source.{given[0]} is not available in this account")
    _check_source(source)
    exclude = (body.get("exclude") or {}).get("contact_ids") or []
    if exclude and given[0] == "contact_ids":
        raise validation("exclude may not be used with source.contact_ids")
    list_ids = read_ids(body, "list_ids", MAX_LISTS)
    _refuse_unknown_lists(call, list_ids)
    call.noted["list_ids"] = list_ids
    lowered = [list_id.lower() for list_id in list_ids]
    return queue_job(call, MembershipChange(Selection(source, exclude), lowered, joins))


def _check_source(source: dict[str, Any]) -> None:
    if "contact_ids" in source:
        read_ids(source, "contact_ids", MAX_CONTACTS)
    if "list_ids" in source:
        read_ids(source, "list_ids", MAX_LISTS)


def _refuse_unknown_lists(call: Call, list_ids: list[str]) -> None:
    unknown = [list_id for list_id in list_ids if call.account.living_list(list_id) is None]
    if unknown:
        raise validation(f"list_ids contains an unknown list: {unknown[0]}")


def post_list_delete(call: Call) -> Answer:
    list_ids = read_ids(call.json(), "list_ids", 100)
    _refuse_unknown_lists(call, list_ids)
    return queue_job(call, ListDelete(list_ids))


def post_contact_delete(call: Call) -> Answer:
    body = call.json()
    if bool(body.get("contact_ids")) == bool(body.get("list_ids")):
        raise validation("either contact_ids or list_ids must be given")
    source = {name: body[name] for name in ("contact_ids", "list_ids") if body.get(name)}
    _check_source(source)
    return queue_job(call, ContactDelete(Selection(source, [])))


def post_custom_fields_delete(call: Call) -> Answer:
    return queue_job(call, CustomFieldsDelete(read_ids(call.json(), "custom_field_ids", 100)))


_PATH = "/v3/activities/"
ROUTES = [
    Route("POST", _PATH + "add_list_memberships", partial(post_change, joins=True), "contacts:write"),
    Route("POST", _PATH + "remove_list_memberships", partial(post_change, joins=False), "contacts:write"),
    Route("POST", _PATH + "list_delete", post_list_delete, "contacts:write"),
    Route("POST", _PATH + "contact_delete", post_contact_delete, "contacts:write"),
    Route("POST", _PATH + "custom_fields_delete", post_custom_fields_delete, "contacts:write"),
]
