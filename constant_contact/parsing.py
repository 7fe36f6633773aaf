"""Turns bodies of the API into typed values.

Tolerant of what may be missing or new, strict about what a value cannot do without: without an `activity_id`
an import cannot be followed, so its answer counts as unreadable. Raises one of UNREADABLE then.
"""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from .errors import safe_text
from .types import Account, Activity, ActivityCounters, Contact, ContactList, CustomField

T = TypeVar("T")

# What a function here raises when a body is not what the API promises.
UNREADABLE = (KeyError, TypeError, ValueError, OverflowError)
_COUNTERS = [counter.name for counter in fields(ActivityCounters)]


def account(body: object) -> Account:
    given = _object(body)
    return Account(
        encoded_account_id=_identifier(given, "encoded_account_id"),
        organization_name=_text(given, "organization_name"),
        contact_email=_text(given, "contact_email"),
        first_name=_text(given, "first_name"),
        last_name=_text(given, "last_name"),
        country_code=_text(given, "country_code").upper(),
        time_zone_id=_text(given, "time_zone_id"),
        website=_text(given, "website"),
    )


def privileges(body: object) -> frozenset[str]:
    return frozenset(_identifier(_object(entry), "privilege_name") for entry in _array(body))


def contact_list(body: object) -> ContactList:
    given = _object(body)
    count = given.get("membership_count")
    return ContactList(
        list_id=_identifier(given, "list_id"),
        name=_text(given, "name"),
        description=_text(given, "description"),
        membership_count=None if count is None else int(count),
        created_at=moment(given.get("created_at")),
        updated_at=moment(given.get("updated_at")),
        deleted_at=moment(given.get("deleted_at")),
    )


def custom_field(body: object) -> CustomField:
    given = _object(body)
    return CustomField(
        custom_field_id=_identifier(given, "custom_field_id"),
        name=_identifier(given, "name"),
        label=_text(given, "label"),
        type=_text(given, "type"),
    )


def activity(body: object) -> Activity:
    given = _object(body)
    results = _object(_object(given.get("_links") or {}).get("results") or {})
    counts = _object(given.get("status") or {})
    return Activity(
        activity_id=_identifier(given, "activity_id"),
        state=_identifier(given, "state"),
        percent_done=int(given.get("percent_done") or 0),
        created_at=moment(given.get("created_at")),
        started_at=moment(given.get("started_at")),
        completed_at=moment(given.get("completed_at")),
        source_file_name=_text(given, "source_file_name"),
        counters=ActivityCounters(**{name: int(counts.get(f"{name}_count") or 0) for name in _COUNTERS}),
        # Contact and list jobs give strings, tag jobs give objects with a message.
        errors=tuple(
            safe_text(entry if isinstance(entry, str) else _text(_object(entry), "message"))
            for entry in _array(given.get("activity_errors") or [])
        ),
        results_url=_text(results, "href") or None,
    )


def contact(body: object) -> Contact:
    given = _object(body)
    address = _object(given.get("email_address") or {})
    custom = [_object(entry) for entry in _array(given.get("custom_fields") or [])]
    return Contact(
        contact_id=_identifier(given, "contact_id"),
        email=_text(address, "address"),
        permission_to_send=_text(address, "permission_to_send"),
        opt_out_source=_text(address, "opt_out_source"),
        opt_out_at=moment(address.get("opt_out_date")),
        first_name=_text(given, "first_name"),
        last_name=_text(given, "last_name"),
        created_at=moment(given.get("created_at")),
        updated_at=moment(given.get("updated_at")),
        deleted_at=moment(given.get("deleted_at")),
        list_memberships=tuple(str(list_id) for list_id in _array(given.get("list_memberships") or [])),
        custom_fields={_identifier(entry, "custom_field_id"): _text(entry, "value") for entry in custom},
    )


def page(body: object, collection: str, item: Callable[[object], T]) -> tuple[list[T], str | None]:
    """Return the items of one page and the link to the next one, None on the last.

    A page without its collection is no empty page but an unreadable one.
    """
    given = _object(body)
    following = _object(_object(given.get("_links") or {}).get("next") or {})
    return [item(entry) for entry in _array(given[collection])], _text(following, "href") or None


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


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    return "" if value is None else str(value)


def _identifier(given: dict[str, Any], name: str) -> str:
    value = given[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is not a text")
    return value
