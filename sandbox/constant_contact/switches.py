"""What the published material leaves open, and the sizes and times that tests want to change.

Each switch has a default (the likeliest, or the strictest where a client must be ready for the worst) and, where it
is a choice, the values it may take.
"""

from typing import Any, NamedTuple


class Switch(NamedTuple):
    default: Any
    meaning: str
    choices: tuple[Any, ...] = ()


SWITCHES: dict[str, Switch] = {
    # OAuth
    "any_local_redirect_uri": Switch(True, "accept /connections/oauth/callback/ on localhost without registering it"),
    "unregistered_redirect_uri": Switch(
        "refuse", "what authorize does with an unknown redirect_uri", ("refuse", "accept")
    ),
    "denied": Switch("redirect", "what Deny does", ("redirect", "page")),
    "state_required": Switch(True, "authorize without state is an error"),
    "pkce": Switch("refuse", "a code_challenge from a confidential client", ("refuse", "ignore")),
    "invalid_grant_status": Switch(400, "status of invalid_grant", (400, 401)),
    "invalid_client_status": Switch(401, "status of invalid_client", (400, 401)),
    "refresh_tokens": Switch("rotating", "type chosen in the developer portal", ("rotating", "long_lived")),
    "refresh_grace_seconds": Switch(0, "for how long a rotated refresh token still works"),
    "refresh_reuse_revokes": Switch(True, "using a rotated refresh token kills its successors"),
    "new_grant_ends_earlier": Switch(False, "connecting once more kills the refresh tokens of earlier connections"),
    "revocation_endpoint": Switch(True, "POST /revoke exists"),
    "revocation_ends_access_tokens": Switch(True, "a revoked grant's access tokens stop working at once"),
    "code_seconds": Switch(300, "life of an authorization code"),
    "access_token_seconds": Switch(86_400, "life of an access token"),
    "refresh_token_days": Switch(180, "life of an unused refresh token"),
    "token_requests_per_second": Switch(1, "limit of the token endpoint per application, 0 for none"),
    "token_limit_body": Switch("throttled", "body of the token endpoint's 429", ("throttled", "empty", "html")),
    # Gateway
    "requests_per_second": Switch(4, "per client_id, 0 for no limit; partners have 10"),
    "requests_per_day": Switch(10_000, "per client_id, 0 for no limit; partners have 250,000"),
    "second": Switch("sliding", "how a second is counted", ("sliding", "calendar")),
    "refused_requests_count": Switch(False, "a request answered 429 counts towards the limits"),
    "retry_after": Switch(False, "429 carries Retry-After"),
    "scope_error_body": Switch("object", "body of the 403 for a missing scope", ("object", "array", "empty")),
    "not_found_body": Switch("array", "body of a 404", ("array", "object")),
    "timestamps": Switch("seconds", "style of timestamps", ("seconds", "milliseconds", "offset")),
    # Lists and custom fields
    "lists_per_account": Switch(1_000, "lists an account may have"),
    "too_many_lists_status": Switch(400, "answer to one list too many", (400, 403, 409)),
    "malformed_list_id_status": Switch(404, "answer to a list id that is no UUID", (400, 404)),
    "deleted_list": Switch("shown", "GET of a deleted list", ("shown", "not_found")),
    "list_page_default": Switch(50, "lists per page when limit is not given"),
    "custom_fields_per_account": Switch(100, "custom fields an account may have"),
    "too_many_custom_fields_status": Switch(400, "answer to one custom field too many", (400, 403, 409)),
    "custom_field_names": Switch("lower", "case of the name made from a label", ("lower", "keep")),
    # Imports
    "job_seconds": Switch(2.0, "time from the start of a bulk job to its end"),
    "jobs_one_at_a_time": Switch(True, "bulk jobs of one account run in creation order, one at a time"),
    "queued_jobs": Switch(1_000, "unfinished bulk jobs an account may have"),
    "queue_limit_body": Switch("array", "body of the 429 for a full queue", ("array", "object")),
    "job_outcome": Switch(
        "completed", "how jobs created from now on end", ("completed", "failed", "cancelled", "timed_out")
    ),
    "foreign_jobs": Switch(
        "none",
        "another program's job, with as many rows, beside each import that arrives",
        ("none", "import", "export"),
    ),
    "import_rows": Switch(40_000, "contacts in one JSON import; lines with the header in a file import"),
    "import_bytes": Switch(4_194_304, "bytes read of an import; 4,000,000 is the other reading of 4 MB"),
    "too_many_contacts": Switch("refuse", "a JSON import with too many contacts", ("refuse", "keep_first")),
    "unknown_list": Switch("refuse", "an import that names an unknown list", ("refuse", "fail", "ignore")),
    "list_gone": Switch("fail", "a list deleted while the import was queued", ("fail", "skip")),
    "deleted_contact": Switch("revive", "an import row for a deleted contact", ("revive", "cannot_add")),
    "duplicate_rows": Switch("last", "which row of one address in one import wins", ("first", "last")),
    "person_count": Switch("rows", "what person_count counts", ("rows", "contacts")),
    "long_value": Switch("error", "a value over its length", ("error", "cut")),
    "unknown_custom_field": Switch("ignore", "a cf: column that does not exist", ("ignore", "error", "refuse")),
    "unfit_custom_value": Switch(
        "error", "a value that its custom field's type does not take", ("error", "ignore", "keep")
    ),
    "empty_value": Switch("ignore", "an empty string in an import", ("ignore", "erase")),
    "lists_per_contact": Switch(50, "lists a contact may be on"),
    "too_many_lists_of_contact": Switch(
        "error", "an import row for a contact on too many lists", ("error", "cannot_add")
    ),
    "custom_fields_per_contact": Switch(25, "custom fields a contact may have; more is an error of the row"),
    "fold_case": Switch(True, "Ann@x.org and ann@x.org are the same contact"),
    # Activities and contacts
    "activities_order": Switch("newest_first", "order of GET /activities", ("newest_first", "oldest_first")),
    "activity_days": Switch(10, "days an activity can be read"),
    "unsubscribed_in_membership_job": Switch(
        "skip", "add_list_memberships meets an unsubscribed contact", ("skip", "fail")
    ),
    "early_export_status": Switch(404, "answer to the file of an export that is not ready", (404, 400)),
    "automations_status": Switch(
        209, "answer to the list of automations; the others where an account has none to read", (209, 200, 403, 404)
    ),
    "automation_lists": Switch(
        "parameter_value", "where a trigger names its lists", ("parameter_value", "parameter_list_value")
    ),
    "contacts_default_status": Switch("not_deleted", "GET /contacts without status", ("not_deleted", "active")),
}


