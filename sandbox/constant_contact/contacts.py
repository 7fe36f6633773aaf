"""/contacts one by one: sign-up, create, change, delete."""

from typing import Any

from sandbox.constant_contact import contact_json
from sandbox.constant_contact.account import Account
from sandbox.constant_contact.call import Answer, Call, Route, read_choices
from sandbox.constant_contact.contact_query import PATH, get_contacts, get_counts
from sandbox.constant_contact.contact_store import EXPLICIT, IMPLICIT, PERMISSIONS, UNSUBSCRIBED
from sandbox.constant_contact.errors import conflict, not_found, validation
from sandbox.constant_contact.import_rows import EMAIL

MAX_LISTS = 50


def create_contact(account: Account, email: str, fields: dict[str, str], permission: int, now: float) -> int:
    """Put a contact into the account without asking any rule; one with that address is replaced."""
    store = account.store
    serial = store.serials.get(email.lower())
    if serial is None:
        serial = store.add(email.lower(), email, (), "", permission, now)
    store.revive(serial)
    store.permissions[serial] = permission
    store.replace(serial, fields, now)
    return serial


def get_contact(call: Call) -> Answer:
    include = read_choices(call.request.args.to_dict(), "include", contact_json.INCLUDES)
    return 200, contact_json.show(call, _found(call), include)


def post_contact(call: Call) -> Answer:
    body = call.json()
    if body.get("create_source") not in ("Account", "Contact"):
        problems = ["create_source is missing"] if "create_source" not in body else []
        raise validation(*problems, "create_source does not have a valid value")
    email = _email(body.get("email_address"), 80)
    store = call.account.store
    existing = store.serials.get(email.lower())
    if existing is not None:
        raise conflict(f"Email already exists for contact {store.contact_id(existing)}")
    fields, lists = contact_json.read(call, body), _lists(call, body)
    serial = create_contact(call.account, email, fields, _permission(body), call.now)
    if body["create_source"] == "Contact":
        store.own_sign_ups.add(serial)
    _put_on(call.account, serial, lists)
    return 201, contact_json.show(call, serial, set(contact_json.INCLUDES))


def put_contact(call: Call) -> Answer:
    """Replaces the contact: what is left out of the top level is gone, phones, addresses and the like stay."""
    serial, body = _found(call, with_deleted=True), call.json()
    if body.get("update_source") not in ("Account", "Contact"):
        raise validation("update_source is missing")
    store, now = call.account.store, call.now
    email = _email(body.get("email_address"), 80)
    owner = store.serials.get(email.lower())
    if owner not in (None, serial):
        raise conflict(f"Email already exists for contact {store.contact_id(owner)}")
    new = contact_json.read(call, body)
    top = {*contact_json.PROPERTIES, "birthday_month", "birthday_day", "anniversary"}
    kept = {name: value for name, value in store.fields(serial).items() if name not in top}
    lists = _lists(call, body)
    store.revive(serial)
    store.replace(serial, kept | new, now)
    store.serials.pop(store.emails[serial].lower(), None)
    store.serials[email.lower()] = serial
    store.emails[serial] = email
    _change_permission(call, serial, body)
    if store.permissions[serial] != UNSUBSCRIBED and "list_memberships" in body:
        store.leave_all(serial)
        _put_on(call.account, serial, lists)
    return 200, contact_json.show(call, serial, set(contact_json.INCLUDES))


def _change_permission(call: Call, serial: int, body: dict[str, Any]) -> None:
    email_address = body["email_address"]
    wanted = email_address.get("permission_to_send") if isinstance(email_address, dict) else None
    store = call.account.store
    if wanted == "unsubscribed":
        store.unsubscribe(serial, body["update_source"], call.now, str(email_address.get("opt_out_reason", "")))
    elif wanted in PERMISSIONS:
        source = store.opt_outs.get(serial, ("Account",))[0]
        if store.permissions[serial] == UNSUBSCRIBED and source == "Contact" and body["update_source"] == "Account":
            raise validation("The contact has unsubscribed and must opt in again")
        store.permissions[serial] = PERMISSIONS.index(wanted)
        store.opt_outs.pop(serial, None)


