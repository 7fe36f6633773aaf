"""A contact list and a custom field as the account keeps them."""

import re
from dataclasses import dataclass, field
from typing import Any

UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(slots=True)
class ContactList:
    number: int
    list_id: str
    name: str
    created_at: float
    updated_at: float
    description: str = ""
    favorite: bool = False
    deleted_at: float | None = None


@dataclass(slots=True)
class CustomField:
    number: int
    custom_field_id: str
    label: str
    name: str
    type: str
    created_at: float
    updated_at: float
    extra: dict[str, Any] = field(default_factory=dict)
