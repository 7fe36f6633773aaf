"""Contacts through the control: put in for a test, looked at, and acting "as the person would"."""

from typing import Any

from sandbox.constant_contact.account import Account
from sandbox.constant_contact.contact_store import IMPLICIT, PERMISSIONS, UNSUBSCRIBED
from sandbox.constant_contact.contacts import create_contact
from sandbox.constant_contact.world import Refusal, World

ACTIONS = ("unsubscribe", "leave_list", "delete")


def describe(account: Account, serial: int) -> dict[str, Any]:
    """Everything about a contact, flat: import names for its values, `custom_fields` by name."""
    store = account.store
    fields = store.fields(serial)
    custom = {name[3:]: value for name, value in fields.items() if name.startswith("cf:")}
    plain = {name: value for name, value in fields.items() if not name.startswith("cf:")}
    return {
        "contact_id": store.contact_id(serial),
        "email": store.emails[serial],
        "permission_to_send": PERMISSIONS[store.permissions[serial]],
        "deleted": serial in store.deleted,
        "lists": store.lists_of(serial),
        "custom_fields": custom,
    } | plain


def add(world: World, asked: Any) -> Any:
    """Contacts as given: email, lists, permission, deleted, custom_fields by name, and import names for the rest."""
    contacts = asked["contacts"] if isinstance(asked, dict) else asked
    account = world.account(asked.get("account") if isinstance(asked, dict) else None)
    with account.lock:
        return [_add(world, account, dict(contact)) for contact in contacts]


def _add(world: World, account: Account, contact: dict[str, Any]) -> dict[str, str]:
    email, lists = contact.pop("email"), contact.pop("lists", [])
    permission = PERMISSIONS.index(contact.pop("permission", PERMISSIONS[IMPLICIT]))
    deleted, custom = contact.pop("deleted", False), contact.pop("custom_fields", {})
    fields = {name: str(value) for name, value in contact.items()}
    fields |= {f"cf:{name}": str(value) for name, value in custom.items()}
    now = world.clock.now()
    serial = create_contact(account, email, fields, permission, now)
    for list_id in lists:
        if account.living_list(list_id) is None:
            raise Refusal(f"There is no list {list_id!r} in this account.")
        account.store.join(serial, list_id.lower())
    if permission == UNSUBSCRIBED:
        account.store.unsubscribe(serial, "Contact", now)
    if deleted:
        account.store.delete(serial, now)
    return {"contact_id": account.store.contact_id(serial)}


def find(world: World, asked: Any) -> Any:
    account, serial = _person(world, asked)
    return describe(account, serial)


def act(world: World, asked: Any) -> Any:
    """The person unsubscribes, leaves one list, or is deleted."""
    action = asked.get("action")
    if action not in ACTIONS:
        raise Refusal(f"A person may {', '.join(ACTIONS)}, not {action!r}.")
    account, serial = _person(world, asked)
    store, now = account.store, world.clock.now()
    with account.lock:
        if action == "unsubscribe":
            store.unsubscribe(serial, "Contact", now, asked.get("reason", ""))
        elif action == "delete":
            store.delete(serial, now)
        else:
            store.leave(serial, asked["list_id"].lower())
            store.updated[serial] = now
    return describe(account, serial)


def _person(world: World, asked: Any) -> tuple[Account, int]:
    accounts = [world.account(asked["account"])] if asked.get("account") else list(world.accounts.values())
    for account in accounts:
        world.settle(account)
        serial = account.store.serials.get(asked["email"].lower())
        if serial is not None:
            return account, serial
    raise Refusal(f"Nobody has the address {asked['email']!r}.")
