"""The fields of a contact that the imports accept, as data (API reference, POST /activities/contacts_json_import).

Fields for text messages are left out: they need a consent of their own, which an export of a segment has not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypedDict

Kind = Literal["email", "text", "phone", "date", "month", "day", "moment", "number", "boolean", "choice"]


@dataclass(frozen=True, slots=True)
class ImportField:
    """One field: its key in an import, the most characters it may have, and what it holds.

    date: `MM/DD/YYYY` or `YYYY-MM-DD`, with or without leading zeros. month and day: whole numbers from 1,
    of which an import takes both or neither. Only custom fields have the others: see `custom_import_field`.
    choice: one of `choices`. number: one with at most `places` digits behind its point (None: any number of them),
    below zero only if `may_be_negative`.
    """

    name: str
    max_length: int
    kind: Kind
    choices: tuple[str, ...] = ()
    places: int | None = None
    may_be_negative: bool = True


class FieldType(TypedDict, total=False):
    """What a custom field holds, in the words of the API.

    `type`: string, date, datetime, single_select, multi_select, currency, text_area, number or boolean. `version` of a
    date: 1 is kept as a text, 2 is a date. `choices` are their labels. `metadata`: integer, decimal_places,
    allow_negative, currency_code, display_type, …
    """

    type: str
    version: int
    choices: list[str]
    metadata: dict[str, Any]


TEXT: FieldType = {"type": "string"}


# Per contact; a row with more counts as an error.
MAX_PHONES = 3
MAX_ADDRESSES = 3
MAX_CUSTOM_FIELDS = 25
# Per account.
MAX_ACCOUNT_CUSTOM_FIELDS = 100
# Characters.
CUSTOM_FIELD_MAX_LENGTH = 255
CUSTOM_FIELD_LABEL_MAX_LENGTH = 50
MAX_CHOICES, CHOICE_MAX_LENGTH = 100, 255
MAX_DECIMAL_PLACES = 4
LIST_NAME_MAX_LENGTH = 255

# An import lets a phone number have 50 characters, but the contact it becomes stores 25: longer ones would
# be cut or refused, without a word about which.
_PHONE_LENGTH = 25
# The contact stores up to 80, the import takes 50.
_EMAIL_LENGTH = 50
_ADDRESS_PARTS = {"street": 255, "street2": 255, "city": 50, "state": 50, "zip": 50, "country": 50}

# `phone` is stored as the kind "other", like other_phone: fill one of the two. International numbers are not
# supported by the import.
PHONE_FIELDS = ("phone", "home_phone", "work_phone", "mobile_phone", "other_phone")
# The family without a prefix is stored as the kind "home": fill it or the home_ family, not both.
# The specification prints "home country" with a blank among names with underscores: a slip, we send home_country.
ADDRESS_FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        family: tuple(f"{family}_{part}".lstrip("_") for part in _ADDRESS_PARTS)
        for family in ("", "home", "work", "other")
    }
)


_FIELDS = (
    ImportField("email", _EMAIL_LENGTH, "email"),
    *(ImportField(name, 50, "text") for name in ("first_name", "last_name", "job_title", "company_name")),
    ImportField("birthday_month", 2, "month"),
    ImportField("birthday_day", 2, "day"),
    ImportField("anniversary", 10, "date"),
    *(ImportField(name, _PHONE_LENGTH, "phone") for name in PHONE_FIELDS),
    *(
        ImportField(name, length, "text")
        for names in ADDRESS_FAMILIES.values()
        for name, length in zip(names, _ADDRESS_PARTS.values(), strict=True)
    ),
)
IMPORT_FIELDS: Mapping[str, ImportField] = MappingProxyType({field.name: field for field in _FIELDS})

# The columns of a file import; it knows one phone and one address.
CSV_FIELDS = frozenset(
    {"email", "first_name", "last_name", "phone", "job_title", "company_name"}
    | {"anniversary", "birthday_day", "birthday_month"}
    | set(_ADDRESS_PARTS)
)


def stored_as(name: str) -> str:
    """Return the field of the contact that an import writes a field into: two names may mean one."""
    if name == "phone":
        return "other_phone"
    return f"home_{name}" if name in ADDRESS_FAMILIES[""] else name


def custom_field_key(name: str) -> str:
    """Return the key of a custom field in an import; `name` is CustomField.name, never its label."""
    return f"cf:{name}"


def custom_import_field(key: str, type: FieldType) -> ImportField:
    """Return what an import may send to a custom field, whose `key` is `custom_field_key`.

    The reference says that every value is a string of at most 255 characters, and which types there are. How a value of
    a type is written, and what becomes of a row with another, it does not say; inferred ([I]):
    - [I] a date (version 2) has the forms of the anniversary; one of version 1 or of none is text;
    - [I] a date and time is written in the way of ISO 8601;
    - [I] a number or an amount of money is a plain decimal number with a point; negative unless `allow_negative` is
      false, of any number of places unless `integer` or `decimal_places` says another;
    - [I] yes or no is written true or false;
    - [I] of a field with choices, one value is the label of one of them, of a field of several choices too.
    What is neither of these, or has no choices, is text.
    """
    metadata = type.get("metadata", {})
    choices = tuple(type.get("choices", ()))
    kind = _KINDS.get(type.get("type", ""), "text")
    if (kind == "date" and type.get("version") != 2) or (kind == "choice" and not choices):
        kind = "text"
    if kind != "number":
        return ImportField(key, CUSTOM_FIELD_MAX_LENGTH, kind, choices if kind == "choice" else ())
    places = 0 if metadata.get("integer") is True else metadata.get("decimal_places")
    return ImportField(
        key,
        CUSTOM_FIELD_MAX_LENGTH,
        kind,
        places=places if isinstance(places, int) else None,
        may_be_negative=metadata.get("allow_negative") is not False,
    )


_KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "date": "date",
        "datetime": "moment",
        "number": "number",
        "currency": "number",
        "boolean": "boolean",
        "single_select": "choice",
        "multi_select": "choice",
    }
)
