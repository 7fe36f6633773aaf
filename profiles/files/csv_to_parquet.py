"""Reads a recognised CSV file into a Parquet snapshot: every value as the text it is, empty ones as null."""

import codecs
import csv
import re
from dataclasses import replace
from pathlib import Path

import duckdb
from django.utils.translation import gettext_noop as _

from engine.outages import disk_outages
from profiles.errors import ImportRefusedError

from .csv_header import CHUNK, CsvForm
from .encodings import Report

# Row groups by bytes, not by rows: each thread holds one, with room for every column. With more columns than this, one
# thread reads in smaller pieces. Measured: docs/decisions/0002-profile-snapshots.md.
WIDE = 100
_COPY = """
COPY (
    SELECT * FROM read_csv(
        $csv, auto_detect = false, columns = $columns, header = true, skip = $skip,
        delim = $delimiter, quote = $quote, escape = $quote, buffer_size = $piece, max_line_size = 2000000
    )
) TO $parquet (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE_BYTES '16MB')
"""
_COPY_WIDE = _COPY.replace("16MB", "8MB")


def write_snapshot(duck: duckdb.DuckDBPyConnection, path: Path, form: CsvForm, parquet: Path, report: Report) -> None:
    """Write the profiles of the CSV file at `path` to `parquet`, whose directory also takes an interim copy.

    Raises ImportRefusedError with the line at fault when the file cannot be read to its end.
    """
    interim = parquet.with_suffix(".utf8.csv")
    source = path
    if form.encoding != "utf-8":
        _transcode(path, form.encoding, interim, report)
        source = interim
    tidy = parquet.with_suffix(".tidy.csv")
    try:
        _copy(duck, source, form, parquet)
    except ImportRefusedError:
        if not _has_both_line_ends(source):
            raise
        _tidy(source, form, tidy)
        _copy(duck, tidy, replace(form, skip=0), parquet)
    finally:
        interim.unlink(missing_ok=True)
        tidy.unlink(missing_ok=True)


def _copy(duck: duckdb.DuckDBPyConnection, csv_path: Path, form: CsvForm, parquet: Path) -> None:
    values = {
        "csv": str(csv_path),
        "columns": dict.fromkeys(form.names, "VARCHAR"),
        "skip": form.skip,
        "delimiter": form.delimiter,
        "quote": form.quote,
        "parquet": str(parquet),
        "piece": 4_000_000 if len(form.names) > WIDE else 32_000_000,
    }
    try:
        with disk_outages():
            duck.execute(_COPY_WIDE if len(form.names) > WIDE else _COPY, values)
    except duckdb.OutOfMemoryException:
        raise  # says nothing of the file's contents, and is explained where it may also come from elsewhere
    except duckdb.Error as error:
        # DuckDB's message quotes the line, and with it somebody's personal data: it must not travel further.
        raise _refusal(str(error)) from None


_LINE = re.compile(r"CSV Error on Line: (\d+)")
_COLUMNS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")


def _refusal(message: str) -> ImportRefusedError:
    found = _LINE.search(message)
    line = int(found.group(1)) if found else 0
    columns = _COLUMNS.search(message)
    if columns:
        return _wrong_width(line, expected=int(columns.group(1)), found=int(columns.group(2)))
    if "unterminated quote" in message:
        return ImportRefusedError(
            _(
                "A quotation mark that opens on line %(line)s is not closed properly. "
                "Correct that line, and upload the file again."
            ),
            line=line,
        )
    if "Maximum line size" in message:
        return ImportRefusedError(
            _("A line of the file is longer than 2 MB. Check its quotation marks, and upload the file again.")
        )
    return _unreadable(line)


def _wrong_width(line: int, expected: int, found: int) -> ImportRefusedError:
    return ImportRefusedError(
        _(
            "Line %(line)s of the file does not fit its header (columns: %(expected)s, "
            "values: %(found)s). Correct that line, and upload the file again."
        ),
        line=line,
        expected=expected,
        found=found,
    )


def _unreadable(line: int) -> ImportRefusedError:
    if not line:
        return ImportRefusedError(_("The file can't be read as CSV. Save it as CSV UTF-8 and upload that file."))
    return ImportRefusedError(
        _("The file can't be read as CSV from line %(line)s on. Check that line, and upload the file again."),
        line=line,
    )


def _has_both_line_ends(path: Path) -> bool:
    """DuckDB reads only files whose lines all end alike, and complains in several ways about the others."""
    lines = pairs = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            lines += chunk.count(b"\n")
            pairs += chunk.count(b"\r\n")
    return 0 < pairs < lines


def _transcode(path: Path, encoding: str, target: Path, report: Report) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    size, done = path.stat().st_size, 0
    with path.open("rb") as file, target.open("wb") as out:
        try:
            while chunk := file.read(CHUNK):
                out.write(decoder.decode(chunk).encode("utf-8"))
                done += len(chunk)
                report(done / size)
            out.write(decoder.decode(b"", final=True).encode("utf-8"))
        except UnicodeError:
            raise ImportRefusedError(
                _("The file is not written in %(encoding)s throughout. Save it as CSV UTF-8 and upload that file."),
                encoding=encoding.upper(),
            ) from None


def _tidy(path: Path, form: CsvForm, target: Path) -> None:
    """Write the same values again with one kind of line end. Slower than DuckDB by far, so only when it must be."""
    csv.field_size_limit(2_000_000)
    with path.open(newline="", encoding="utf-8-sig") as file, target.open("w", newline="", encoding="utf-8") as out:
        for _line in range(form.skip):
            file.readline()
        reader = csv.reader(file, delimiter=form.delimiter, quotechar=form.quote, strict=True)
        # Everything quoted: Python before 3.13 leaves a bare carriage return in a value unquoted.
        writer = csv.writer(
            out, delimiter=form.delimiter, quotechar=form.quote, lineterminator="\n", quoting=csv.QUOTE_ALL
        )
        try:
            for row in filter(None, reader):
                if len(row) != len(form.names):
                    raise _wrong_width(reader.line_num + form.skip, expected=len(form.names), found=len(row))
                writer.writerow(row)
        except csv.Error:
            raise _unreadable(reader.line_num + form.skip) from None
