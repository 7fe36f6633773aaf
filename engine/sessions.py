"""The embedded engine: DuckDB, fenced in."""

import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings
from django.core.files.storage import default_storage
from sqlglot import exp

from . import copies
from .outages import disk_outages

THREADS = 2
BUFFERS = 0.6  # of the memory limit
ABANDONED = 24 * 60 * 60  # seconds after which a directory can only belong to a process that was killed


@contextmanager
def open_engine(
    memory_limit: str | None = None,
    *,
    buffers: float = BUFFERS,
    reach: Iterable[Path] = (),
    keep_order: bool = False,
    threads: int = THREADS,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty database in memory for the time of the `with` block.

    It spills to a directory of its own under var/. It keeps no order of rows unless `keep_order`: whoever needs
    one says ORDER BY.
    `memory_limit` (default: PLAN_MEMORY_LIMIT) bounds what it takes, of which `buffers` is the part of its buffers: the
    rest is for what it takes beside them. It touches no network, and no files but those of
    the storage, the uploads and what is in `reach` (files or directories). Its settings are locked.

    Raises StorageUnavailableError, also from within the block, when the disk is full or can't be read.
    """
    limit = re.fullmatch(r"\s*([\d.]+)\s*([A-Za-z]+)\s*", memory_limit or settings.PLAN_MEMORY_LIMIT)
    number, unit = limit.groups()  # type: ignore[union-attr]
    with workspace() as directory:
        duck = duckdb.connect(
            config={
                "memory_limit": f"{float(number) * buffers:g}{unit}",
                "threads": threads,
                "temp_directory": str(directory),
                "preserve_insertion_order": keep_order,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        try:
            _fence_in(duck, [directory, *_homes(), *reach])
            yield duck
        finally:
            duck.close()


@contextmanager
def workspace() -> Iterator[Path]:
    """Give work in progress a directory of its own, for the time of the `with` block.

    Raises StorageUnavailableError, also from within the block, when the disk is full or can't be read.
    """
    with disk_outages():
        directory = Path(tempfile.mkdtemp(dir=scratch()))
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)


def only_row(duck: duckdb.DuckDBPyConnection, query: exp.Query) -> tuple[Any, ...]:
    """Return the answer of an aggregate, which is always one row."""
    return duck.execute(query.sql("duckdb")).fetchall()[0]


def create_view(duck: duckdb.DuckDBPyConnection, name: str, query: exp.Query) -> None:
    """Create a temporary view in an engine, in place of one of that name."""
    _create(duck, "VIEW", name, query)


def create_table(duck: duckdb.DuckDBPyConnection, name: str, query: exp.Query) -> None:
    """Create a temporary table in an engine of what a query finds, in place of one of that name."""
    _create(duck, "TABLE", name, query)


def create_numbered_view(duck: duckdb.DuckDBPyConnection, name: str, table: str, place: str) -> None:
    """Create a view of a table that also has the number of each row, as the column `place`."""
    numbered = exp.select(exp.alias_(exp.column("rowid"), place, quoted=True), exp.Star())
    create_view(duck, name, numbered.from_(exp.to_identifier(table, quoted=True)))


def _create(duck: duckdb.DuckDBPyConnection, kind: str, name: str, query: exp.Query) -> None:
    created = exp.Create(
        this=exp.to_identifier(name, quoted=True),
        kind=kind,
        replace=True,
        expression=query,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
    )
    duck.execute(created.sql("duckdb"))


def sweep_scratch() -> None:
    """Remove what killed processes left behind."""
    for directory in scratch().iterdir():
        if time.time() - directory.stat().st_mtime > ABANDONED:
            shutil.rmtree(directory, ignore_errors=True)


def scratch() -> Path:
    """Where work in progress is kept, beside the files it becomes. Each piece has a directory of its own in it."""
    directory = Path(settings.VAR) / "engine"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _homes() -> list[Path]:
    homes = [copies.folder(), Path(settings.FILE_UPLOAD_TEMP_DIR)]
    location = getattr(default_storage, "base_location", None)  # only storage on disk has one
    return [*homes, Path(location)] if location else homes


def _fence_in(duck: duckdb.DuckDBPyConnection, reach: list[Path]) -> None:
    directories = [f"{path}/" for path in reach if not path.is_file()]
    files = [str(path) for path in reach if path.is_file()]
    duck.execute("SET allowed_directories = $paths", {"paths": directories})
    duck.execute("SET allowed_paths = $paths", {"paths": files})
    # Progress can only be asked for when the bar is on; it is never drawn.
    duck.execute("SET enable_progress_bar = true")
    duck.execute("SET enable_progress_bar_print = false")
    duck.execute("SET progress_bar_time = 0")
    # Page by page, not a whole group of rows at once: pyarrow's usual million rows to a group would not fit.
    duck.execute("SET disable_parquet_prefetching = true")
    duck.execute("SET TimeZone = 'UTC'")
    duck.execute("SET enable_external_access = false")
    duck.execute("SET lock_configuration = true")
