"""/automations/workflows: what runs by itself, and what starts it.

The list shows no triggers, and its documented good answer is 209; one automation is a plain 200.
"""

import uuid
from typing import Any

from sandbox.constant_contact.account import Account
from sandbox.constant_contact.call import Answer, Call, Route
from sandbox.constant_contact.errors import access_denied, not_found

PATH = "/v3/automations/workflows"
SCOPE, PRIVILEGE = "campaign_data", "customer-journey:read"


def add(account: Account, now: float, asked: dict[str, Any]) -> str:
    """Put an automation into the account: name, list_ids, trigger, is_active."""
    found = {
        "id": str(uuid.uuid4()),
        "name": asked.get("name", "Welcome series"),
        "list_ids": [list_id.lower() for list_id in asked.get("list_ids", ())],
        "trigger": asked.get("trigger", "list_join"),
        "is_active": asked.get("is_active", True),
        "at": now,
    }
    account.automations[found["id"]] = found
    return str(found["id"])


def get_automations(call: Call) -> Answer:
    status = call.switch("automations_status")
    if status == 403:
        raise access_denied()
    if status == 404:
        raise not_found()
    newest_first = reversed(call.account.automations.values())
    return status, {"flow_summaries": [_summary(call, found) for found in newest_first]}


def get_automation(call: Call) -> Answer:
    found = call.account.automations.get(call.args["automation_flow_id"])
    if found is None:
        raise not_found()
    state = "ACTIVE" if found["is_active"] else "DRAFT"
    definition = {"state": state, "trigger": {"trigger_def": _trigger(call, found)}, "workflow": {}}
    return 200, {
        "id": found["id"],
        "name": found["name"],
        "description": "",
        "structured_tags": [],
        "status": state,
        "active_definition" if found["is_active"] else "draft_definition": definition,
        "name_explicitly_set": True,
    }


def _summary(call: Call, found: dict[str, Any]) -> dict[str, Any]:
    state = "ACTIVE" if found["is_active"] else "DRAFT"
    summary = {
        "id": found["id"],
        "name": found["name"],
        "status": state,
        "draft_state": "PROMOTED" if found["is_active"] else "DRAFT",
        "created_date": call.stamp(found["at"]),
        "update_date": call.stamp(found["at"]),
        "structured_tags": [],
    }
    return summary | ({"active_state": state} if found["is_active"] else {})


def _trigger(call: Call, found: dict[str, Any]) -> dict[str, Any]:
    parameter = {"parameter_name": "list_ids", "type": "LIST", call.switch("automation_lists"): found["list_ids"]}
    return {
        "type": "Action",
        "action_name": found["trigger"],
        "unique_by": "list_ids",
        "parameters": [parameter] if found["list_ids"] else [],
    }


ROUTES = [
    Route("GET", PATH, get_automations, PRIVILEGE, SCOPE),
    Route("GET", PATH + "/<automation_flow_id>", get_automation, PRIVILEGE, SCOPE),
]
