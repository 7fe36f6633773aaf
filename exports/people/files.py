"""What the files of people have in common: where they are, how the engine is told of them, how long replaced ones stay.

Whoever plans has asked for the path of a file and reads it for a while. So one that was replaced stays for longer than
a plan may take; the daily sweep takes what nobody came to take.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from engine.files import discard, local_copy

KEPT = timedelta(hours=1)
FORM = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 40960"


def local(name: str) -> Path | None:
    """Return where a file is on this host; None for "" and for one that is gone. Raises StorageUnavailableError."""
    try:
        return local_copy(name) if name else None
    except FileNotFoundError:
        return None


def replaced_with(row: Any, file: str) -> tuple[list[dict[str, str]], list[str]]:
    """Return what stands in `row.replaced` once `file` takes the place of `row.file`, and the files to discard then."""
    now = timezone.now()
    over = [one for one in row.replaced if _is_over(one)]
    kept = [one for one in row.replaced if one not in over]
    if row.file and row.file != file:
        kept.append({"file": row.file, "at": now.isoformat()})
    return kept, [one["file"] for one in over]


def names_of(row: Any) -> list[str]:
    """Return the files of a row that somebody may read: the one in use, and those replaced a moment ago."""
    return [row.file, *(one["file"] for one in row.replaced if not _is_over(one))] if row.file else []


def _is_over(one: dict[str, str]) -> bool:
    at = parse_datetime(one["at"])
    return at is None or at < timezone.now() - KEPT


def discard_all(names: list[str]) -> None:
    for name in names:
        discard(name)


def quoted(path: Path) -> str:
    """Return a path as it stands between quotes of SQL."""
    return str(path).replace("'", "''")


def naive(moment: datetime | None) -> datetime | None:
    """Return a moment as the engine keeps it: in UTC, without a word about it."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)
