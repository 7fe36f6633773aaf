"""A contact as JSON: from the store's flat fields to the API's nested objects, and back."""

import hashlib
import uuid
from typing import Any

from sandbox.constant_contact.account import Account
from sandbox.constant_contact.call import Call
from sandbox.constant_contact.contact_store import PERMISSIONS
from sandbox.constant_contact.errors import validation

INCLUDES = ("custom_fields", "list_memberships", "phone_numbers", "street_addresses", "taggings", "notes")
PROPERTIES = {"first_name": 50, "last_name": 50, "job_title": 50, "company_name": 50}
PHONE_KINDS = ("home", "work", "mobile", "other")
ADDRESS_KINDS = ("home", "work", "other")
ADDRESS_PARTS = {"street": "street", "city": "city", "state": "state", "postal_code": "zip", "country": "country"}


def show(call: Call, serial: int, include: set[str] | frozenset[str] = frozenset()) -> dict[str, Any]:
    store = call.account.store
    fields = store.fields(serial)
    body: dict[str, Any] = {"contact_id": store.contact_id(serial)}
    if store.emails[serial]:
        body["email_address"] = _email_address(call, serial)
    body |= {name: fields[name] for name in (*PROPERTIES, "anniversary") if name in fields}
    body |= {name: int(fields[name]) for name in ("birthday_month", "birthday_day") if name in fields}
    source = "Contact" if serial in store.own_sign_ups else "Account"
    body |= {
        "create_source": source,
        "update_source": source,
        "created_at": call.stamp(store.created[serial]),
        "updated_at": call.stamp(store.updated[serial]),
    }
    if serial in store.deleted:
        body["deleted_at"] = call.stamp(store.deleted[serial])
    parts = {
        "custom_fields": lambda: _custom_fields(call.account, fields),
        "list_memberships": lambda: store.lists_of(serial),
        "phone_numbers": lambda: _phones(call, serial, fields),
        "street_addresses": lambda: _addresses(call, serial, fields),
        "taggings": list,
        "notes": list,
    }
    return body | {name: parts[name]() for name in INCLUDES if name in include}


def _email_address(call: Call, serial: int) -> dict[str, Any]:
    store = call.account.store
    own = serial in store.own_sign_ups
    body: dict[str, Any] = {
        "address": store.emails[serial],
        "permission_to_send": PERMISSIONS[store.permissions[serial]],
        "created_at": call.stamp(store.created[serial]),
        "updated_at": call.stamp(store.updated[serial]),
        "opt_in_source": "Contact" if own else "Account",
        "opt_in_date": call.stamp(store.created[serial]),
        "confirm_status": "off",
    }
    if serial in store.opt_outs:
        source, moment, reason = store.opt_outs[serial]
        body |= {"opt_out_source": source, "opt_out_date": call.stamp(moment), "opt_out_reason": reason}
    return body


def _custom_fields(account: Account, fields: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"custom_field_id": one.custom_field_id, "value": fields[f"cf:{one.name}"]}
        for one in account.custom_fields.values()
        if f"cf:{one.name}" in fields
    ]


def _part_id(call: Call, serial: int, name: str) -> str:
    text = f"{call.account.store.contact_id(serial)}/{name}"
    return str(uuid.UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()))


def _phones(call: Call, serial: int, fields: dict[str, str]) -> list[dict[str, str]]:
    at = call.stamp(call.account.store.updated[serial])
    return [
        {
            "phone_number_id": _part_id(call, serial, f"phone/{kind}"),
            "phone_number": fields[f"{kind}_phone"],
            "kind": kind,
            "created_at": at,
            "updated_at": at,
            "update_source": "Account",
            "create_source": "Account",
        }
        for kind in PHONE_KINDS
        if f"{kind}_phone" in fields
    ]


def _addresses(call: Call, serial: int, fields: dict[str, str]) -> list[dict[str, str]]:
    at = call.stamp(call.account.store.updated[serial])
    found = []
    for kind in ADDRESS_KINDS:
        address = {
            part: fields[f"{kind}_{stored}"] for part, stored in ADDRESS_PARTS.items() if f"{kind}_{stored}" in fields
        }
        if address:
            found.append(
                {"street_address_id": _part_id(call, serial, f"address/{kind}"), "kind": kind}
                | address
                | {"created_at": at, "updated_at": at}
            )
    return found


def read(call: Call, body: dict[str, Any]) -> dict[str, str]:
    """The store's fields for a contact body. 400 when a value is too long or an array has too many items."""
    fields = {name: _text(body[name], name, limit) for name, limit in PROPERTIES.items() if body.get(name)}
    fields |= {name: str(body[name]) for name in ("birthday_month", "birthday_day", "anniversary") if body.get(name)}
    for phone in _items(body, "phone_numbers", 3):
        kind = phone.get("kind") if phone.get("kind") in PHONE_KINDS else "other"
        fields[f"{kind}_phone"] = _text(phone.get("phone_number", ""), "phone_number", 25)
    for address in _items(body, "street_addresses", 3):
        kind = address.get("kind") if address.get("kind") in ADDRESS_KINDS else "other"
        for part, stored in ADDRESS_PARTS.items():
            if address.get(part):
                fields[f"{kind}_{stored}"] = _text(address[part], part, 255)
    for one in _items(body, "custom_fields", 25):
        known = call.account.custom_fields.get(str(one.get("custom_field_id", "")).lower())
        if known is None:
            raise validation("custom_field_id was not found")
        fields[f"cf:{known.name}"] = _text(one.get("value", ""), "value", 255)
    return fields


def _items(body: dict[str, Any], name: str, limit: int) -> list[dict[str, Any]]:
    items = body.get(name) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise validation(f"{name} does not have a valid value")
    if len(items) > limit:
        raise validation(f"{name} may have at most {limit} items")
    return items


def _text(value: Any, name: str, limit: int) -> str:
    text = str(value).replace("\x1f", " ")
    if len(text) > limit:
        raise validation(f"{name} is too long (maximum is {limit} characters)")
    return text
