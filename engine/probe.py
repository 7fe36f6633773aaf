"""Does the storage work, and has this host's disk room? Asked by whoever watches, and before a deployment."""

from __future__ import annotations

import tempfile
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from .files import discard, discard_old, store
from .outages import StorageUnavailableError, disk_outages, storage_outages

FOLDER = "probe"
MAX_AGE = 10.0  # seconds: those who ask each second are answered from memory
TIMEOUT = 5.0  # seconds

_ROOM = 64 * 1024


def try_storage() -> None:
    """Write, read and delete one small file, in the storage and on this host's disk. Raises StorageUnavailableError."""
    with disk_outages(), tempfile.TemporaryFile(dir=settings.VAR) as file:
        file.write(bytes(_ROOM))
        file.flush()
    written = uuid.uuid4().bytes
    name = store(FOLDER, ContentFile(written))
    try:
        with storage_outages(), default_storage.open(name) as stored:
            read = stored.read()
    except FileNotFoundError:
        read = b""
    finally:
        is_deleted = discard(name)
    if read != written:
        raise StorageUnavailableError("what was written is not what is read")
    if not is_deleted:
        raise StorageUnavailableError("nothing can be deleted")


def sweep_probes() -> None:
    """Delete what processes left that were killed while they tried. Raises StorageUnavailableError."""
    discard_old(FOLDER)


class StorageState:
    """What `try_storage` found, asked anew when that is MAX_AGE seconds ago; waits for TIMEOUT seconds at most."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked_at = 0.0
        self._about: Any = None
        self._asking: Future[str] | None = None

    def now(self) -> str:
        """Return "ok", "full" or "unavailable"."""
        with self._lock:
            about = settings.STORAGES["default"]
            is_old = time.monotonic() - self._asked_at > MAX_AGE
            if self._asking is None or about != self._about or (is_old and self._asking.done()):
                # On a thread of its own: a storage that swallows packets must not hold up whoever watches.
                pool = ThreadPoolExecutor(1, "storage probe")
                self._about, self._asked_at, self._asking = about, time.monotonic(), pool.submit(_found)
                pool.shutdown(wait=False)
            asking = self._asking
        try:
            return asking.result(timeout=TIMEOUT)
        except TimeoutError:
            return "unavailable"


def _found() -> str:
    try:
        try_storage()
    except StorageUnavailableError as error:
        return "full" if error.is_full else "unavailable"
    return "ok"


state = StorageState()
