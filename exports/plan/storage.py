"""Where plans are kept: see engine.files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine import files
from engine.files import discard as discard


@contextmanager
def local_copy(name: str) -> Iterator[Path]:
    """Give the stored file as a path on this host. Raises FileNotFoundError or StorageUnavailableError."""
    yield files.local_copy(name)
