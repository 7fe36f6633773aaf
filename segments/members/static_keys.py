"""The members that a static segment keeps: their keys, as Parquet in the storage, `segments/<id>/<uuid>.parquet`.

A file is written once and then only read; Segment.kept_members says which one counts. Why keys alone:
docs/decisions/0007-segments-evaluated.md.
"""

from pathlib import Path

from engine.files import local_copy
from profiles.errors import SourceUnavailableError
from profiles.snapshots import delete_folder, delete_replaced, store_parquet
from segments.models import Segment

KEY = "key"  # the column of the file


def store_kept(segment_id: int, parquet: Path) -> str:
    """Store a finished file and return its name. The segment does not use it before it is told to."""
    return store_parquet(_folder(segment_id), parquet)


def path_of_kept(segment: Segment) -> Path:
    """Return where the keys are on this host.

    Raises SourceUnavailableError when they are gone, and StorageUnavailableError while that can't be told.
    """
    try:
        return local_copy(segment.kept_members)
    except FileNotFoundError:
        raise SourceUnavailableError("static_members_gone", segment=segment.name) from None


def delete_superseded_kept(segment_id: int, name: str) -> None:
    """Delete the files that went out of use long enough ago that nobody reads them any more."""
    delete_replaced(_folder(segment_id), name)


def delete_kept(segment_id: int) -> None:
    """Delete every file of a segment that no longer exists."""
    delete_folder(_folder(segment_id))


def _folder(segment_id: int) -> str:
    return f"segments/{segment_id}"
