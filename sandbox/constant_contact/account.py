"""A Constant Contact account (a tenant), and what it owns."""

import hashlib
import threading
import uuid
from typing import Any

from sandbox.constant_contact.contact_store import ContactStore
from sandbox.constant_contact.job import Queue
from sandbox.constant_contact.records import ContactList, CustomField

PRIVILEGES = (
    "account:read",
    "account:update",
    "contacts:read",
    "contacts:write",
    "contacts:lists:read",
    "contacts:lists:write",
    "contacts:sms:read",
    "contacts:sms:write",
    "campaign:read",
    "campaign:write",
    "customer-journey:read",
)
SUMMARY = {
    "contact_phone": "5085551212",
    "country_code": "us",
    "first_name": "Olivia",
    "last_name": "Owner",
    "organization_phone": "5085551200",
    "state_code": "MA",
    "time_zone_id": "US/Eastern",
    "website": "https://www.example.com",
    "encoded_partner_id": "",
}


class Account:
    """Everything one tenant owns. Whoever reads or changes it holds `lock`."""

    def __init__(self, account_id: str, organization_name: str, contact_email: str, **details: Any) -> None:
        self.account_id = account_id
        self.summary = (
            SUMMARY
            | {"organization_name": organization_name, "contact_email": contact_email, "encoded_account_id": account_id}
            | details
        )
        digest = hashlib.sha256(account_id.encode()).hexdigest()
        self.store = ContactStore(f"{digest[:8]}-{digest[8:12]}")
        self.user_id = digest[12:32]
        self.lists: dict[str, ContactList] = {}
        self.custom_fields: dict[str, CustomField] = {}
        self.automations: dict[str, dict[str, Any]] = {}
        self.queue = Queue()
        self.privileges = set(PRIVILEGES)
        self.lock = threading.RLock()

    @property
    def organization_name(self) -> str:
        return str(self.summary["organization_name"])

    def living_list(self, list_id: str) -> ContactList | None:
        found = self.lists.get(list_id.lower())
        return found if found and found.deleted_at is None else None

    def add_list(self, name: str, now: float, list_id: str = "", **more: Any) -> ContactList:
        """Put a list into the account without asking any rule."""
        made = ContactList(len(self.lists), (list_id or str(uuid.uuid4())).lower(), name, now, now, **more)
        self.lists[made.list_id] = made
        return made

    def delete_list(self, list_id: str, now: float) -> None:
        """The list and its memberships go, the contacts stay."""
        found = self.living_list(list_id)
        if found:
            found.deleted_at = found.updated_at = now
            self.store.drop_list(found.list_id)