def delete_contact(call: Call) -> Answer:
    call.account.store.delete(_found(call), call.now)
    return 204, None


def resubscribe(call: Call) -> Answer:
    serial = _found(call)
    _lists(call, {"list_memberships": call.json().get("list_ids")})
    if call.account.store.permissions[serial] != UNSUBSCRIBED:
        raise validation("The contact is not unsubscribed")
    return 200, contact_json.show(call, serial)


def sign_up_form(call: Call) -> Answer:
    """Upsert by address for people who asked to join; only what is supplied changes."""
    body = call.json()
    lists = _lists(call, body)
    if not lists:
        raise validation("list_memberships is missing")
    email = _email(body.get("email_address"), 50)
    store = call.account.store
    fields = contact_json.read(call, body)
    serial = store.serials.get(email.lower())
    created = serial is None
    if serial is None:
        serial = create_contact(call.account, email, fields, EXPLICIT, call.now)
    else:
        store.replace(serial, store.fields(serial) | fields, call.now)
        store.revive(serial)
        store.permissions[serial] = EXPLICIT
        store.opt_outs.pop(serial, None)
    store.own_sign_ups.add(serial)
    _put_on(call.account, serial, lists)
    action = "created" if created else "updated"
    return 201 if created else 200, {"contact_id": store.contact_id(serial), "action": action}


def _found(call: Call, with_deleted: bool = False) -> int:
    store = call.account.store
    serial = store.serial_of(call.args["contact_id"])
    if len(call.args["contact_id"]) != 36:
        raise not_found("contact_id is in an invalid format.")
    if serial is None or (serial in store.deleted and not with_deleted):
        raise not_found("contact_id was not found.")
    return serial


def _email(value: Any, limit: int) -> str:
    address = value.get("address") if isinstance(value, dict) else value
    if not address:
        raise validation("email_address is missing")
    if not isinstance(address, str) or len(address) > limit or EMAIL.fullmatch(address) is None:
        raise validation("email_address does not have a valid value")
    return address


def _permission(body: dict[str, Any]) -> int:
    email_address = body["email_address"]
    wanted = email_address.get("permission_to_send", "implicit") if isinstance(email_address, dict) else "implicit"
    if wanted not in PERMISSIONS:
        raise validation("permission_to_send does not have a valid value")
    return PERMISSIONS.index(wanted) if wanted else IMPLICIT


def _lists(call: Call, body: dict[str, Any]) -> list[str]:
    lists = body.get("list_memberships") or []
    if not isinstance(lists, list) or len(lists) > MAX_LISTS:
        raise validation(f"list_memberships may have at most {MAX_LISTS} items")
    if any(call.account.living_list(str(list_id)) is None for list_id in lists):
        raise validation("list_memberships contains an unknown list")
    return [str(list_id).lower() for list_id in lists]


def _put_on(account: Account, serial: int, list_ids: list[str]) -> None:
    if account.store.permissions[serial] != UNSUBSCRIBED:
        for list_id in list_ids:
            account.store.join(serial, list_id)


ROUTES = [
    Route("GET", PATH, get_contacts, "contacts:read"),
    Route("POST", PATH, post_contact, "contacts:write"),
    Route("GET", PATH + "/counts", get_counts, "contacts:read"),
    Route("POST", PATH + "/sign_up_form", sign_up_form, "contacts:write"),
    Route("PUT", PATH + "/resubscribe/<contact_id>", resubscribe, "contacts:write"),
    Route("GET", PATH + "/<contact_id>", get_contact, "contacts:read"),
    Route("PUT", PATH + "/<contact_id>", put_contact, "contacts:write"),
    Route("DELETE", PATH + "/<contact_id>", delete_contact, "contacts:write"),
]
