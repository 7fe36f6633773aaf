"""Copies of stored files on this host, for storage that is not its disk: fetched once, whole or not at all.

Names are never used twice, so a copy is never out of date. They live under VAR, which nobody else may look into. What
was not used for a day goes, so those of discarded plans go as well; and the oldest go when all together are larger than
LOCAL_COPIES_MAX_BYTES, except what was used within the hour: a query may only be about to open it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage

from .outages import StorageUnavailableError

IN_USE = 60 * 60  # seconds since it was asked for
UNUSED = 24 * 60 * 60
BETWEEN_SWEEPS = 10 * 60
_PIECE = 4 * 1024 * 1024

_swept_at = 0.0


def folder() -> Path:
    """Where the copies of this host are."""
    return Path(settings.VAR) / "copies"


def copy_of(name: str) -> Path:
    """Return where the copy of a stored file is, after fetching it if need be.

    Raises FileNotFoundError, StorageUnavailableError, or what the storage raises.
    """
    copy = _path(name)
    if not _touch(copy):
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(copy):
            if not _touch(copy):
                _fetch(name, copy)
    return copy


def forget(name: str) -> None:
    """Delete the copy of a file here. Queries that have opened it end on it."""
    with suppress(OSError):
        _path(name).unlink(missing_ok=True)


def sweep() -> None:
    """Delete the copies that nobody used for a day, what killed processes left of theirs, and what is too much."""
    shutil.rmtree(Path(settings.VAR) / "snapshots", ignore_errors=True)  # where they were before
    now = time.time()
    for path, used_at, _size in _kept():
        if now - used_at > UNUSED:
            path.unlink(missing_ok=True)
    _make_room(0)


def sweep_now_and_then() -> None:
    """Sweep, unless this process did a few minutes ago. A host without workers has nobody else to do it."""
    global _swept_at
    if time.monotonic() - _swept_at > BETWEEN_SWEEPS:
        _swept_at = time.monotonic()
        with suppress(OSError):
            sweep()


def _path(name: str) -> Path:
    return folder() / name.replace("/", "-")


def _touch(copy: Path) -> bool:
    """Note that a copy is used. False: there is none."""
    try:
        os.utime(copy)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def _alone(copy: Path) -> Iterator[None]:
    """Only one process of this host fetches a file at a time; the others wait and find it."""
    lock = copy.with_name(f".lock-{copy.name}")
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _fetch(name: str, copy: Path) -> None:
    size = _size(name)
    _make_room(size or 0)
    descriptor, part = tempfile.mkstemp(dir=folder(), prefix=".part-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            with default_storage.open(name) as remote:
                shutil.copyfileobj(remote, file, _PIECE)
            file.flush()
            os.fsync(file.fileno())  # a copy that has its name is whole, also after a power cut
            if size is not None and file.tell() != size:
                raise StorageUnavailableError("the file arrived incomplete")
        os.replace(part, copy)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def _size(name: str) -> int | None:
    try:
        return default_storage.size(name)
    except NotImplementedError:
        return None


def _make_room(size: int) -> None:
    """Delete the copies that were not used for longest until one of `size` bytes fits in the limit."""
    kept = sorted(_kept(), key=lambda each: each[1])
    total = size + sum(bytes for _path, _used_at, bytes in kept)
    for path, used_at, bytes in kept:
        if total <= settings.LOCAL_COPIES_MAX_BYTES or time.time() - used_at < IN_USE:
            return
        path.unlink(missing_ok=True)
        total -= bytes


def _kept() -> list[tuple[Path, float, int]]:
    """Each file here, when it was last used, and its size."""
    found = []
    with suppress(FileNotFoundError):
        for path in folder().iterdir():
            with suppress(FileNotFoundError):  # another process was quicker
                stat = path.stat()
                found.append((path, stat.st_mtime, stat.st_size))
    return found
