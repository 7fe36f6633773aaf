"""Recognises an Excel workbook (.xlsx) and reads its first sheet: every value as the text that Excel shows or means.

openpyxl's streaming reader, by measurement: it knows that 2139 is shown as 02139, which python-calamine forgets. Beside
the texts of a workbook, which all stand in one part of it, 100,000 rows of eight cells take it 32 MB, as more rows do,
and 10 s; calamine 80 MB that grow with the rows, and 0.6 s. 69 MB of that part with texts take 293 MB and 18 s
(calamine: 242 MB, 1.6 s), which is what bounds a workbook.
"""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, Any, ClassVar
from xml.etree.ElementTree import ParseError

import duckdb

from profiles.errors import ImportRefusedError
from web.messages import Message

from .csv_header import CsvForm, header_names
from .csv_to_parquet import copy_csv
from .encodings import Report

MARK = b"PK\x03\x04"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEGABYTE = 1024 * 1024
TEXTS_MAX = 60 * MEGABYTE  # of the part with the texts: 260 MB in memory
TEXTS_MAX_AT_ONCE = 4 * MEGABYTE  # what a page waits for: about a second
SHEET_MAX = 2048 * MEGABYTE  # a million rows of fifty columns; what is larger was made to be
_ZEROS = re.compile(r"0{2,}")


@dataclass(frozen=True)
class WorkbookForm:
    """The columns of a workbook's first sheet, and the names of the sheets that are not read."""

    names: tuple[str, ...]
    other_sheets: tuple[str, ...] = ()

    types: ClassVar[dict[str, str]] = {}  # a cell has a type, a column has none


def recognise_workbook(file: Path | IO[bytes]) -> WorkbookForm:
    """Return what the columns of a workbook are. Raises ImportRefusedError, also when it is too large to be read."""
    with _opened(file) as book:
        first, *others = book.worksheets
        header = next(_rows(first), None)
        if header is None:
            raise ImportRefusedError("file_empty")
        names = header_names(header[1])
        return WorkbookForm(names, tuple(sheet.title for sheet in others))


def recognise_small_workbook(file: IO[bytes]) -> WorkbookForm:
    """Return what the columns of a workbook are; none where it would take long. Raises ImportRefusedError."""
    return recognise_workbook(file) if _size_of_texts(file) <= TEXTS_MAX_AT_ONCE else WorkbookForm(())


def preview_workbook(file: Path | IO[bytes], rows: int = 3) -> list[list[str]]:
    """Return the first rows below the header."""
    with _opened(file) as book:
        return [cells for _line, cells in islice(_rows(book.worksheets[0]), 1, rows + 1)]


def copy_workbook(
    duck: duckdb.DuckDBPyConnection, path: Path, form: WorkbookForm, parquet: Path, report: Report
) -> list[Message]:
    """Write the rows of the workbook's first sheet to `parquet`, whose directory also takes an interim copy.

    Return what people should know of how it was read. Raises ImportRefusedError.
    """
    interim, width = parquet.with_suffix(".sheet.csv"), len(form.names)
    with _opened(path) as book, interim.open("w", newline="", encoding="utf-8") as out:
        sheet = book.worksheets[0]
        rows = _rows(sheet)
        next(rows)
        writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(range(width))
        for line, cells in rows:
            if any(map(str.strip, cells[width:])):
                raise ImportRefusedError("csv_line_misfit", line=line, expected=width, found=len(cells))
            writer.writerow([*cells[:width], *[""] * (width - len(cells))])
            if line % 1_000 == 0:
                report(line / max(sheet.max_row or 0, line))
    copy_csv(duck, interim, CsvForm("utf-8", ",", '"', form.names), parquet, parallel=False)
    interim.unlink()
    if not form.other_sheets:
        return []
    return [Message("workbook_first_sheet", {"sheet": sheet.title, "names": list(form.other_sheets)})]


@contextmanager
def _opened(file: Path | IO[bytes]) -> Iterator[Any]:
    from openpyxl import load_workbook  # 10 MB that most processes never need

    with ExitStack() as opened:
        if isinstance(file, Path):
            file = opened.enter_context(file.open("rb"))  # openpyxl would judge a path by its ending
        try:
            _size_of_texts(file)
            book = load_workbook(file, read_only=True, data_only=True)
            opened.callback(book.close)
        except (KeyError, ValueError, ParseError):
            raise ImportRefusedError("file_is_workbook") from None
        if not book.worksheets:
            raise ImportRefusedError("file_is_workbook")
        try:
            yield book
        except (zipfile.BadZipFile, zlib.error, ParseError):
            raise ImportRefusedError("workbook_damaged") from None


def _size_of_texts(file: IO[bytes]) -> int:
    try:
        with zipfile.ZipFile(file) as parts:
            sizes = {part.filename: part.file_size for part in parts.infolist()}
    except zipfile.BadZipFile:
        raise ImportRefusedError("file_is_workbook") from None
    if "xl/workbook.xml" not in sizes:
        raise ImportRefusedError("file_is_workbook")
    texts = sizes.get("xl/sharedStrings.xml", 0)
    if texts > TEXTS_MAX or max(sizes.values()) > SHEET_MAX:
        raise ImportRefusedError("workbook_too_large", megabytes=TEXTS_MAX // MEGABYTE)
    return texts


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Return the rows in which anything is filled, each with its number in Excel."""
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [_text(cell.value, cell.number_format or "") for cell in cells]
        if any(texts):
            yield line, texts


def _text(value: Any, number_format: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value, number_format)
    if isinstance(value, datetime):
        is_day = value.time() == time() and "h" not in number_format.lower()
        return value.date().isoformat() if is_day else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _number(value: float, number_format: str) -> str:
    """Every digit that the workbook holds, never an exponent; 2139 that is shown as 02139 is 02139."""
    number = Decimal(repr(value))
    whole = number == number.to_integral_value()
    text = f"{number.quantize(Decimal(1)) if whole and number.adjusted() < 27 else number:f}"
    return text.zfill(len(number_format)) if whole and _ZEROS.fullmatch(number_format) else text
