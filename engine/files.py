"""Files in the store: Django's default storage, so that every host finds them. Each is written once, then only read.

Whatever the storage raises comes out of here as StorageUnavailableError, or FileNotFoundError for a file that is gone.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone

from . import copies
from .outages import StorageUnavailableError, storage_outages

logger = logging.getLogger(__name__)

YOUNG = timedelta(days=1)


class _Movable(File):  # type: ignore[type-arg]  # it takes none when it runs
    """A finished file on this host: storage on disk takes it by renaming it, and does not copy it."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def store(folder: str, content: Path | File[Any], suffix: str = "") -> str:
    """Store a file under a name of its own in `folder`, and return that. A finished file given by its path is moved.

    What can't be stored whole leaves nothing behind. Raises StorageUnavailableError.
    """
    name = f"{folder}/{uuid.uuid4()}{suffix}"
    try:
        with storage_outages():
            if isinstance(content, File):
                return default_storage.save(name, content)
            with content.open("rb") as file:
                return default_storage.save(name, _Movable(file, name=str(content)))
    except BaseException:
        discard(name)
        raise


def local_copy(name: str) -> Path:
    """Return where the stored file is on this host: itself on a disk, else a copy that is fetched once.

    The path stays good for an hour at least, so for as long as a run plans. Raises FileNotFoundError when the file is
    gone, and StorageUnavailableError when that can't be told.
    """
    with storage_outages():
        try:
            return _found(name)
        except FileNotFoundError:
            if _is_empty():
                raise StorageUnavailableError("the storage is empty") from None
            raise


def _found(name: str) -> Path:
    try:
        path = Path(default_storage.path(name))
    except NotImplementedError:  # the storage is not this host's disk
        return copies.copy_of(name)
    path.open("rb").close()  # fail here, with an OSError, and not in the middle of a query
    return path


def _is_empty() -> bool:
    """A folder on which nothing is mounted and a bucket that is no more have no file at all, not even this one."""
    try:
        folders, files = default_storage.listdir("")
    except FileNotFoundError:
        return True
    except NotImplementedError:
        return False
    return not folders and not files


def discard(name: str) -> bool:
    """Delete a stored file and its copy here; one that is gone already is no error, nor is "".

    False: the storage does not answer. It stays until the daily sweep, so whoever calls forgets its name all the same.
    """
    if not name:
        return True
    copies.forget(name)
    try:
        with storage_outages():
            default_storage.delete(name)
    except FileNotFoundError:
        pass
    except StorageUnavailableError as error:
        logger.warning("A file in %s could not be deleted: %s", name.partition("/")[0], error.detail)
        return False
    return True


def names_in(folder: str) -> list[str]:
    """Return the names of the files directly in a folder. Raises StorageUnavailableError."""
    return [f"{folder}/{each}" for each in _listed(folder)[1]]


def folders_in(folder: str) -> list[str]:
    """Return the folders directly in a folder. Raises StorageUnavailableError."""
    return [f"{folder}/{each}" for each in _listed(folder)[0]]


def written_at(name: str) -> datetime:
    """Return when a file was stored. Raises FileNotFoundError or StorageUnavailableError."""
    with storage_outages():
        return default_storage.get_modified_time(name)


def discard_old(folder: str, *, apart_from: Iterable[str] = ()) -> None:
    """Delete the files directly in a folder that are older than a day, but those that are needed.

    What is needed is read after the files are: what was stored a moment ago has its name by then, or is young.
    Raises StorageUnavailableError.
    """
    names = names_in(folder)
    needed = set(apart_from)
    for name in names:
        with suppress(FileNotFoundError):  # another worker was quicker
            if name not in needed and written_at(name) < timezone.now() - YOUNG:
                discard(name)


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        with storage_outages():
            folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
    return list(folders), list(files)
