"""Exports of contacts to a CSV file: a bulk job, then a file to fetch."""

import csv
import io
import uuid
from array import array
from collections.abc import Callable, Iterator

from werkzeug.wrappers import Response

from sandbox.constant_contact.account import Account
from sandbox.constant_contact.activities import queue_job
from sandbox.constant_contact.call import Answer, Call, Route, read_ids
from sandbox.constant_contact.clock import stamp
from sandbox.constant_contact.contact_store import PERMISSIONS, UNSUBSCRIBED, ContactStore
from sandbox.constant_contact.errors import not_found, validation
from sandbox.constant_contact.job import Work
from sandbox.constant_contact.membership import MAX_CONTACTS, MAX_LISTS, Selection
from sandbox.constant_contact.switches import Switches

STATUSES = ("active", "unsubscribed", "removed")
FILTERS = ("contact_ids", "list_ids", "tag_ids", "segment_id", "new_subscriber")
DEFAULT_FIELDS = (
    *("contact_id", "email_address", "permission_to_send", "first_name", "last_name", "job_title", "company_name"),
    *("home_phone", "work_phone", "mobile_phone", "other_phone"),
    *("home_street", "home_city", "home_state", "home_zip", "home_country"),
    *("created_at", "updated_at", "email_optout_source", "email_optout_date"),
)
LINES = 1_000


class ContactExport(Work):
    """Collects the contacts on completion; the file is written when somebody reads it."""

    def __init__(self, selection: Selection, status: str, fields: list[str]) -> None:
        self.export_id = str(uuid.uuid4())
        self.results_path = f"/v3/contact_exports/{self.export_id}"
        self._selection, self._status, self._fields = selection, status, fields
        self._serials = array("L")

    def counters(self) -> dict[str, int]:
        return {"items_total_count": len(self._serials), "items_completed_count": len(self._serials)}

    def run(self, account: Account, switches: Switches, now: float) -> Iterator[None]:
        chosen = (serial for serial in self._selection.serials(account) if self._has_status(account.store, serial))
        self._serials = array("L", chosen)
        yield

    def _has_status(self, store: ContactStore, serial: int) -> bool:
        if self._status == "removed":
            return serial in store.deleted
        if serial in store.deleted:
            return False
        unsubscribed = store.permissions[serial] == UNSUBSCRIBED
        return {"": True, "active": not unsubscribed, "unsubscribed": unsubscribed}[self._status]

    def lines(self, account: Account) -> Iterator[bytes]:
        """The CSV file in pieces, the header first."""
        yield _as_csv([self._fields])
        store, columns = account.store, [(name, _OWN.get(name)) for name in self._fields]
        # Of a million contacts, nobody's values are taken apart unless one of them is asked for.
        takes_values = any(own is None for _name, own in columns)
        for start in range(0, len(self._serials), LINES):
            rows = []
            for serial in self._serials[start : start + LINES]:
                fields = store.fields(serial) if takes_values else {}
                rows.append([own(store, serial) if own else fields.get(name, "") for name, own in columns])
            yield _as_csv(rows)


def _as_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _optout_date(store: ContactStore, serial: int) -> str:
    return stamp(store.opt_outs[serial][1]) if serial in store.opt_outs else ""


_NOBODY = ("", 0.0, "")
# The columns that are not among a contact's values.
_OWN: dict[str, Callable[[ContactStore, int], str]] = {
    "contact_id": lambda store, serial: store.contact_id(serial),
    "email_address": lambda store, serial: store.emails[serial],
    "permission_to_send": lambda store, serial: PERMISSIONS[store.permissions[serial]],
    "created_at": lambda store, serial: stamp(store.created[serial]),
    "updated_at": lambda store, serial: stamp(store.updated[serial]),
    "email_optout_source": lambda store, serial: store.opt_outs.get(serial, _NOBODY)[0],
    "email_optout_date": _optout_date,
    "email_optout_reason": lambda store, serial: store.opt_outs.get(serial, _NOBODY)[2],
}


def post_export(call: Call) -> Answer:
    body = call.json()
    given = [name for name in FILTERS if body.get(name)]
    if len(given) > 1:
        raise validation("only one filter may be used")
    for name, limit in (("contact_ids", MAX_CONTACTS), ("list_ids", MAX_LISTS)):
        if name in given:
            read_ids(body, name, limit)
    status = body.get("status") or ""
    if status and status not in STATUSES:
        raise validation("status does not have a valid value")
    if set(given) - {"contact_ids", "list_ids"}:
        raise validation(f"{given[0]} is not available in this account")
    source = {name: body[name] for name in given}
    exclude = (body.get("exclude") or {}).get("contact_ids") or []
    fields = [str(name) for name in body.get("fields") or DEFAULT_FIELDS]
    return queue_job(call, ContactExport(Selection(source, exclude), status, fields))


def get_export(call: Call) -> Answer:
    for job in call.account.queue.jobs.values():
        if isinstance(job.work, ContactExport) and job.work.export_id == call.args["file_export_id"].lower():
            if job.state(call.now) != "completed":
                raise not_found("The export is not ready.", status=call.switch("early_export_status"))
            return Response(list(job.work.lines(call.account)), mimetype="text/csv")
    raise not_found("file_export_id was not found.")


ROUTES = [
    Route("POST", "/v3/activities/contact_exports", post_export, "contacts:write"),
    Route("GET", "/v3/contact_exports/<file_export_id>", get_export, "contacts:read"),
]
