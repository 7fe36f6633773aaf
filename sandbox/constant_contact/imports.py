"""The two bulk imports: a JSON body, or a CSV file in a form."""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

from sandbox.constant_contact.activities import queue_job
from sandbox.constant_contact.call import Answer, Call, Route, read_ids
from sandbox.constant_contact.errors import not_found, validation
from sandbox.constant_contact.faults import counted_down
from sandbox.constant_contact.import_job import ContactImport

MAX_LISTS = 50
ROWS_START = re.compile(r'"import_data"\s*:\s*\[\s*')
COMMA = re.compile(r"\s*,\s*")


def post_json_import(call: Call) -> Answer:
    body = call.json()
    raw = call.request.get_data()
    rows = body.get("import_data")
    if not rows:
        raise validation("import_data is missing")
    if not isinstance(rows, list):
        raise validation("import_data must be an array")
    list_ids = read_ids(body, "list_ids", MAX_LISTS)
    _check_sms_permission(body.get("sms_permission_to_send"))
    call.noted |= {"rows": len(rows), "list_ids": list_ids}
    list_ids = _known_lists(call, list_ids)
    taken = len(rows)
    if len(raw) > call.switch("import_bytes"):
        taken = rows_within(raw, call.switch("import_bytes"))
    limit = call.switch("import_rows")
    if taken > limit and call.switch("too_many_contacts") == "refuse":
        raise validation(f"import_data may have at most {limit} items")
    taken = min(taken, limit)
    if call.switch("unknown_custom_field") == "refuse":
        _refuse_unknown_fields(call, {name for row in rows[:taken] if isinstance(row, dict) for name in row})
    # The text is kept rather than the rows: a tenth of the memory while a thousand jobs may be waiting.
    return _queue(call, ContactImport(lambda: json.loads(raw)["import_data"][:taken], list_ids, taken, taken))


def rows_within(raw: bytes, limit: int) -> int:
    """How many whole rows lie in the first `limit` bytes of the body."""
    text = raw[:limit].decode("utf-8", "ignore")
    start = ROWS_START.search(text)
    decode, count, at = json.JSONDecoder().raw_decode, 0, start.end() if start else len(text)
    try:
        while True:
            _, at = decode(text, at)
            count += 1
            comma = COMMA.match(text, at)
            if comma is None:
                return count
            at = comma.end()
    except ValueError:
        return count


def post_file_import(call: Call) -> Answer:
    request = call.request
    if request.mimetype != "multipart/form-data":
        raise validation("Content-Type must be multipart/form-data", status=415)
    upload = request.files.get("file")
    if upload is None:
        raise validation("file is missing")
    name = upload.filename or ""
    if not name.lower().endswith(".csv") or upload.mimetype == "application/json":
        raise validation("file must be a .csv file", status=415)
    list_ids = [part.strip() for part in request.form.get("list_ids", "").split(",") if part.strip()]
    list_ids = read_ids({"list_ids": list_ids}, "list_ids", MAX_LISTS)
    _check_sms_permission(request.form.get("sms_permission_to_send"))
    load, header, lines = _csv_rows(
        upload.read(),
        call.switch("import_bytes"),
        call.switch("import_rows"),
        keep_empty=call.switch("empty_value") == "erase",
    )
    call.noted |= {"rows": lines - 1, "list_ids": list_ids}
    list_ids = _known_lists(call, list_ids, missing_status=404)
    if call.switch("unknown_custom_field") == "refuse":
        _refuse_unknown_fields(call, set(header))
    return _queue(call, ContactImport(load, list_ids, lines, lines - 1, name))


def _queue(call: Call, work: ContactImport) -> Answer:
    """Queue an import, which may meet the account's next job fault."""
    status, body = queue_job(call, work)
    fault = counted_down(call.account.queue.faults)
    if fault is not None:
        job = call.account.queue.jobs[body["activity_id"]]
        job.outcome, job.works = fault.outcome, fault.share > 0
        job.visible_from += fault.hidden_seconds
        work.share, work.counted = fault.share, fault.counted
        call.noted["fault"] = f"job {fault.outcome}"
    return status, body


def _csv_rows(
    raw: bytes, most_bytes: int, most_lines: int, keep_empty: bool
) -> tuple[Callable[[], list[Any]], list[str], int]:
    """A loader of the rows, the header, and the number of lines read, the header among them."""
    if len(raw) > most_bytes:
        raw = raw[:most_bytes].rpartition(b"\n")[0]
    text = raw.decode("utf-8-sig", "replace")
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline="")) if line][:most_lines]
    except csv.Error as error:
        raise validation("file is not a valid CSV file") from error
    header = [name.strip() for name in lines[0]] if lines else []
    if not {"email", "sms_number"} & set(header):
        raise validation("file must have a column email or sms_number")

    def load() -> list[Any]:
        return [
            {name: value for name, value in zip(header, line, strict=False) if value or keep_empty}
            for line in lines[1:]
        ]

    return load, header, len(lines)


def _known_lists(call: Call, list_ids: list[str], missing_status: int = 400) -> list[str]:
    """The ids in lower case, without the unknown ones when the switch says to ignore those."""
    unknown = [list_id for list_id in list_ids if call.account.living_list(list_id) is None]
    if unknown and call.switch("unknown_list") == "refuse":
        message = f"list_ids contains an unknown list: {unknown[0]}"
        raise not_found(message) if missing_status == 404 else validation(message)
    if call.switch("unknown_list") == "ignore":
        list_ids = [list_id for list_id in list_ids if list_id not in unknown]
    return list(dict.fromkeys(list_id.lower() for list_id in list_ids))


def _check_sms_permission(value: Any) -> None:
    if value not in (None, "", "explicit", "not_set"):
        raise validation("sms_permission_to_send does not have a valid value")


def _refuse_unknown_fields(call: Call, names: set[str]) -> None:
    known = {f"cf:{one.name}" for one in call.account.custom_fields.values()}
    if any(name.startswith("cf:") and name not in known for name in names):
        raise validation("import_data contains an unknown custom field")


ROUTES = [
    Route("POST", "/v3/activities/contacts_json_import", post_json_import, "contacts:write"),
    Route("POST", "/v3/activities/contacts_file_import", post_file_import, "contacts:write"),
]