class Switches:
    """The present position of every switch; `switches["job_seconds"]`."""

    def __init__(self, **start: Any) -> None:
        self._start = dict(start)
        self._now: dict[str, Any] = {}
        self.reset()

    def __getitem__(self, name: str) -> Any:
        return self._now[name]

    def reset(self) -> None:
        self._now = {name: switch.default for name, switch in SWITCHES.items()}
        self.set(self._start)

    def set(self, values: dict[str, Any]) -> None:
        """Move several switches, or none. Raises ValueError with a sentence when one is unknown or senseless."""
        for name, value in values.items():
            self._check(name, value)
        self._now.update(values)

    def _check(self, name: str, value: Any) -> None:
        switch = SWITCHES.get(name)
        if switch is None:
            raise ValueError(f"There is no switch {name!r}.")
        if switch.choices and value not in switch.choices:
            raise ValueError(f"{name} may be one of {', '.join(map(str, switch.choices))}, not {value!r}.")
        if isinstance(switch.default, bool) != isinstance(value, bool):
            raise ValueError(f"{name} must be {'true or false' if isinstance(switch.default, bool) else 'a value'}.")
        if isinstance(switch.default, int | float) and not isinstance(value, int | float):
            raise ValueError(f"{name} must be a number, not {value!r}.")

    def all(self) -> dict[str, Any]:
        return dict(self._now)
