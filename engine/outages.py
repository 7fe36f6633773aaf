"""Storage away, or a disk that is full: one error for whatever the kind of storage, the disk and DuckDB say of it.

It is an outage like that of any service: whoever works unattended waits and tries again, whoever serves a page says it.
A file that is missing is none: that stays FileNotFoundError. Why so: docs/decisions/0012-storage-is-an-outage.md.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import duckdb
from django.utils.translation import gettext_noop as _

from web.messages import Message, MessageError, Text, register

MAX_WAITS = 60  # with the gaps below, most of five hours
MAX_GAP = timedelta(minutes=5)

register(
    {
        "storage_unreachable": Text(
            _("The file storage can't be reached at the moment, and nothing was changed."),
            _("Try again in a minute. If it stays like this, tell whoever operates this application."),
        ),
        "disk_full": Text(
            _("The disk is full, so nothing can be stored, and nothing was changed."),
            _("Tell whoever operates this application: it works again as soon as there is room."),
        ),
        # Of what works unattended
        "waits_for_storage": Text(
            _("The file storage can't be reached."),
            _("This goes on by itself as soon as it can. If it takes long, tell whoever operates this application."),
        ),
        "waits_for_room": Text(
            _("The disk is full."),
            _("This goes on by itself as soon as there is room: tell whoever operates this application."),
        ),
    }
)

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_AWAY = {errno.EIO, errno.EACCES, errno.EPERM, errno.EROFS, errno.ESTALE, errno.ENOTCONN, errno.ENODEV, errno.ENXIO}
# Of S3-compatible storage: Amazon has no such limit, others do.
_FULL_CODES = {"XMinioStorageFull", "InsufficientStorage", "QuotaExceeded", "507"}
_MISSING_CODES = {"404", "NoSuchKey", "NotFound"}


class StorageUnavailableError(MessageError):
    """The storage or this host's disk can't be used now; waiting may cure it. Nothing says that a file is gone.

    `is_full`: there is no room, else it can't be reached. `detail` says what failed: short, no path, no secret.
    `message` is for a page, `waiting` for what goes on by itself.
    """

    def __init__(self, detail: str = "", *, is_full: bool = False) -> None:
        super().__init__("disk_full" if is_full else "storage_unreachable")
        self.detail, self.is_full = detail, is_full

    @property
    def waiting(self) -> Message:
        return Message("waits_for_room" if self.is_full else "waits_for_storage")


def outage_gap(waits: int) -> timedelta:
    """Return how long to wait after so many tries in vain: 10, 20, 40 … seconds up to five minutes."""
    return min(timedelta(seconds=10 * 2 ** min(waits, 10)), MAX_GAP)


@contextmanager
def disk_outages() -> Iterator[None]:
    """Raise StorageUnavailableError for what, within the block, this host's disk or DuckDB says of a disk.

    All other errors pass: the block may do other things too, and speak with other services.
    """
    try:
        yield
    except (OSError, duckdb.Error) as error:
        outage = outage_of(error)
        if outage is None:
            raise
        raise outage from error


@contextmanager
def storage_outages() -> Iterator[None]:
    """Raise StorageUnavailableError for what, within the block, the storage says; FileNotFoundError for a missing file.

    For the block alone that asks the storage and nothing else: each kind raises errors of its own library.
    """
    try:
        yield
    except (StorageUnavailableError, FileNotFoundError, FileExistsError):
        raise
    except Exception as error:
        if _code(error) in _MISSING_CODES:
            raise FileNotFoundError("The storage has no such file.") from error
        if not isinstance(error, OSError) and _library(error) in {"builtins", "django"}:
            raise  # a mistake of ours, which no waiting cures
        raise StorageUnavailableError(_detail(error), is_full=any(map(_says_full, _causes(error)))) from error


def outage_of(error: BaseException | None) -> StorageUnavailableError | None:
    """Return the outage of a disk that an error tells of, else None."""
    if isinstance(error, StorageUnavailableError):
        return error
    if isinstance(error, OSError) and _library(error) == "builtins" and error.errno in _FULL | _AWAY:
        return StorageUnavailableError(_detail(error), is_full=error.errno in _FULL)
    if isinstance(error, duckdb.Error):
        return _outage_of_duckdb(error)
    return None


def _outage_of_duckdb(error: duckdb.Error) -> StorageUnavailableError | None:
    """DuckDB passes on the system's words, and refuses to fill the last tenth of a disk with what it spills."""
    text = str(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        return StorageUnavailableError("DuckDB: no room to spill", is_full=True) if "max_temp_dir" in text else None
    if not isinstance(error, duckdb.IOException | duckdb.FatalException):
        return None  # a database that is read through the engine says "Permission denied" of its own tables
    number = next((number for number in _FULL | _AWAY if os.strerror(number) in text), None)
    if number is None:
        return None
    return StorageUnavailableError(f"DuckDB: {errno.errorcode[number]}", is_full=number in _FULL)


def _says_full(error: BaseException) -> bool:
    return (isinstance(error, OSError) and error.errno in _FULL) or _code(error) in _FULL_CODES


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came of: an upload that failed hides what the service answered."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _code(error: BaseException) -> str:
    """What an S3-compatible service answered, as botocore keeps it."""
    answer: Any = getattr(error, "response", None)
    found = answer.get("Error") if isinstance(answer, dict) else None
    return str(found.get("Code", "")) if isinstance(found, dict) else ""


def _detail(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    known = errno.errorcode.get(number, "") if isinstance(number, int) else ""
    codes = [known, *(re.sub(r"[^A-Za-z0-9_]", "", _code(each))[:40] for each in _causes(error))]
    return " ".join([type(error).__name__, *dict.fromkeys(filter(None, codes))])


def _library(error: BaseException) -> str:
    return type(error).__module__.partition(".")[0]
