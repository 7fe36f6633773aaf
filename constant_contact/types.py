"""What Constant Contact tells us, as typed values. Times are aware, in UTC, and None where it gave none.

E-mail addresses, names and tokens stay out of the representations, so that a value may be logged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .fields import FieldType

FINAL_STATES = frozenset({"completed", "cancelled", "failed", "timed_out"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """An answer of the token endpoint. `expires_in` counts seconds from now.

    `refresh_token` is None when `offline_access` was not granted: such a connection dies within a day.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int
    scope: frozenset[str]


@dataclass(frozen=True, slots=True)
class Account:
    """The connected account. `encoded_account_id` is opaque, and stays the same when it is connected again."""

    encoded_account_id: str
    organization_name: str
    contact_email: str = field(repr=False)
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    country_code: str = ""
    time_zone_id: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True)
class ContactList:
    """A list of contacts. `membership_count` is None unless it was asked for; a deleted list has `deleted_at`."""

    list_id: str
    name: str
    description: str
    membership_count: int | None
    created_at: datetime | None
    updated_at: datetime | None
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field the account added. `name` is made by Constant Contact from `label`; never compute it.

    An import addresses the field as `cf:<name>`, a contact by `custom_field_id`. `type` is what it holds.
    """

    custom_field_id: str
    name: str
    label: str
    type: FieldType


@dataclass(frozen=True, slots=True)
class ActivityCounters:
    """What a bulk activity counted. A counter that does not apply to its kind is 0.

    `items_total` of a file import includes the header row. `correctable` rows wait for a person in Constant
    Contact; `error` rows are lost; `cannot_add_to_list` are unsubscribed contacts. None of them says which rows.
    """

    items_total: int = 0
    items_completed: int = 0
    person: int = 0
    error: int = 0
    correctable: int = 0
    cannot_add_to_list: int = 0
    list: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """A bulk job at Constant Contact, readable there for 10 days.

    `state` is theirs, verbatim: initialized, processing, completed, cancelled, failed, timed_out.
    `results_url` is the link to an export's file once that is ready, to be given to `export_result`.
    """

    activity_id: str
    state: str
    percent_done: int
    created_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    source_file_name: str
    counters: ActivityCounters
    errors: tuple[str, ...]
    results_url: str | None

    @property
    def is_final(self) -> bool:
        """The state will not change any more."""
        return self.state in FINAL_STATES

    @property
    def succeeded(self) -> bool:
        """The job ran to its end. That does not mean that every row landed: read the counters."""
        return self.state == "completed"


@dataclass(frozen=True, slots=True)
class ContactPage:
    """One page of contacts. `following` leads to the next one and is blank on the last.

    `count`: how many all pages have, if that was asked for.
    """

    contacts: "tuple[Contact, ...]" = field(repr=False)
    following: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Contact:
    """A person in the account. `email` is empty for a contact that has only a phone for text messages.

    There is no status: `permission_to_send` ("unsubscribed", "implicit", …) and `deleted_at` tell it.
    `opt_out_source` is "Contact" when the person asked to leave, "Account" when the account took them off.
    `list_memberships` and `custom_fields` (by custom_field_id) are empty unless included.
    """

    contact_id: str
    email: str = field(repr=False)
    permission_to_send: str
    opt_out_source: str
    opt_out_at: datetime | None
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    created_at: datetime | None
    updated_at: datetime | None
    deleted_at: datetime | None
    list_memberships: tuple[str, ...]
    custom_fields: Mapping[str, str] = field(repr=False)
