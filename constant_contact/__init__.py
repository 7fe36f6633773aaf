"""A client of Constant Contact's V3 API: plain Python over requests, with no Django and no models.

    client = ConstantContact(authorizer, api_url="https://api.cc.email/v3")
    activity = client.import_json(json_body(payloads, [list_id]))

`oauth` gets the tokens, `imports` makes bodies within the limits, `fields` says which fields there are.
"""

from .client import MAX_CONTACT_IDS, ConstantContact
from .errors import (
    AuthorizationRevokedError,
    ConstantContactError,
    OutcomeUnknownError,
    QuotaExceededError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)
from .fields import (
    CSV_FIELDS,
    CUSTOM_FIELD_MAX_LENGTH,
    IMPORT_FIELDS,
    MAX_CUSTOM_FIELDS,
    ImportField,
    custom_field_key,
)
from .imports import (
    CSV_MAX_ROWS,
    MAX_BYTES,
    MAX_LIST_IDS,
    MAX_ROWS,
    MisalignedColumnsError,
    csv_body,
    csv_body_of,
    csv_header,
    csv_overhead,
    json_body,
    json_body_of,
    json_overhead,
)
from .oauth import SCOPES
from .transport import Authorizer
from .types import Account, Activity, ActivityCounters, Contact, ContactList, ContactPage, CustomField, Tokens

__all__ = [
    "CSV_FIELDS",
    "CSV_MAX_ROWS",
    "CUSTOM_FIELD_MAX_LENGTH",
    "IMPORT_FIELDS",
    "MAX_BYTES",
    "MAX_CONTACT_IDS",
    "MAX_CUSTOM_FIELDS",
    "MAX_LIST_IDS",
    "MAX_ROWS",
    "SCOPES",
    "Account",
    "Activity",
    "ActivityCounters",
    "AuthorizationRevokedError",
    "Authorizer",
    "ConstantContact",
    "ConstantContactError",
    "Contact",
    "ContactList",
    "ContactPage",
    "CustomField",
    "ImportField",
    "MisalignedColumnsError",
    "OutcomeUnknownError",
    "QuotaExceededError",
    "RejectedError",
    "ThrottledError",
    "Tokens",
    "UnavailableError",
    "csv_body",
    "csv_body_of",
    "csv_header",
    "csv_overhead",
    "custom_field_key",
    "json_body",
    "json_body_of",
    "json_overhead",
]
