"""/contact_lists: read in pages, one by one, create, change; deleting one is a bulk job."""

from typing import Any

from sandbox.constant_contact.account import Account
from sandbox.constant_contact.activities import queue_job
from sandbox.constant_contact.call import (
    Answer,
    Call,
    Route,
    read_choices,
    read_flag,
    read_limit,
    read_query,
    with_next,
)
from sandbox.constant_contact.errors import conflict, not_found, validation
from sandbox.constant_contact.membership import ListDelete
from sandbox.constant_contact.records import UUID, ContactList

PATH = "/v3/contact_lists"


def get_lists(call: Call) -> Answer:
    query, after = read_query(call)
    limit = read_limit(query, call.switch("list_page_default"), 1000)
    counted = _membership_kind(query)
    statuses = read_choices(query, "status", ("all", "active", "deleted"), "active")
    channel = read_choices(query, "channel_type", ("email", "sms"), "email")
    read_flag(query, "include_sms_membership_count")
    found = [
        one
        for one in call.account.lists.values()
        if channel != {"sms"}
        and ("all" in statuses or ("deleted" if one.deleted_at is not None else "active") in statuses)
        and query.get("name", one.name) == one.name
    ]
    page = [one for one in found if one.number > after][: limit + 1]
    body: dict[str, Any] = {"lists": [show(call, one, counted) for one in page[:limit]]}
    if read_flag(query, "include_count"):
        body["lists_count"] = len(found)
    return 200, with_next(body, PATH, query, page[limit - 1].number if len(page) > limit else None)


def get_list(call: Call) -> Answer:
    counted = _membership_kind(call.request.args.to_dict())
    return 200, show(call, _found(call), counted)


def post_list(call: Call) -> Answer:
    name, description, favorite = _read_body(call)
    account = call.account
    _refuse_duplicate(account, name)
    if sum(one.deleted_at is None for one in account.lists.values()) >= call.switch("lists_per_account"):
        raise validation("The maximum number of contact lists is reached", status=call.switch("too_many_lists_status"))
    made = account.add_list(name, call.now, description=description, favorite=favorite)
    return 201, show(call, made)


def put_list(call: Call) -> Answer:
    found = _found(call)
    name, description, favorite = _read_body(call)
    _refuse_duplicate(call.account, name, besides=found)
    found.name, found.description, found.favorite, found.updated_at = name, description, favorite, call.now
    return 200, show(call, found)


def delete_list(call: Call) -> Answer:
    found = _found(call)
    if found.deleted_at is not None:
        raise not_found("list_id was not found.")
    status, body = queue_job(call, ListDelete([found.list_id]))
    return 202 if status == 201 else status, {key: value for key, value in body.items() if key != "status"}


def show(call: Call, one: ContactList, counted: str = "") -> dict[str, Any]:
    body: dict[str, Any] = {
        "list_id": one.list_id,
        "name": one.name,
        "description": one.description,
        "favorite": one.favorite,
        "created_at": call.stamp(one.created_at),
        "updated_at": call.stamp(one.updated_at),
    }
    if one.deleted_at is not None:
        body["deleted_at"] = call.stamp(one.deleted_at)
    if counted:
        body["membership_count"] = call.account.store.count(one.list_id, mailable_only=counted == "active")
    return body


def _membership_kind(query: dict[str, str]) -> str:
    kind = query.get("include_membership_count", "")
    if kind not in ("", "all", "active"):
        raise validation("include_membership_count does not have a valid value")
    return kind


def _found(call: Call) -> ContactList:
    list_id = call.args["list_id"]
    if UUID.fullmatch(list_id) is None:
        status = call.switch("malformed_list_id_status")
        if status == 400:
            raise validation("list_id is in an invalid format.")
        raise not_found("list_id is in an invalid format.")
    found = call.account.lists.get(list_id.lower())
    if found is None or (found.deleted_at is not None and call.switch("deleted_list") == "not_found"):
        raise not_found("list_id was not found.")
    return found


def _read_body(call: Call) -> tuple[str, str, bool]:
    body = call.json()
    problems = []
    name, description, favorite = body.get("name"), body.get("description", ""), body.get("favorite", False)
    if not isinstance(name, str) or not name.strip():
        problems.append("name is missing")
    elif len(name) > 255:
        problems.append("name is too long (maximum is 255 characters)")
    if not isinstance(description, str | None):
        problems.append("description does not have a valid value")
    if not isinstance(favorite, bool):
        problems.append("favorite does not have a valid value")
    if problems:
        raise validation(*problems)
    return str(name), description or "", bool(favorite)


def _refuse_duplicate(account: Account, name: str, besides: ContactList | None = None) -> None:
    if any(one.name == name and one.deleted_at is None and one is not besides for one in account.lists.values()):
        raise conflict("A contact list with this name already exists.")


ROUTES = [
    Route("GET", PATH, get_lists, "contacts:lists:read"),
    Route("POST", PATH, post_list, "contacts:lists:write"),
    Route("GET", PATH + "/<list_id>", get_list, "contacts:lists:read"),
    Route("PUT", PATH + "/<list_id>", put_list, "contacts:lists:write"),
    Route("DELETE", PATH + "/<list_id>", delete_list, "contacts:lists:write"),
]
