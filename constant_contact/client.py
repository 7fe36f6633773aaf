"""Constant Contact's V3 API (developer.constantcontact.com): a method per endpoint that an export needs.

Every method returns typed values or raises one of the six errors; none returns a part of a collection as the whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Literal, Self

import requests

from . import parsing
from .fields import TEXT, FieldType
from .imports import within_limit
from .transport import Authorizer, Pace, Refused, Transport, checked
from .types import Account, Activity, Contact, ContactList, ContactPage, CustomField

MembershipCount = Literal["all", "active"]
# A request for a membership job may name this many contacts.
MAX_CONTACT_IDS = 500
MAX_PAGE = 500
_MAX_CUSTOM_FIELD_PAGE = 100


class ConstantContact:
    """The API as one account, seen through the tokens that `authorize` keeps.

    `pace` is called before every request, and may wait or raise: the limits belong to the API key, so it
    is shared with all who use that key. `refused` is called with what each answer says that is no success.
    Without them, the client shares its key with nobody.
    `timeout`: seconds to connect, seconds without a byte.
    """

    def __init__(
        self,
        authorize: Authorizer,
        *,
        api_url: str,
        pace: Pace = lambda: None,
        refused: Refused = lambda error: None,
        session: requests.Session | None = None,
        timeout: tuple[float, float] = (10, 60),
    ) -> None:
        self._api = Transport(authorize, api_url=api_url, pace=pace, refused=refused, session=session, timeout=timeout)

    def close(self) -> None:
        """Let go of the open connections; a session that was given is its owner's to close."""
        self._api.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    # --- The account --------------------------------------------------------------------------

    def account_summary(self) -> Account:
        """Return whose account this is. Needs the scope account_read."""
        return self._api.get("/account/summary", parsing.account)

    def privileges(self) -> frozenset[str]:
        """Return what the user who connected may do, such as contacts:write. Any valid token will do."""
        return self._api.get("/account/user/privileges", parsing.privileges)

    # --- Lists and custom fields ----------------------------------------------------------------

    def contact_lists(self, membership_count: MembershipCount | None = None) -> list[ContactList]:
        """Return all lists of the account, up to 1,000. Counting the members makes it slower."""
        params = {"limit": str(MAX_PAGE)} | _counting(membership_count)
        pages = self._api.pages("/contact_lists", "lists", parsing.contact_list, params)
        return list(chain.from_iterable(pages))

    def contact_list(self, list_id: str, membership_count: MembershipCount | None = None) -> ContactList:
        """Return one list, also a deleted one (see `deleted_at`). Raises RejectedError with `not_found`."""
        return self._api.get(f"/contact_lists/{checked(list_id)}", parsing.contact_list, _counting(membership_count))

    def create_contact_list(self, name: str, description: str = "") -> ContactList:
        """Make an empty list. Raises RejectedError with `conflict` when the name is taken."""
        body = {"name": name} | ({"description": description} if description else {})
        return self._api.send("POST", "/contact_lists", parsing.contact_list, json=body)

    def delete_contact_list(self, list_id: str) -> Activity:
        """Delete a list, by a job; its members stay in the account."""
        return self._api.send("DELETE", f"/contact_lists/{checked(list_id)}", parsing.activity)

    def custom_fields(self) -> list[CustomField]:
        """Return all custom fields of the account, up to 100."""
        params = {"limit": str(_MAX_CUSTOM_FIELD_PAGE)}
        pages = self._api.pages("/contact_custom_fields", "custom_fields", parsing.custom_field, params)
        return list(chain.from_iterable(pages))

    def create_custom_field(self, label: str, type: FieldType = TEXT) -> CustomField:
        """Make a custom field. Raises RejectedError with `conflict` when the label is taken."""
        body: dict[str, object] = {"label": label, **type}
        if "choices" in type:
            body["choices"] = [{"choice_label": choice} for choice in type["choices"]]
        return self._api.send("POST", "/contact_custom_fields", parsing.custom_field, json=body)

    # --- Imports and membership jobs --------------------------------------------------------------

    def import_json(self, body: bytes) -> Activity:
        """Queue an import; `body` comes from `imports.json_body`. Returns at once, nothing is imported yet.

        Raises OutcomeUnknownError when the job may be queued: look in `activities` before sending it again.
        """
        headers = {"Content-Type": "application/json"}
        path = "/activities/contacts_json_import"
        return self._api.send("POST", path, parsing.activity, data=within_limit(body), headers=headers)

    def import_csv(self, body: bytes, list_ids: Sequence[str], file_name: str) -> Activity:
        """Queue an import of a file; `body` comes from `imports.csv_body`, `file_name` ends in .csv.

        The activity shows `file_name` as its `source_file_name`. Errors as for `import_json`.
        """
        files = {"file": (file_name, within_limit(body), "text/csv")}
        data = {"list_ids": ",".join(list_ids)}
        return self._api.send("POST", "/activities/contacts_file_import", parsing.activity, data=data, files=files)

    def add_list_memberships(
        self, list_ids: Sequence[str], *, contact_ids: Sequence[str] = (), source_list_ids: Sequence[str] = ()
    ) -> Activity:
        """Queue putting contacts, or all members of other lists, on up to 50 lists.

        Exactly one of `contact_ids` (up to 500) and `source_list_ids` (up to 50), else ValueError.
        """
        body = _membership_job(list_ids, contact_ids, source_list_ids)
        return self._api.send("POST", "/activities/add_list_memberships", parsing.activity, json=body)

    def remove_list_memberships(
        self, list_ids: Sequence[str], *, contact_ids: Sequence[str] = (), source_list_ids: Sequence[str] = ()
    ) -> Activity:
        """Queue taking contacts, or all members of other lists, off up to 50 lists; the contacts live on.

        Limits as for `add_list_memberships`.
        """
        body = _membership_job(list_ids, contact_ids, source_list_ids)
        return self._api.send("POST", "/activities/remove_list_memberships", parsing.activity, json=body)

    # --- Activities ---------------------------------------------------------------------------------

    def activity(self, activity_id: str) -> Activity:
        """Return one job. Raises RejectedError with `not_found` when unknown or older than 10 days."""
        return self._api.get(f"/activities/{checked(activity_id)}", parsing.activity)

    def activities(
        self, state: str | None = None, *, limit: int = MAX_PAGE, pages: int | None = None
    ) -> Iterator[Activity]:
        """Yield the jobs of the last 10 days, newest first as far as is known; `limit` is the size of a page.

        `state` may be any but initialized, which the API does not filter by. `pages` stops after that many
        requests: one covers 500 jobs.
        """
        params = {"limit": str(limit)} | ({"state": state} if state else {})
        found = self._api.pages("/activities", "activities", parsing.activity, params)
        return chain.from_iterable(islice(found, pages))

    # --- Contacts -------------------------------------------------------------------------------------

    def contacts(
        self,
        status: str | Sequence[str] = "all",
        lists: Sequence[str] = (),
        updated_after: datetime | None = None,
        optout_after: datetime | None = None,
        include: Sequence[str] = (),
        limit: int = MAX_PAGE,
        email: str = "",
    ) -> Iterator[Contact]:
        """Yield contacts, deleted ones too by default; `lists` takes up to 25, `limit` is the size of a page.

        `status` is always sent, because sources disagree about what the API does without it.
        `include`: list_memberships and custom_fields are read. Times must be aware. `email`: the one of that address.
        """
        filters = {
            "status": status if isinstance(status, str) else ",".join(status),
            "lists": ",".join(lists),
            "updated_after": _written(updated_after),
            "optout_after": _written(optout_after),
            "include": ",".join(include),
            "email": email,
            "limit": str(limit),
        }
        params = {name: value for name, value in filters.items() if value}
        return chain.from_iterable(self._api.pages("/contacts", "contacts", parsing.contact, params))

    def delete_contacts(self, contact_ids: Sequence[str]) -> Activity:
        """Queue deleting up to 500 contacts, whatever lists they are on."""
        body = {"contact_ids": list(contact_ids)}
        return self._api.send("POST", "/activities/contact_delete", parsing.activity, json=body)

    def contacts_page(
        self,
        status: Sequence[str] = ("all",),
        updated_after: datetime | None = None,
        *,
        count: bool = False,
        following: str = "",
        limit: int = MAX_PAGE,
    ) -> ContactPage:
        """Return one page of contacts: the first, or the one that `following` of another leads to.

        `count`: how many contacts all pages have. Raises RejectedError for a link that is no longer good.
        """
        filters = {
            "status": ",".join(status),
            "updated_after": _written(updated_after),
            "include_count": "true" if count else "",
            "limit": str(limit),
        }
        params = {name: value for name, value in filters.items() if value}
        return self._api.page("/contacts", parsing.contact_page, params, following=following)

    def export_contacts(
        self, list_ids: Sequence[str] = (), fields: Sequence[str] = (), status: str | None = None
    ) -> Activity:
        """Queue writing the members of up to 50 lists, or without lists everybody of the account, to a file.

        `status`: active, unsubscribed or removed. Without `fields`, all of them. Poll the activity, then read
        `export_result`.
        """
        body: dict[str, object] = {"list_ids": list(list_ids)} if list_ids else {}
        if fields:
            body["fields"] = list(fields)
        if status:
            body["status"] = status
        return self._api.send("POST", "/activities/contact_exports", parsing.activity, json=body)

    def export_result(self, activity: Activity) -> Iterator[bytes]:
        """Yield the CSV file of a completed export, piece by piece; the request is made when reading starts.

        Raises ValueError when the activity has no result (yet), UnavailableError when the file is cut short.
        """
        if activity.results_url is None:
            raise ValueError(f"Activity {activity.activity_id} is {activity.state} and has no file to read.")
        return self._api.download(activity.results_url)


def _counting(membership_count: MembershipCount | None) -> dict[str, str]:
    return {"include_membership_count": membership_count} if membership_count else {}


def _membership_job(
    list_ids: Sequence[str], contact_ids: Sequence[str], source_list_ids: Sequence[str]
) -> Mapping[str, object]:
    if bool(contact_ids) == bool(source_list_ids):
        raise ValueError("A membership job takes either contacts or lists as its source.")
    source = {"contact_ids": list(contact_ids)} if contact_ids else {"list_ids": list(source_list_ids)}
    return {"source": source, "list_ids": list(list_ids)}


def _written(moment: datetime | None) -> str:
    if moment is None:
        return ""
    if moment.tzinfo is None:
        raise ValueError("A time for the API must be aware.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
