"""Where plans are kept: Django's storage, so that every worker host finds them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.core.files.storage import default_storage


def discard(name: str) -> None:
    """Delete a stored file; one that is gone already is no error."""
    if name:
        default_storage.delete(name)


@contextmanager
def local_copy(name: str) -> Iterator[Path]:
    """Give the stored file as a path on this host: itself on a disk, a copy of it from object storage.

    Raises FileNotFoundError when it is gone.
    """
    try:
        path = Path(default_storage.path(name))
    except NotImplementedError:  # the storage is not this host's disk
        with NamedTemporaryFile(dir=settings.VAR, suffix=".parquet") as copy, default_storage.open(name) as file:
            shutil.copyfileobj(file, copy, 1024 * 1024)
            copy.flush()
            yield Path(copy.name)
        return
    if not path.exists():
        raise FileNotFoundError(name)
    yield path
