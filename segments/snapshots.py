"""Keeps the profiles of a source as Parquet snapshots in Django's default storage: `sources/<id>/<uuid>.parquet`.

A snapshot is written once and then only read. Which one counts is said by one column of one row, so a reader sees the
old profiles or the new ones and nothing between. Why so: docs/decisions/0002-profile-snapshots.md.
"""

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from django.core.files import File
from django.core.files.storage import Storage, default_storage
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from .engine import snapshot_cache
from .errors import SourceUnavailableError
from .models import ProfileSource

KEPT = timedelta(days=1)  # longer than any run, count or page that may have begun on an older snapshot


class _Movable(File):
    """A finished file on this host: storage on disk takes it by renaming it, and does not copy it."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def store_snapshot(source_id: int, parquet: Path) -> str:
    """Store a finished file and return its name. The source does not use it before it is told to."""
    return store_parquet(_folder(source_id), parquet)


def store_parquet(folder: str, parquet: Path) -> str:
    """Store a finished file under a name of its own in `folder`, and return that."""
    with parquet.open("rb") as file:
        return default_storage.save(f"{folder}/{uuid.uuid4()}.parquet", _Movable(file, name=str(parquet)))


@contextmanager
def snapshot_path(source: ProfileSource) -> Iterator[Path]:
    """Give the path of the source's profiles on this host: the stored file itself, or a copy of a remote one.

    The path stays good after the block too, for as long as a run may take. Raises SourceUnavailableError.
    """
    if not source.snapshot:
        raise SourceUnavailableError(
            _("The profile source “%(source)s” has no profiles yet. Upload a file to it first."), source=source.name
        )
    try:
        path = local_copy(source.snapshot, default_storage)
    except OSError:
        raise SourceUnavailableError(
            _(
                "The profiles of “%(source)s” can't be read from the storage. "
                "Try again later, or upload the file again."
            ),
            source=source.name,
        ) from None
    yield path


def local_copy(name: str, storage: Storage) -> Path:
    """Return where the stored file `name` is on this host, fetching it once if it lives elsewhere.

    Raises OSError when there is no such file or the storage does not answer.
    """
    try:
        path = Path(storage.path(name))
    except NotImplementedError:
        return _fetched(name, storage)
    path.stat()  # fail here, with an OSError, and not in the middle of a query
    return path


def _fetched(name: str, storage: Storage) -> Path:
    cached = _cached(name)
    if cached.exists():
        os.utime(cached)
        return cached
    snapshot_cache().mkdir(parents=True, exist_ok=True)
    _forget_unused_copies()
    with tempfile.TemporaryDirectory(dir=snapshot_cache()) as directory:
        copy = Path(directory) / "copy"
        try:
            with storage.open(name) as remote, copy.open("wb") as file:
                shutil.copyfileobj(remote, file, 4 * 1024 * 1024)
        except Exception as error:  # each kind of storage raises errors of its own library
            raise OSError(f"{name} cannot be fetched") from error
        os.replace(copy, cached)  # whole or not at all: another process may be fetching the same
    return cached


def _cached(name: str) -> Path:
    return snapshot_cache() / name.replace("/", "-")


def _forget_unused_copies() -> None:
    for copy in filter(Path.is_file, snapshot_cache().iterdir()):
        if time.time() - copy.stat().st_mtime > KEPT.total_seconds():
            copy.unlink(missing_ok=True)


def delete_replaced(folder: str, present: str) -> None:
    """Delete the files in `folder` that were replaced more than a day ago; `present` is the one in use, if any.

    What was replaced since may still be read by somebody who began before. A file was replaced when the next
    one was written; when the last one went out of use nobody wrote down, so its own age counts.
    """
    ages = sorted((default_storage.get_modified_time(name), name) for name in _stored(folder))
    if ages and not present:
        ages.append((ages[-1][0], present))
    for (_written, name), (replaced_at, _next) in pairwise(ages):
        if replaced_at < timezone.now() - KEPT and name != present:
            default_storage.delete(name)


def delete_superseded(source: ProfileSource) -> None:
    """Delete the snapshots of the source that were replaced more than a day ago."""
    delete_replaced(_folder(source.pk), source.snapshot)


def delete_upload(name: str) -> None:
    """Delete an uploaded file that has served its purpose. A file of the command line ("") is not ours to delete."""
    if name:
        default_storage.delete(name)
        _cached(name).unlink(missing_ok=True)


def delete_all_snapshots(source_id: int) -> None:
    """Delete every snapshot of a source that no longer exists."""
    delete_folder(_folder(source_id))


def delete_folder(folder: str) -> None:
    for name in _stored(folder):
        default_storage.delete(name)


def _folder(source_id: int) -> str:
    return f"sources/{source_id}"


def _stored(folder: str) -> list[str]:
    try:
        return [f"{folder}/{file_name}" for file_name in default_storage.listdir(folder)[1]]
    except FileNotFoundError:
        return []
