"""A file of addresses becomes suppressions: it is counted at once, and added when somebody says so, by the queue.

The new addresses wait in a file of the storage, `suppressions/<uuid>.parquet`, numbered. They are added piece by piece:
a transaction moves the mark `added` of the row from where it was and writes the rows behind it, so a killed worker has
done a piece or not, and of two at once only one has. The file goes when the last is added, or after a day.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from duckdb import DuckDBPyConnection

import audit_trail
from connections.models import Connection
from engine.files import discard, discard_old, local_copy, store
from engine.outages import StorageUnavailableError
from engine.sessions import open_engine, workspace
from exports.models import Suppression, SuppressionUpload
from exports.people.suppressions import key_maker
from exports.plan.sql import number_of, quoted
from jobs.limits import LIMITS
from jobs.queue import enqueue

from .suppression_files import FileRefusedError, addresses_in

logger = logging.getLogger(__name__)

FOLDER = "suppressions"
PIECE = 5_000
MEMORY = "256MB"  # of the engine, beside a page that somebody waits for
SHOWN_LINES = 20  # of those that hold no address
KEPT = timedelta(days=1)

_SILENT = timedelta(seconds=LIMITS.suppressions.silent)  # so long after its last piece somebody else goes on
State = SuppressionUpload.State


def count(file: IO[bytes], name: str, *, connection: Connection | None, reason: str, by: Any) -> SuppressionUpload:
    """Read a file and return what it holds. Nobody is suppressed yet.

    Raises FileRefusedError, ImportRefusedError or StorageUnavailableError; then nothing is kept.
    """
    account_id = connection.account_id if connection else ""
    with workspace() as folder:
        invalid, lines = _write_down(file, folder / "read.csv")
        with open_engine(MEMORY, reach=[folder]) as duck:
            repeated, present, new = _compare(duck, folder, account_id)
        stored = store(FOLDER, folder / "new.parquet", ".parquet") if new else ""
    return SuppressionUpload.objects.create(
        name=name[:255],
        reason=reason,
        state=State.COUNTED,
        file=stored,
        connection=connection,
        account_id=account_id,
        created_by=by,
        new=new,
        present=present,
        repeated=repeated,
        invalid=invalid,
        invalid_lines=lines,
    )


def add(upload: SuppressionUpload, *, by: Any) -> bool:
    """Have the counted addresses added. False: somebody did so already, or they were discarded."""
    with transaction.atomic():
        begun = SuppressionUpload.objects.filter(pk=upload.pk, state=State.COUNTED, new__gt=0)
        if not begun.update(state=State.ADDING, worked_at=timezone.now()):
            return False
        audit_trail.record(upload, "suppressions_uploaded", by=by, count=upload.new)
        enqueue(LIMITS.suppressions, upload.pk)
    return True


def drop(upload: SuppressionUpload) -> bool:
    """Forget a file that was counted. False: it is being added."""
    dropped = SuppressionUpload.objects.filter(pk=upload.pk, state=State.COUNTED).update(state=State.DISCARDED, file="")
    if dropped:
        discard(upload.file)
    return bool(dropped)


def left_behind(before: datetime) -> QuerySet[SuppressionUpload, int]:
    """Those that nobody has worked on for a while."""
    rows = SuppressionUpload.objects.filter(state=State.ADDING, worked_at__lt=before - _SILENT)
    return rows.order_by("pk").values_list("pk", flat=True)


def go_on(upload_id: int) -> None:
    """Add as many as one message may. It may come twice."""
    rows = SuppressionUpload.objects.filter(pk=upload_id, state=State.ADDING)
    if not rows.update(attempts=F("attempts") + 1, worked_at=timezone.now()):
        return
    upload = rows.get()
    if upload.attempts > LIMITS.suppressions.attempts:
        _fail(upload, "attempts")
        return
    ends_at = time.monotonic() + (LIMITS.suppressions.work or 0)
    try:
        for piece in _pieces(upload):
            if not _add_piece(upload, piece):
                return  # another worker is at it
            if time.monotonic() > ends_at:
                enqueue(LIMITS.suppressions, upload.pk)
                return
    except FileNotFoundError:
        _fail(upload, "file gone")
        return
    except StorageUnavailableError as error:  # it is looked for again in a minute
        rows.update(attempts=0)
        logger.warning("Addresses of upload %s wait for the storage: %s", upload.pk, error.detail)
        return
    if rows.filter(added=upload.new).update(state=State.ADDED, file="", attempts=0):
        discard(upload.file)


def sweep_suppression_uploads() -> None:
    """Forget files that were counted and never added, and files of no row. Raises StorageUnavailableError."""
    for upload in SuppressionUpload.objects.filter(state=State.COUNTED, created_at__lt=timezone.now() - KEPT):
        drop(upload)
    discard_old(FOLDER, apart_from=SuppressionUpload.objects.exclude(file="").values_list("file", flat=True))


def _write_down(file: IO[bytes], path: Path) -> tuple[int, list[int]]:
    """Write line, address and key of each valid address; return how many lines hold none, and the first of these."""
    key_of, filled, invalid = key_maker(), 0, 0
    lines: list[int] = []
    with path.open("w", encoding="ascii") as out:
        for line, address in addresses_in(file):
            filled += 1
            if address:
                out.write(f"{line}\t{address}\t{key_of(address)}\n")
                continue
            invalid += 1
            if len(lines) < SHOWN_LINES:
                lines.append(line)
    if not filled:
        raise FileRefusedError("suppressions.empty")
    return invalid, lines


def _compare(duck: DuckDBPyConnection, folder: Path, account_id: str) -> tuple[int, int, int]:
    """How many addresses are repeated in the file, there already, and new; the new ones are written down."""
    rows = Suppression.objects.active().filter(account_id__in={"", account_id}).order_by()
    with (folder / "present.csv").open("w", encoding="ascii") as out:
        out.writelines(f"{key}\n" for key in rows.values_list("key", flat=True).iterator(chunk_size=20_000))
    form = "delim = '\t', quote = '', escape = '', header = false, auto_detect = false"
    duck.execute(f"""
        CREATE TEMP TABLE read AS FROM read_csv('{quoted(folder / "read.csv")}', {form},
            columns = {{line: 'BIGINT', email: 'VARCHAR', key: 'VARCHAR'}})
    """)
    duck.execute(f"""
        CREATE TEMP TABLE present AS FROM read_csv('{quoted(folder / "present.csv")}', {form},
            columns = {{key: 'VARCHAR'}})
    """)
    duck.execute("CREATE TEMP TABLE once AS SELECT min(line) AS line, email, key FROM read GROUP BY email, key")
    duck.execute(f"""
        COPY (SELECT row_number() OVER (ORDER BY line) AS number, email, key FROM once ANTI JOIN present USING (key))
        TO '{quoted(folder / "new.parquet")}' (FORMAT parquet, COMPRESSION zstd)
    """)  # noqa: S608 - paths of ours
    read, once = (number_of(duck, f"SELECT count(*) FROM {table}") for table in ("read", "once"))  # noqa: S608
    new = number_of(duck, "SELECT count(*) FROM once ANTI JOIN present USING (key)")
    return read - once, once - new, new


Piece = Sequence[tuple[int, str, str]]  # number, address, key


def _pieces(upload: SuppressionUpload) -> Iterator[Piece]:
    """What is not added yet. Raises FileNotFoundError or StorageUnavailableError."""
    path = local_copy(upload.file)
    with open_engine(reach=[path]) as duck:
        cursor = duck.execute(
            "SELECT number, email, key FROM read_parquet($path) WHERE number > $added ORDER BY number",
            {"path": str(path), "added": upload.added},
        )
        while piece := cursor.fetchmany(PIECE):
            yield piece


def _add_piece(upload: SuppressionUpload, piece: Piece) -> bool:
    """False: somebody else has added it."""
    last = int(piece[-1][0])
    with transaction.atomic():
        rows = SuppressionUpload.objects.filter(pk=upload.pk, state=State.ADDING, added=upload.added)
        if not rows.update(added=last, worked_at=timezone.now(), attempts=0):
            return False
        Suppression.objects.bulk_create(
            (
                Suppression(
                    email=email,
                    key=key,
                    connection_id=upload.connection_id,
                    account_id=upload.account_id,
                    upload_id=upload.pk,
                    reason=upload.reason,
                    created_by_id=upload.created_by_id,
                )
                for _number, email, key in piece
            ),
            ignore_conflicts=True,  # who was suppressed meanwhile stays so
        )
    upload.added = last
    return True


def _fail(upload: SuppressionUpload, why: str) -> None:
    logger.warning("Upload %s of suppressions failed: %s", upload.pk, why)
    if SuppressionUpload.objects.filter(pk=upload.pk, state=State.ADDING).update(state=State.FAILED, file=""):
        discard(upload.file)
