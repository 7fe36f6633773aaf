"""Ingests a file: recognises it, writes its snapshot, checks its key, describes its columns.

Everything that takes long is here, and nothing here touches the database: it runs in a thread of its own while
profiles.imports.lifecycle keeps the import's row alive.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
from sqlglot import exp

from engine.cancellation import StoppedError
from engine.outages import disk_outages
from engine.sessions import only_row, open_engine, workspace
from profiles.attributes import Attribute, masked
from profiles.describe import describe
from profiles.errors import ImportRefusedError
from profiles.files.encodings import Report
from profiles.files.options import ReadingOptions
from profiles.files.padding import trim_padding
from profiles.files.parquet import ParquetForm
from profiles.files.recognise import FileForm, copy_into_snapshot, recognise_file, threads_for
from profiles.snapshots import store_snapshot
from profiles.value_types import count_where, filled
from web.messages import Message

# Of the way, in percent: where the engine's copy begins and ends, and where the keys are checked.
COPIED_FROM, COPIED_TO, CHECKED = 20, 60, 70


@dataclass(frozen=True)
class IngestedFile:
    """What became of a file: where its profiles are stored, and what they look like."""

    snapshot: str
    rows: int
    attributes: Sequence[Attribute]
    form: FileForm
    warnings: Sequence[Message] = ()


class Progress:
    """How far an ingestion is, in percent. Written by its thread; while the engine works, the engine knows better."""

    def __init__(self) -> None:
        self.percent = 0.0
        self._engine: duckdb.DuckDBPyConnection | None = None
        self._stretch = (0, 0)
        self._is_stopped = False

    @contextmanager
    def following(self, duck: duckdb.DuckDBPyConnection, start: int, end: int) -> Iterator[None]:
        """Ask the engine how far it is, for a stretch of the way."""
        self._engine, self._stretch = duck, (start, end)
        try:
            yield
        finally:
            self._engine = None  # also when the file is refused: a closed engine can't be asked
        self.percent = end

    def between(self, start: float, end: float) -> Report:
        def report(share: float) -> None:
            if self._is_stopped:
                raise StoppedError
            self.percent = start + (end - start) * share

        return report

    def current(self) -> int:
        """Return the percent done now."""
        engine, (start, end) = self._engine, self._stretch
        try:
            share = engine.query_progress() if engine else -1
        except duckdb.ConnectionException:  # closed just now
            share = -1
        if share > 0:  # of several queries the next begins anew: never go back
            self.percent = max(self.percent, start + (end - start) * share / 100)
        return round(self.percent)

    def stop(self) -> None:
        """Nobody waits for the ingestion any more: end it at the next occasion."""
        self._is_stopped = True
        if self._engine:
            self._engine.interrupt()


def ingest(
    path: Path,
    source_id: int,
    key: str,
    updated: str,
    progress: Progress,
    known: Sequence[Attribute] = (),
    options: ReadingOptions | None = None,
) -> IngestedFile:
    """Store the profiles of the file at `path` and return what they look like. The source does not change yet.

    `known` are the attributes of the file before; `options` are what a person chose about how it is read.

    Raises ImportRefusedError, or StorageUnavailableError when storage or disk are away; then nothing is stored.
    """
    with disk_outages():
        form = recognise_file(path, progress.between(0, 10), **(options or {}))
    check_columns(form.names, key, updated)
    with workspace() as directory:
        parquet = directory / "profiles.parquet"
        with _enough_memory(form), open_engine(reach=[path, directory], threads=threads_for(form)) as duck:
            with progress.following(duck, COPIED_FROM, COPIED_TO):
                warnings = copy_into_snapshot(duck, path, form, parquet, progress.between(10, COPIED_FROM))
                trim_padding(duck, parquet, form.names)
            with progress.following(duck, COPIED_TO, CHECKED):
                rows = _check_rows(duck, parquet, key)
            # No key is ever empty, whatever was chosen for the column before it became the key.
            known = [replace(one, words_are_empty=one.words_are_empty and one.name != key) for one in known]
            attributes = describe(duck, parquet, form.names, progress.between(CHECKED, 98), form.types, known)
        return IngestedFile(store_snapshot(source_id, parquet), rows, attributes, form, warnings)


@contextmanager
def _enough_memory(form: FileForm) -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException:
        if isinstance(form, ParquetForm):
            raise ImportRefusedError("parquet_row_groups_too_large") from None
        raise ImportRefusedError("csv_too_many_columns", count=len(form.names)) from None


def check_columns(names: Sequence[str], key: str, updated: str = "") -> None:
    """Raise ImportRefusedError when the file lacks the key column or the column of the last update."""
    for wanted in filter(None, (key, updated)):
        if wanted not in names:
            raise ImportRefusedError("file_column_missing", column=wanted, names=list(names))


def _check_rows(duck: duckdb.DuckDBPyConnection, parquet: Path, key: str) -> int:
    """Return the number of rows. Raise ImportRefusedError when there is none, or the key does not tell them apart."""
    snapshot = exp.func("read_parquet", exp.Literal.string(str(parquet)))
    counts = exp.select(exp.Count(this=exp.Star()), count_where(filled(key))).from_(snapshot)
    rows, with_key = only_row(duck, counts)
    if not rows:
        raise ImportRefusedError("file_without_profiles")
    if with_key < rows:
        raise ImportRefusedError("key_column_empty", column=key, count=rows - with_key, rows=rows)
    _check_unique(duck, snapshot, key)
    return int(rows)


def _check_unique(duck: duckdb.DuckDBPyConnection, snapshot: exp.Expr, key: str) -> None:
    column = exp.column(key, quoted=True)
    count = exp.Count(this=exp.Star())
    keys = exp.select(exp.alias_(column, "k")).from_(snapshot).group_by(column).having(count > 1)
    repeated, example = only_row(
        duck, exp.select(count, exp.Min(this=exp.column("k"))).from_(keys.subquery("repeated"))
    )
    if repeated:
        raise ImportRefusedError("key_column_repeated", column=key, count=repeated, example=masked(example))
