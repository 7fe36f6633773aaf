"""*Send only to me*: one person of a preview with the address of whoever clicks, to try a list.

A small run of its own: one import of one contact to the list of the export. No later run compares itself with it; what
it may have overwritten is sent again (exports.plan.overlaps), should that address be somebody's whom the export sends.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

import audit_trail
from constant_contact import json_body_of
from engine.files import discard
from engine.sessions import open_engine, workspace
from exports.models import Batch, Run
from exports.models.configuration import configuration_of
from exports.people.addresses import normalised
from exports.people.kept_off import kept_off
from exports.plan.build import write_rows
from exports.plan.dispositions import Disposition
from exports.plan.earlier import columns_of
from exports.plan.outdated import changes_since
from exports.plan.payloads import values_of
from exports.plan.reader import READER_MEMORY, plan_of
from jobs.limits import LIMITS
from jobs.queue import enqueue
from profiles.snapshots import store_parquet

from .start import ONE_OPEN_RUN, NotRunnableError, PlanOutdatedError, begin_or_join, check_runnable


def send_to_me(run: Run, *, by: Any, place: int | None = None) -> tuple[Run, bool]:
    """Send one row of the plan of a preview to the address of `by`: the one at `place`, else the first that is sent.

    Returns (the small run, True), or (the open run of the export, False). Raises NotRunnableError with a sentence,
    PlanOutdatedError, FileNotFoundError when the plan or the row is gone, and StorageUnavailableError.
    """
    check_runnable(run.export)
    changes = changes_since(run)
    if changes:
        raise PlanOutdatedError(changes)
    address = own_address(by)
    check_recipient(run, address)
    configuration = configuration_of(run)
    with workspace() as folder:
        path = folder / "plan.parquet"
        payload = _write_row(run, place, address, path)
        name = store_parquet("plans", path)
    body = json_body_of(payload.encode(), 1, [configuration["list_id"]])

    def begin() -> Run:
        now = timezone.now()
        small = Run.objects.create(
            export=run.export,
            started_by=by,
            trigger=Run.Trigger.TO_ME,
            configuration=run.configuration,
            plan_file=name,
            counts={Disposition.SEND.value: 1},
            encoding=Run.Encoding.JSON,
            queued_at=now,
            planned_at=now,
        )
        Batch.objects.create(run=small, number=1, rows=1, body_bytes=len(body))
        enqueue(LIMITS.run, small.pk)
        audit_trail.record(run.export, "sent_to_me", by=by, run=small.pk)
        return small

    found, is_new = begin_or_join(begin, ONE_OPEN_RUN, run.export.runs.open())
    if not is_new:
        discard(name)
    return found, is_new


def own_address(user: Any) -> str:
    """Return the address of an account, as a plan would have it. Raises NotRunnableError when it has none."""
    address = normalised(user.email or "")
    try:
        validate_email(address)
    except ValidationError as error:
        raise NotRunnableError("to_me_no_address") from error
    return address


def check_recipient(run: Run, address: str) -> None:
    """Raise NotRunnableError when the address is kept off the list, like anybody else's."""
    configuration = configuration_of(run)
    kind = kept_off(configuration["account_id"], configuration["list_id"], configuration["connection_id"], address)
    if kind:
        raise NotRunnableError(f"to_me_{kind}")


def _write_row(run: Run, place: int | None, address: str, path: Path) -> str:
    """Write a plan of the one row to `path`, and return its payload."""
    plan = plan_of(run)
    with open_engine(READER_MEMORY, reach=[plan, path.parent], keep_order=True) as duck:
        row = duck.execute(
            """
            SELECT file_row_number, batch, payload FROM read_parquet($path)
            WHERE disposition = 'send' AND ($place IS NULL OR file_row_number = $place) ORDER BY 1 LIMIT 1
            """,
            {"path": str(plan), "place": place},
        ).fetchone()
        if row is None:
            raise FileNotFoundError(f"run {run.pk} has no such row")
        number, batch, sent = row
        payload = _as_json(run, batch, sent, address)
        # The row is of no profile and of no batch but its own: no roster must take the address for the person's.
        replaced = {"profile_id": "''", "email": "$address", "reason": "''", "batch": "1::INTEGER"}
        replaced |= {"payload": "$payload", "fingerprint": "0::UBIGINT"}
        if "on_list" in columns_of(duck, plan):
            replaced["on_list"] = "NULL::BOOLEAN"
        rows = ", ".join(f"{value} AS {name}" for name, value in replaced.items())
        duck.execute(
            f"""
            CREATE TEMP TABLE to_me AS
            SELECT * REPLACE ({rows}) FROM read_parquet($path) WHERE file_row_number = $number
            """,  # noqa: S608 - names of ours
            {"path": str(plan), "number": number, "address": address, "payload": payload},
        )
        write_rows(duck, "FROM to_me", path)
    return payload


def _as_json(run: Run, batch: int, payload: str, address: str) -> str:
    header = run.batches.filter(number=batch).values_list("header", flat=True).first()
    values = values_of(payload, header) if header else json.loads(payload)
    return json.dumps({**values, "email": address}, ensure_ascii=False, separators=(",", ":"))
