"""A Constant Contact account (a tenant): who it is, and what the /account addresses tell about it."""

import hashlib
import threading
from typing import Any

from sandbox.call import Answer, Call, Route
from sandbox.contact_store import ContactStore
from sandbox.errors import validation
from sandbox.job import Queue
from sandbox.records import ContactList, CustomField

PRIVILEGES = (
    "account:read", "account:update", "contacts:read", "contacts:write", "contacts:lists:read",
    "contacts:lists:write", "contacts:sms:read", "contacts:sms:write", "campaign:read", "campaign:write",
)
SUMMARY = {
    "contact_phone": "5085551212", "country_code": "us", "first_name": "Olivia", "last_name": "Owner",
    "organization_phone": "5085551200", "state_code": "MA", "time_zone_id": "US/Eastern",
    "website": "https://www.example.com", "encoded_partner_id": "",
}
ADDRESS = {"address_line1": "1 Main Street", "city": "Waltham", "state_code": "MA", "state_name": "Massachusetts",
           "postal_code": "02451", "country_code": "us"}
ROLES = {"C": "CONTACT", "B": "BILLING", "J": "JOURNALING", "R": "REPLY_TO", "O": "OTHER"}


class Account:
    """Everything one tenant owns. Whoever reads or changes it holds `lock`."""

    def __init__(self, account_id: str, organization_name: str, contact_email: str, **details: Any) -> None:
        self.account_id = account_id
        self.summary = SUMMARY | {"organization_name": organization_name, "contact_email": contact_email,
                                  "encoded_account_id": account_id} | details
        digest = hashlib.sha256(account_id.encode()).hexdigest()
        self.store = ContactStore(f"{digest[:8]}-{digest[8:12]}")
        self.user_id = digest[12:32]
        self.lists: dict[str, ContactList] = {}
        self.custom_fields: dict[str, CustomField] = {}
        self.queue = Queue()
        self.privileges = set(PRIVILEGES)
        self.lock = threading.RLock()

    @property
    def organization_name(self) -> str:
        return str(self.summary["organization_name"])

    def living_list(self, list_id: str) -> ContactList | None:
        found = self.lists.get(list_id.lower())
        return found if found and found.deleted_at is None else None

    def delete_list(self, list_id: str, now: float) -> None:
        """The list and its memberships go, the contacts stay."""
        found = self.living_list(list_id)
        if found:
            found.deleted_at = found.updated_at = now
            self.store.drop_list(found.list_id)


def get_summary(call: Call) -> Answer:
    extra = {part for part in call.request.args.get("extra_fields", "").split(",") if part}
    if not extra <= {"physical_address", "company_logo"}:
        raise validation("extra_fields does not have a valid value")
    body = dict(call.account.summary)
    if "physical_address" in extra:
        body["physical_address"] = ADDRESS
    if "company_logo" in extra:
        body["company_logo"] = {}
    return 200, body


def get_emails(call: Call) -> Answer:
    email = {
        "email_address": call.account.summary["contact_email"], "email_id": 1, "confirm_status": "CONFIRMED",
        "confirm_time": "2026-02-05T07:32:49.766+0000", "confirm_source_type": "SITE_OWNER",
        "roles": ["CONTACT", "BILLING", "REPLY_TO", "JOURNALING", "DEFAULT_FROM"], "pending_roles": [],
    }
    return 200, [email] if _is_wanted(email, call.request.args) else []


def _is_wanted(email: dict[str, Any], filters: Any) -> bool:
    if len(filters) > 1:
        raise validation("only one filter may be used")
    status = filters.get("confirm_status", "C")
    if status not in ("CONFIRMED", "C", "UNCONFIRMED", "U"):
        raise validation("confirm_status does not have a valid value")
    role = filters.get("role_code", "C")
    if role not in ROLES and role not in ROLES.values():
        raise validation("role_code does not have a valid value")
    address = filters.get("email_address", email["email_address"])
    return status[0] == "C" and ROLES.get(role, role) in email["roles"] and address == email["email_address"]


def get_privileges(call: Call) -> Answer:
    held = call.account.privileges
    numbers = {name: number for number, name in enumerate(sorted({*PRIVILEGES, *held}), 1)}
    return 200, [{"privilege_id": numbers[name], "privilege_name": name} for name in sorted(held)]


ROUTES = [
    Route("GET", "/v3/account/summary", get_summary, "account:read", "account_read"),
    Route("GET", "/v3/account/emails", get_emails, "account:read", "account_read"),
    Route("GET", "/v3/account/user/privileges", get_privileges, None, None),
]
