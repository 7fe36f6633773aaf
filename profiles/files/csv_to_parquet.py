"""Reads a recognised CSV file into a Parquet snapshot: every value as the text it is, empty ones as null."""

import csv
from contextlib import suppress
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path

import duckdb
from sqlglot import exp

from engine.outages import disk_outages
from profiles.errors import ImportRefusedError
from web.messages import Message

from .csv_header import CHUNK, CsvForm, UnreadableRecordError, records
from .damage import warn_of_marks
from .encodings import Report, TextDecoder

# Row groups by bytes, not by rows: each thread holds one, with room for every column. With more columns one thread
# reads in smaller pieces; measured: docs/decisions/0002-profile-snapshots.md.
WIDE = 100
_COPY = """
COPY (
    SELECT * FROM read_csv(
        $csv, auto_detect = false, columns = $columns, header = true, skip = $skip, parallel = $parallel,
        delim = $delimiter, quote = $quote, escape = $quote, buffer_size = $piece, max_line_size = 2000000
    ) WHERE {filled}
) TO $parquet (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE_BYTES '{group_size}')
"""


def write_snapshot(
    duck: duckdb.DuckDBPyConnection, path: Path, form: CsvForm, parquet: Path, report: Report
) -> list[Message]:
    """Write the profiles of the CSV file at `path` to `parquet`, whose directory also takes interim copies.

    Return what people should know of how it was read. Raises ImportRefusedError with the line at fault when the file
    cannot be read to its end.
    """
    utf_8, tidy = parquet.with_suffix(".utf8.csv"), parquet.with_suffix(".tidy.csv")
    marked_lines: list[int] = []
    warnings: list[Message] = []
    try:
        if form.encoding != "utf-8" or form.marks_damaged:
            marked_lines = _transcode(path, form, utf_8, report)
            path = utf_8
        if not (form.is_plain and copy_csv(duck, path, form, parquet)):
            # Only Python's own reader takes all that is CSV, and names the line at fault. It is slower by far. The
            # engine's serial reader then takes notes of many lines, but of a file that is not tidy it may leave out
            # the end.
            rows, warnings = _tidy(path, form, tidy, report)
            copied = copy_csv(duck, tidy, replace(form, skip=0), parquet, parallel=False)
            if copied is None:
                raise ImportRefusedError("csv_line_too_long")
            if copied != rows:
                raise AssertionError(f"Of {rows} rows {copied} were read.")
        if form.marks_damaged and marked_lines:
            warnings += warn_of_marks(duck, parquet, form.names, form.encoding_label, marked_lines)
        return warnings
    finally:
        for interim in (utf_8, tidy):
            with suppress(OSError):  # their directory is deleted anyway, and whatever is raised here says more
                interim.unlink(missing_ok=True)


def copy_csv(
    duck: duckdb.DuckDBPyConnection, csv_path: Path, form: CsvForm, parquet: Path, *, parallel: bool = True
) -> int | None:
    """Copy a CSV file into a snapshot and return the number of rows; None when the engine can't read it that way.

    The snapshot is there only when it is whole: the engine clears away an attempt that failed some time later, and once
    took along what the next one wrote.
    """
    is_wide = len(form.names) > WIDE
    attempt = parquet.with_suffix(".parallel.parquet" if parallel else ".serial.parquet")
    values = {
        "csv": str(csv_path),
        "columns": dict.fromkeys(form.names, "VARCHAR"),
        "skip": form.skip,
        "delimiter": form.delimiter,
        "quote": form.quote,
        "parquet": str(attempt),
        "piece": 4_000_000 if is_wide else 32_000_000,
        "parallel": parallel,
    }
    # A blank line is a row only where rows have one column.
    filled = exp.column(form.names[0], quoted=True).is_(exp.null()).not_() if len(form.names) == 1 else exp.true()
    query = _COPY.format(filled=filled.sql("duckdb"), group_size="8MB" if is_wide else "16MB")
    try:
        with disk_outages():
            rows = int(duck.execute(query, values).fetchall()[0][0])
            attempt.replace(parquet)
            return rows
    except (duckdb.OutOfMemoryException, duckdb.InterruptException):
        raise  # say nothing of the file's contents
    except duckdb.Error:  # its message quotes the line, and with it somebody's personal data
        return None


def _transcode(path: Path, form: CsvForm, target: Path, report: Report) -> list[int]:
    """Return the first lines that hold a mark."""
    decoder = TextDecoder(form.encoding, mark_damaged=form.marks_damaged)
    size, done = path.stat().st_size, 0
    with path.open("rb") as file, target.open("wb") as out:
        while chunk := file.read(CHUNK):
            text = decoder.decode(chunk, final=done + len(chunk) >= size)
            if "\0" in text:
                raise ImportRefusedError("csv_not_text")
            out.write(text.encode("utf-8"))
            done += len(chunk)
            report(done / size)
    return decoder.marked_lines


def _tidy(path: Path, form: CsvForm, target: Path, report: Report) -> tuple[int, list[Message]]:
    """Write the same values again with one kind of line end and as many values in each row as the header has names.

    Return how many rows there are.
    """
    rows, short_rows, first_short = 0, 0, 0
    size, width = path.stat().st_size, len(form.names)
    with path.open("rb") as raw, target.open("w", newline="", encoding="utf-8") as out:
        # Everything quoted: Python before 3.13 leaves a bare carriage return in a value unquoted.
        writer = csv.writer(
            out, delimiter=form.delimiter, quotechar=form.quote, lineterminator="\n", quoting=csv.QUOTE_ALL
        )
        try:
            lines = records(TextIOWrapper(raw, encoding="utf-8", newline=""), form)
            next(lines)
            writer.writerow(range(width))  # a header without the line ends that names may hold
            for line, row in lines:
                if row == [""] and width == 1:
                    continue
                if any(map(str.strip, row[width:])):
                    raise ImportRefusedError("csv_line_misfit", line=line, expected=width, found=len(row))
                if len(row) < width:
                    short_rows, first_short = short_rows + 1, first_short or line
                writer.writerow([*row[:width], *[""] * (width - len(row))])
                rows += 1
                if rows % 10_000 == 1:
                    report(raw.tell() / size)
        except UnreadableRecordError as error:
            raise _refusal(error) from None
    warnings = [Message("csv_rows_short", {"count": short_rows, "line": first_short})] if short_rows else []
    return rows, warnings


def _refusal(error: UnreadableRecordError) -> ImportRefusedError:
    if "limit" in str(error):
        return ImportRefusedError("csv_line_too_long")
    return ImportRefusedError("csv_quote_open", line=error.line)
