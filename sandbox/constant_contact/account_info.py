"""/account: who the account is, and what the connecting user may do."""

from typing import Any

from sandbox.constant_contact.account import PRIVILEGES
from sandbox.constant_contact.call import Answer, Call, Route
from sandbox.constant_contact.errors import validation

ADDRESS = {
    "address_line1": "1 Main Street",
    "city": "Waltham",
    "state_code": "MA",
    "state_name": "Massachusetts",
    "postal_code": "02451",
    "country_code": "us",
}
ROLES = {"C": "CONTACT", "B": "BILLING", "J": "JOURNALING", "R": "REPLY_TO", "O": "OTHER"}


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
        "email_address": call.account.summary["contact_email"],
        "email_id": 1,
        "confirm_status": "CONFIRMED",
        "confirm_time": "2026-02-05T07:32:49.766+0000",
        "confirm_source_type": "SITE_OWNER",
        "roles": ["CONTACT", "BILLING", "REPLY_TO", "JOURNALING", "DEFAULT_FROM"],
        "pending_roles": [],
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
