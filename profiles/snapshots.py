"""Keeps the profiles of a source as Parquet snapshots in Django's default storage: `sources/<id>/<uuid>.parquet`.

A snapshot is written once and then only read. Which one counts is said by one column of one row, so a reader sees the
old profiles or the new ones and nothing between. Why so: docs/decisions/0002-profile-snapshots.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from engine.files import discard, local_copy, names_in, store, written_at
from engine.outages import StorageUnavailableError

from .errors import SourceUnavailableError
from .models import ProfileSource

KEPT = timedelta(days=1)  # longer than any run, count or page that may have begun on an older snapshot


def store_snapshot(source_id: int, parquet: Path) -> str:
    """Store a finished file and return its name. The source does not use it before it is told to."""
    return store_parquet(_folder(source_id), parquet)


def store_parquet(folder: str, parquet: Path) -> str:
    """Store a finished file under a name of its own in `folder`, and return that. Raises StorageUnavailableError."""
    return store(folder, parquet, ".parquet")


@contextmanager
def snapshot_path(source: ProfileSource) -> Iterator[Path]:
    """Give the path of the source's profiles on this host: the stored file itself, or a copy of a remote one.

    The path stays good after the block too, for as long as a run may take. Raises SourceUnavailableError when there
    are no profiles, and StorageUnavailableError while that can't be told.
    """
    if not source.snapshot:
        raise SourceUnavailableError("source_empty", source=source.name)
    try:
        path = local_copy(source.snapshot)
    except FileNotFoundError:
        raise SourceUnavailableError("source_file_gone", source=source.name) from None
    yield path


def delete_replaced(folder: str, present: str) -> None:
    """Delete the files in `folder` that went out of use more than a day ago; `present` is the one in use, if any.

    What was replaced since may still be read by somebody who began before. A file was replaced when the next
    one was written; of the last one nobody wrote down when, so its own age counts. Raises StorageUnavailableError.
    """
    ages = sorted(_ages(folder))
    replaced_at = [written for written, _name in ages[1:]] + [written for written, _name in ages[-1:]]
    for (_written, name), since in zip(ages, replaced_at, strict=True):
        if since < timezone.now() - KEPT and name != present:
            discard(name)


def _ages(folder: str) -> Iterator[tuple[datetime, str]]:
    for name in names_in(folder):
        try:
            yield written_at(name), name
        except FileNotFoundError:  # another worker was quicker
            continue


def delete_superseded(source: ProfileSource) -> None:
    """Delete the snapshots of the source that were replaced more than a day ago."""
    delete_replaced(_folder(source.pk), source.snapshot)


def delete_all_snapshots(source_id: int) -> None:
    """Delete every snapshot of a source that no longer exists. What can't be deleted now, the daily sweep deletes."""
    delete_folder(_folder(source_id))


def delete_folder(folder: str) -> None:
    with suppress(StorageUnavailableError):
        for name in names_in(folder):
            discard(name)


def _folder(source_id: int) -> str:
    return f"sources/{source_id}"
