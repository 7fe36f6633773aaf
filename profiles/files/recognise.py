"""Which kind of file somebody brings, told by its first bytes and never by its name: CSV, Excel or Parquet."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from web.messages import Message

from . import workbook
from .csv_header import HEAD, CsvForm, recognise, recognise_head
from .csv_to_parquet import WIDE, write_snapshot
from .encodings import Report
from .parquet import (
    MARK,
    ParquetForm,
    copy_parquet,
    is_parquet,
    left_out,
    read_end,
    recognise_parquet,
    recognise_parquet_end,
)
from .workbook import WorkbookForm, copy_workbook, recognise_small_workbook, recognise_workbook

FileForm = CsvForm | ParquetForm | WorkbookForm

_KEY = re.compile(r"(^|[^a-z])(id|key|guid|uuid)$|number$|编号$", re.IGNORECASE)
_UPDATED = re.compile(r"updated|modified|changed|更新", re.IGNORECASE)


def recognise_file(
    path: Path, report: Report, *, encoding: str = "", mark_damaged: bool = False, sheet: str = ""
) -> FileForm:
    """Return what the file at `path` is, looking at as much of it as that takes. Raises ImportRefusedError.

    The others are what a person chose (ReadingOptions).
    """
    with path.open("rb") as file:
        head = file.read(len(MARK))
    if head.startswith(workbook.MARK):
        return recognise_workbook(path, sheet)
    return recognise_parquet(path) if is_parquet(head) else recognise(path, report, encoding, mark_damaged=mark_damaged)


def recognise_upload(file: Any, *, encoding: str = "", mark_damaged: bool = False, sheet: str = "") -> FileForm:
    """Return what an open file seems to be, by its beginning or its end. Raises ImportRefusedError.

    The others are what a person chose (ReadingOptions).
    """
    head = file.read(HEAD)
    if head.startswith(workbook.MARK):
        return recognise_small_workbook(file, sheet)
    if not is_parquet(head):
        return recognise_head(head, encoding, mark_damaged=mark_damaged)
    return recognise_parquet_end(read_end(file))


def copy_into_snapshot(
    duck: duckdb.DuckDBPyConnection, path: Path, form: FileForm, parquet: Path, report: Report
) -> list[Message]:
    """Write the profiles of the file at `path` to `parquet`, and return what people should know of how it was read.

    Raises ImportRefusedError.
    """
    if isinstance(form, ParquetForm):
        copy_parquet(duck, path, form, parquet)
        return left_out(form)
    if isinstance(form, WorkbookForm):
        return copy_workbook(duck, path, form, parquet, report)
    return write_snapshot(duck, path, form, parquet, report)


def threads_for(form: FileForm) -> int:
    """Return how many threads may read a file: each needs room for every column."""
    return 1 if len(form.names) > WIDE else 2


def likely_key(names: Sequence[str]) -> str:
    """Return the first column that is called like a key; "" if none is."""
    return next(filter(_KEY.search, names), "")


def likely_updated(names: Sequence[str]) -> str:
    """Return the first column that is called like the moment of the last change; "" if none is."""
    return next(filter(_UPDATED.search, names), "")
