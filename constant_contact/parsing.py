"""Turns bodies of the API into typed values.

Tolerant of what may be missing or new, strict about what a value cannot do without: without an `activity_id`
an import cannot be followed, so its answer counts as unreadable. Raises one of UNREADABLE then.
"""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from .errors import safe_text
from .fields import FieldType
from .types import Account, Activity, ActivityCounters, Contact, ContactList, ContactPage, CustomField

T = TypeVar("T")

# What a function here raises when a body is not what the API promises.
UNREADABLE = (KeyError, TypeError, ValueError, OverflowError)
_COUNTERS = [counter.name for counter in fields(ActivityCounters)]


def account(body: object) -> Account:
    values = _object(body)
    return Account(
        encoded_account_id=_identifier(values, "encoded_account_id"),
        organization_name=_text(values, "organization_name"),
        contact_email=_text(values, "contact_email"),
        first_name=_text(values, "first_name"),
        last_name=_text(values, "last_name"),
        country_code=_text(values, "country_code").upper(),
        time_zone_id=_text(values, "time_zone_id"),
        website=_text(values, "website"),
    )


def privileges(body: object) -> frozenset[str]:
    return frozenset(_identifier(_object(entry), "privilege_name") for entry in _array(body))


def contact_list(body: object) -> ContactList:
    values = _object(body)
    count = values.get("membership_count")
    return ContactList(
        list_id=_identifier(values, "list_id"),
        name=_text(values, "name"),
        description=_text(values, "description"),
        membership_count=None if count is None else int(count),
        created_at=moment(values.get("created_at")),
        updated_at=moment(values.get("updated_at")),
        deleted_at=moment(values.get("deleted_at")),
    )


def custom_field(body: object) -> CustomField:
    values = _object(body)
    return CustomField(
        custom_field_id=_identifier(values, "custom_field_id"),
        name=_identifier(values, "name"),
        label=_text(values, "label"),
        type=_field_type(values),
    )


def _field_type(values: dict[str, Any]) -> FieldType:
    found = FieldType(type=_text(values, "type") or "string")
    if values.get("version"):
        found["version"] = int(values["version"])
    if choices := [_object(choice) for choice in _array(values.get("choices") or [])]:
        found["choices"] = [_text(choice, "choice_label") for choice in choices]
    if metadata := _object(values.get("metadata") or {}):
        found["metadata"] = metadata
    return found


def activity(body: object) -> Activity:
    values = _object(body)
    results = _object(_object(values.get("_links") or {}).get("results") or {})
    counts = _object(values.get("status") or {})
    return Activity(
        activity_id=_identifier(values, "activity_id"),
        state=_identifier(values, "state"),
        percent_done=int(values.get("percent_done") or 0),
        created_at=moment(values.get("created_at")),
        started_at=moment(values.get("started_at")),
        completed_at=moment(values.get("completed_at")),
        source_file_name=_text(values, "source_file_name"),
        counters=ActivityCounters(**{name: int(counts.get(f"{name}_count") or 0) for name in _COUNTERS}),
        # Contact and list jobs give strings, tag jobs give objects with a message.
        errors=tuple(
            safe_text(entry if isinstance(entry, str) else _text(_object(entry), "message"))
            for entry in _array(values.get("activity_errors") or [])
        ),
        results_url=_text(results, "href") or None,
    )


def contact(body: object) -> Contact:
    values = _object(body)
    address = _object(values.get("email_address") or {})
    custom = [_object(entry) for entry in _array(values.get("custom_fields") or [])]
    return Contact(
        contact_id=_identifier(values, "contact_id"),
        email=_text(address, "address"),
        permission_to_send=_text(address, "permission_to_send"),
        opt_out_source=_text(address, "opt_out_source"),
        opt_out_at=moment(address.get("opt_out_date")),
        first_name=_text(values, "first_name"),
        last_name=_text(values, "last_name"),
        created_at=moment(values.get("created_at")),
        updated_at=moment(values.get("updated_at")),
        deleted_at=moment(values.get("deleted_at")),
        list_memberships=tuple(str(list_id) for list_id in _array(values.get("list_memberships") or [])),
        custom_fields={_identifier(entry, "custom_field_id"): _text(entry, "value") for entry in custom},
    )


def contact_page(body: object) -> ContactPage:
    items, following = page(body, "contacts", contact)
    count = _object(body).get("contacts_count")
    return ContactPage(tuple(items), following or "", None if count is None else int(count))


def page(body: object, collection: str, item: Callable[[object], T]) -> tuple[list[T], str | None]:
    """Return the items of one page and the link to the next one, None on the last.

    A page without its collection is no empty page but an unreadable one.
    """
    values = _object(body)
    following = _object(_object(values.get("_links") or {}).get("next") or {})
    return [item(entry) for entry in _array(values[collection])], _text(following, "href") or None


def moment(value: object) -> datetime | None:
    """Return a time in UTC from `…22Z`, `….108Z`, `…-05:00` or `…+0000`: all four have been seen.

    Anything else is None: no request should fail because a time for display has a new form.
    """
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _array(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not an array")
    return value


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    return "" if value is None else str(value)


def _identifier(values: dict[str, Any], name: str) -> str:
    value = values[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is not a text")
    return value
