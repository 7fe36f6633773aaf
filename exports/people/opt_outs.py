"""Who of an account opted out of everything or was deleted there: one file for each account, one row for each address.

Columns: email (as plans have it), contact_id, kind (OPTED_OUT or DELETED), at (UTC; null: not told), source (theirs:
Contact, Account or X"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from duckdb import DuckDBPyConnection

from constant_contact import Contact
from engine.files import discard, local_copy, store
from engine.sessions import open_engine, workspace
from exports.models import OptOuts

from .exported import as_address, stage
from .files import FORM, discard_all, local, naive, names_of, quoted, replaced_with
from .suppressions import drop_erased

FOLDER = "opt_outs"
OPTED_OUT, DELETED = "opted_out", "deleted"
MEMORY = "128MB"
_UNSUBSCRIBED = "unsubscribed"


def path_of(account_id: str) -> Path | None:
    """Return where the file of an account is on this host; None: nobody is known, or nobody has looked.

    Raises StorageUnavailableError.
    """
    row = OptOuts.objects.filter(account_id=account_id).first()
    return local(row.file) if row is not None else None


def with_contacts(name: str, contacts: Sequence[Contact]) -> str:
    """Store a new file and return its name: what is in file `name` (may be ""), and these contacts."""
    rows = [each for each in contacts if each.email]
    values = {
        "emails": [each.email for each in rows],
        "ids": [each.contact_id for each in rows],
        "kinds": [OPTED_OUT if each.permission_to_send == _UNSUBSCRIBED else DELETED for each in rows],
        "moments": [naive(each.opt_out_at or each.deleted_at) for each in rows],
        "sources": [each.opt_out_source for each in rows],
    }
    query = f"""
        SELECT DISTINCT ON (email) * FROM (
            SELECT {as_address("email")} AS email, contact_id, kind, "at", source FROM (
                SELECT unnest($emails::VARCHAR[]) AS email, unnest($ids::VARCHAR[]) AS contact_id,
                    unnest($kinds::VARCHAR[]) AS kind, unnest($moments::TIMESTAMP[]) AS "at",
                    unnest($sources::VARCHAR[]) AS source
            )
        )
    """  # noqa: S608 - SQL of ours
    with _engine() as (duck, folder):
        duck.execute(f"CREATE TEMP TABLE found AS {query}", values)
        drop_erased(duck, "found")
        return _store_found(duck, folder, name)


def with_exported(name: str, csv: Path, kind: str, *, rows: int) -> str:
    """Store a new file and return its name: what is in file `name`, and the contacts of an export of one status.

    Raises UnreadableFileError.
    """
    with _engine(csv.parent) as (duck, folder):
        stage(duck, csv, "exported", rows=rows)
        query = f"""
            CREATE TEMP TABLE found AS
            SELECT email, contact_id, CASE WHEN is_opted_out THEN '{OPTED_OUT}' ELSE $kind END AS kind,
                opted_out_at AS "at", source FROM exported
        """  # noqa: S608 - a word of ours
        duck.execute(query, {"kind": kind})
        drop_erased(duck, "found")
        return _store_found(duck, folder, name)


def merged(older: str, newer: str) -> str:
    """Store a new file and return its name: what both hold, the newer one's word for addresses that are in both."""
    with _engine() as (duck, folder):
        duck.execute("CREATE TEMP TABLE found AS SELECT * FROM read_parquet($path)", {"path": str(local_copy(newer))})
        return _store_found(duck, folder, older)


def let_go(account_id: str, there: Path, *, before: datetime) -> None:
    """Take out who was seen on a list that was read at `before`, by Constant Contact's clock, and had opted out or was
    deleted earlier: they came back. `there`: a Parquet file with their addresses as `email`.

    Another process may be replacing the file: then it is left to the next reading.
    """
    row = OptOuts.objects.filter(account_id=account_id).exclude(file="").first()
    path = local(row.file) if row is not None else None
    if row is None or path is None:
        return
    back = """email IN (SELECT email FROM read_parquet($there)) AND ("at" IS NULL OR "at" < $before)"""
    values = {"there": str(there), "before": naive(before), "path": str(path)}
    with _engine(there) as (duck, folder):
        if not duck.execute(f"SELECT count(*) FROM read_parquet($path) WHERE {back}", values).fetchall()[0][0]:  # noqa: S608
            return
        query = f"CREATE TEMP TABLE found AS SELECT * FROM read_parquet($path) WHERE NOT ({back})"  # noqa: S608
        duck.execute(query, values)
        name = _store_found(duck, folder, "")
    if not adopt(OptOuts.objects.filter(pk=row.pk), row, name):
        discard(name)


def adopt(rows: QuerySet[OptOuts], row: OptOuts, name: str, **columns: Any) -> bool:
    """Make a file the one in use, and change columns of its row. False: `rows` has it not, or it has another file."""
    replaced, over = replaced_with(row, name)
    if not rows.filter(file=row.file).update(file=name, replaced=replaced, **columns):
        return False
    discard_all(over)
    return True


def names_in_use() -> set[str]:
    """The files that a row needs, also of readings that go on, and those replaced a moment ago."""
    rows = OptOuts.objects.all()
    return {name for row in rows for name in (*names_of(row), row.reading.get("part", "")) if name}


@contextmanager
def _engine(*reach: Path) -> Iterator[tuple[DuckDBPyConnection, Path]]:
    """An engine and a folder to write in. It reaches what is stored, and what is named."""
    with workspace() as folder, open_engine(MEMORY, reach=[folder, *reach]) as duck:
        yield duck, folder


def _store_found(duck: DuckDBPyConnection, folder: Path, older: str) -> str:
    """Store the table `found`, and of an older file the addresses that it does not have."""
    path, target = local(older), folder / "opt_outs.parquet"
    rows = 'SELECT email, contact_id, kind, "at", source FROM found'
    if path is not None:
        rows += f" UNION ALL SELECT * FROM read_parquet('{quoted(path)}') o ANTI JOIN found USING (email)"  # noqa: S608
    duck.execute(f"COPY ({rows}) TO '{quoted(target)}' ({FORM})")
    return store(FOLDER, target, ".parquet")
