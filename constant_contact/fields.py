"""The fields of a contact that the imports accept, as data (API reference, POST /activities/contacts_json_import).

Fields for text messages are left out: they need a consent of their own, which an export of a segment has not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["email", "text", "phone", "date", "month", "day"]


@dataclass(frozen=True, slots=True)
class ImportField:
    """One field: its key in an import, the most characters it may have, and what it holds.

    date: `MM/DD/YYYY` or `YYYY-MM-DD`, with or without leading zeros. month and day: whole numbers from 1,
    of which an import takes both or neither.
    """

    name: str
    max_length: int
    kind: Kind


# Per contact; a row with more counts as an error.
MAX_PHONES = 3
MAX_ADDRESSES = 3
MAX_CUSTOM_FIELDS = 25
# Per account.
MAX_ACCOUNT_CUSTOM_FIELDS = 100
# Characters.
CUSTOM_FIELD_MAX_LENGTH = 255
CUSTOM_FIELD_LABEL_MAX_LENGTH = 50
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
