"""/contact_custom_fields: read in pages, create; the server makes the name from the label."""

import re
import uuid
from typing import Any

from sandbox.constant_contact.account import Account
from sandbox.constant_contact.call import Answer, Call, Route, read_limit, read_query, with_next
from sandbox.constant_contact.errors import conflict, not_found, validation
from sandbox.constant_contact.records import CustomField

PATH = "/v3/contact_custom_fields"
MOST_CHOICES = {"dropdown": 100, "radio": 20, "checkbox": 20}
CHOOSING = ("single_select", "multi_select")
TYPES = ("string", "date", "datetime", "single_select", "multi_select", "currency", "text_area", "number", "boolean")


def create_custom_field(
    account: Account, label: str, kind: str, now: float, *, lower: bool = True, **extra: Any
) -> CustomField:
    name = re.sub(r"\s", "_", label)[:50]
    name = name.lower() if lower else name
    number = max((one.number for one in account.custom_fields.values()), default=-1) + 1
    made = CustomField(number, str(uuid.uuid4()), label, name, kind, now, now, extra)
    account.custom_fields[made.custom_field_id] = made
    return made


def get_custom_fields(call: Call) -> Answer:
    query, after = read_query(call)
    limit = read_limit(query, 50, 100)
    page = [one for one in call.account.custom_fields.values() if one.number > after][: limit + 1]
    body = {"custom_fields": [show(call, one) for one in page[:limit]]}
    return 200, with_next(body, PATH, query, page[limit - 1].number if len(page) > limit else None)


def get_custom_field(call: Call) -> Answer:
    return 200, show(call, _found(call))


def post_custom_field(call: Call) -> Answer:
    body = call.json()
    label, kind = body.get("label"), body.get("type")
    problems = []
    if not isinstance(label, str) or not label.strip():
        problems.append("label is missing")
    elif len(label) > 50:
        problems.append("label is too long (maximum is 50 characters)")
    if kind not in TYPES:
        problems.append("type is missing" if kind is None else "type does not have a valid value")
    elif not problems:
        problems = _problems_of_type(str(kind), body)
    if problems:
        raise validation(*problems)
    fields = call.account.custom_fields
    lower = call.switch("custom_field_names") == "lower"
    if any(one.label.lower() == str(label).lower() for one in fields.values()):
        raise conflict("A custom field with this label already exists.")
    if len(fields) >= call.switch("custom_fields_per_account"):
        raise validation(
            "The maximum number of custom fields is reached", status=call.switch("too_many_custom_fields_status")
        )
    extra = {key: body[key] for key in ("metadata", "choices", "version") if key in body}
    if "choices" in extra:
        extra["choices"] = [
            {"choice_id": str(uuid.uuid4()), "choice_label": choice["choice_label"]} for choice in extra["choices"]
        ]
    return 201, show(call, create_custom_field(call.account, str(label), str(kind), call.now, lower=lower, **extra))


def _problems_of_type(kind: str, body: dict[str, Any]) -> list[str]:
    """What is wrong with choices, metadata and version. (I) That a field with choices needs some."""
    problems = []
    metadata, choices = body.get("metadata") or {}, body.get("choices") or []
    labels = [choice.get("choice_label") for choice in choices if isinstance(choice, dict)]
    most = MOST_CHOICES.get(metadata.get("display_type", "dropdown"), 0)
    if kind in CHOOSING and not choices:
        problems.append("choices is missing")
    elif len(choices) > most:
        problems.append(f"choices may have at most {most} items")
    elif len(labels) < len(choices) or not all(isinstance(label, str) and 0 < len(label) <= 255 for label in labels):
        problems.append("choice_label does not have a valid value")
    places = metadata.get("decimal_places")
    if places is not None and not metadata.get("integer") and places not in (1, 2, 3, 4):
        problems.append("decimal_places does not have a valid value")
    if body.get("version") not in (None, 1, 2):
        problems.append("version does not have a valid value")
    return problems


def delete_custom_field(call: Call) -> Answer:
    del call.account.custom_fields[_found(call).custom_field_id]
    return 204, None


def _found(call: Call) -> CustomField:
    found = call.account.custom_fields.get(call.args["custom_field_id"].lower())
    if found is None:
        raise not_found("custom_field_id was not found.")
    return found


def show(call: Call, one: CustomField) -> dict[str, Any]:
    return {
        "custom_field_id": one.custom_field_id,
        "label": one.label,
        "name": one.name,
        "type": one.type,
        "created_at": call.stamp(one.created_at),
        "updated_at": call.stamp(one.updated_at),
    } | one.extra


ROUTES = [
    Route("GET", PATH, get_custom_fields, "contacts:read"),
    Route("POST", PATH, post_custom_field, "contacts:write"),
    Route("GET", PATH + "/<custom_field_id>", get_custom_field, "contacts:read"),
    Route("DELETE", PATH + "/<custom_field_id>", delete_custom_field, "contacts:write"),
]
