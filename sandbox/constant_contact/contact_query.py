"""GET /contacts: which contacts a query means, a page at a time."""

import heapq
from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any

from sandbox.constant_contact.call import Answer, Call, read_choices, read_flag, read_limit, read_query, with_next
from sandbox.constant_contact.clock import parse
from sandbox.constant_contact.contact_json import INCLUDES, show
from sandbox.constant_contact.contact_store import PENDING, PERMISSIONS, UNSUBSCRIBED
from sandbox.constant_contact.errors import validation
from sandbox.constant_contact.records import UUID

PATH = "/v3/contacts"
STATUSES = ("all", "active", "deleted", "not_set", "pending_confirmation", "temp_hold", "unsubscribed")
MOMENTS = ("updated", "created", "optout")


def get_contacts(call: Call) -> Answer:
    query, after = read_query(call)
    limit = read_limit(query, 50, 500)
    include = read_choices(query, "include", INCLUDES)
    read_choices(query, "sms_status", (*STATUSES, "explicit", "implicit"))
    search = _Search(call, query)
    page = list(islice(search.found(after + 1), limit + 1))
    body: dict[str, Any] = {"contacts": [show(call, serial, include) for serial in page[:limit]]}
    if read_flag(query, "include_count"):
        body["contacts_count"] = sum(1 for _ in search.found(0))
    return 200, with_next(body, PATH, query, page[limit - 1] if len(page) > limit else None)


class _Search:
    """The filters of one query; `found` walks the contacts they leave, in order of creation."""

    def __init__(self, call: Call, query: dict[str, str]) -> None:
        self._store = call.account.store
        default = "active" if call.switch("contacts_default_status") == "active" else ""
        self._statuses = read_choices(query, "status", STATUSES, default)
        self._email = query.get("email")
        self._fold = call.switch("fold_case")
        self._lists = [part.strip().lower() for part in query.get("lists", "").split(",") if part.strip()]
        if len(self._lists) > 25:
            raise validation("lists may have at most 25 items")
        if any(UUID.fullmatch(list_id) is None for list_id in self._lists):
            raise validation("lists does not have a valid value")
        self._ranges = {
            name: (_moment(query, f"{name}_after"), _moment(query, f"{name}_before"))
            for name in MOMENTS
            if f"{name}_after" in query or f"{name}_before" in query
        }

    def found(self, start: int) -> Iterator[int]:
        for serial in self._candidates(start):
            if self._has_status(serial) and all(self._is_within(serial, name) for name in self._ranges):
                yield serial

    def _candidates(self, start: int) -> Iterator[int]:
        store = self._store
        if self._email is not None:
            serial = store.serials.get(self._email.lower() if self._fold else self._email)
            return iter([serial] if serial is not None and serial >= start else [])
        if self._lists:
            merged = heapq.merge(*(store.members(list_id, start) for list_id in self._lists))
            return (serial for serial, _same in groupby(merged))
        if self._statuses == {"unsubscribed"} or "optout" in self._ranges:
            return store.with_permission(UNSUBSCRIBED, start)
        return iter(range(start, len(store)))

    def _has_status(self, serial: int) -> bool:
        deleted = serial in self._store.deleted
        if "all" in self._statuses:
            return True
        if not self._statuses:
            return not deleted
        if deleted:
            return "deleted" in self._statuses
        permission = self._store.permissions[serial]
        return ("active" if permission < UNSUBSCRIBED else PERMISSIONS[permission]) in self._statuses

    def _is_within(self, serial: int, name: str) -> bool:
        after, before = self._ranges[name]
        if name == "optout":
            moment = self._store.opt_outs.get(serial, ("", 0.0, ""))[1]
        else:
            moment = (self._store.updated if name == "updated" else self._store.created)[serial]
        # Moments are compared as printed: whole seconds.
        return (after is None or int(moment) > after) and (before is None or int(moment) < before)


def _moment(query: dict[str, str], name: str) -> float | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return parse(text).timestamp()
    except ValueError as error:
        raise validation(f"{name} does not have a valid value") from error


def get_counts(call: Call) -> Answer:
    store = call.account.store
    counts = [0] * len(PERMISSIONS)
    for serial, permission in enumerate(store.permissions):
        if serial not in store.deleted:
            counts[permission] += 1
    return 200, {
        "total": sum(counts),
        "explicit": counts[1],
        "implicit": counts[0],
        "pending": counts[PENDING],
        "unsubscribed": counts[UNSUBSCRIBED],
    }
