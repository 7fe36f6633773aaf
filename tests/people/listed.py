"""A list with people on it, the roster that says so, and a run that is about to take some of them off."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from django.core.files.storage import default_storage
from django.utils import timezone

from engine.files import local_copy
from exports.models import Export, OptOuts, Roster, Run
from exports.models.configuration import freeze
from profiles.snapshots import store_parquet
from tests.support.sandbox import Sandbox

ROSTER = {
    **dict.fromkeys(("email", "contact_id", "profile_id"), "VARCHAR"),
    "export_id": "BIGINT",
    **dict.fromkeys(("first_sent", "last_sent"), "TIMESTAMP"),
    "run_id": "BIGINT",
    **dict.fromkeys(("imported", "confirmed"), "TIMESTAMP"),
    "on_list": "BOOLEAN",
    **dict.fromkeys(("updated", "left", "removed"), "TIMESTAMP"),
    "removed_by_run": "BIGINT",
}
PLAN = {
    **dict.fromkeys(("profile_id", "email", "disposition", "reason"), "VARCHAR"),
    "batch": "INTEGER",
    **dict.fromkeys(("payload", "fingerprint"), "VARCHAR"),
    "on_list": "BOOLEAN",
}
OPT_OUTS = {
    **dict.fromkeys(("email", "contact_id", "kind"), "VARCHAR"),
    "at": "TIMESTAMP",
    "source": "VARCHAR",
}
LONG_AGO = datetime(2026, 1, 1)


def stored(folder: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Store rows as a Parquet file and return its name."""
    duck = duckdb.connect()
    values = {name: [row.get(name) for row in rows] for name in columns}
    made = ", ".join(f'unnest(${name}::{kind}[]) AS "{name}"' for name, kind in columns.items())
    duck.execute(f"CREATE TABLE made AS SELECT {made}", values)
    path = Path(default_storage.path("")) / f"{folder}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    duck.execute(f"COPY made TO '{path}' (FORMAT parquet)")
    return store_parquet(folder, path)


def put_on_list(sandbox: Sandbox, list_id: str, *addresses: str) -> list[str]:
    """Contacts on the list; their ids."""
    return sandbox.add_contacts(*({"email": each, "lists": [list_id]} for each in addresses))


def known(export: Export, sandbox: Sandbox, addresses: Sequence[str], **columns: Any) -> Roster:
    """Put people on the export's list, with a roster that has just read it and says that this export added them.

    `columns`: of all rows; a mapping by address where they differ.
    """
    ids = put_on_list(sandbox, export.list_id, *addresses)
    rows = []
    for address, contact_id in zip(addresses, ids, strict=True):
        own = {name: value.get(address) if isinstance(value, dict) else value for name, value in columns.items()}
        rows.append(
            {
                "email": address,
                "contact_id": contact_id,
                "profile_id": "1",
                "export_id": export.pk,
                "first_sent": LONG_AGO,
                "last_sent": LONG_AGO,
                "imported": LONG_AGO,
                "confirmed": utc_now(),
                "on_list": True,
            }
            | own
        )
    return write_roster(export, rows)


def write_roster(export: Export, rows: Sequence[Mapping[str, Any]], **columns: Any) -> Roster:
    assert export.connection is not None
    where = {"account_id": export.connection.account_id, "list_id": export.list_id}
    changes = {"file": stored("rosters", ROSTER, rows), "read_at": timezone.now(), **columns}
    return Roster.objects.update_or_create(**where, defaults=changes)[0]


def roster_rows(export: Export) -> dict[str, dict[str, Any]]:
    """What the roster says now, by address."""
    path = local_copy(Roster.objects.get(list_id=export.list_id).file)
    cursor = duckdb.connect().execute("SELECT * FROM read_parquet($path)", {"path": str(path)})
    names = [column[0] for column in cursor.description or ()]
    return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


def opted_out(export: Export, *addresses: str) -> None:
    assert export.connection is not None
    rows = [{"email": each, "kind": "opted_out", "at": LONG_AGO, "source": "Contact"} for each in addresses]
    changes = {"file": stored("opt_outs", OPT_OUTS, rows), "read_at": timezone.now(), "read_all_at": timezone.now()}
    OptOuts.objects.update_or_create(account_id=export.connection.account_id, defaults=changes)


def about_to_remove(export: Export, rows: Sequence[Mapping[str, Any]], **columns: Any) -> Run:
    """A run whose plan has these rows, and that has sent all it had to: its next stage is REMOVE."""
    export.leavers, export.former_addresses = Export.Leavers.REMOVE, Export.FormerAddresses.REMOVE
    export.save()
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["disposition"]] = counts.get(row["disposition"], 0) + 1
    return Run.objects.create(
        **{
            "export": export,
            "stage": Run.Stage.REMOVE,
            "configuration": freeze(export),
            "plan_file": stored("plans", PLAN, [{"profile_id": "9", "reason": "", **row} for row in rows]),
            "counts": counts,
            "planned_at": timezone.now(),
            "started_at": timezone.now() - timedelta(minutes=1),
            "list_checked_at": timezone.now(),
            **columns,
        }
    )


def leavers(*addresses: str) -> list[dict[str, Any]]:
    return [{"email": each, "disposition": "leaver", "reason": "remove"} for each in addresses]


def names(count: int) -> list[str]:
    return [f"leaver-{number:05}@example.com" for number in range(count)]


def utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
