"""Recognises an Excel workbook (.xlsx) and reads one of its sheets: every value as the text that Excel shows or means.

openpyxl's streaming reader, by measurement: it knows that 2139 is shown as 02139, which python-calamine forgets. Beside
the texts of a workbook, which all stand in one part of it, 100,000 rows of eight cells take it 32 MB, as more rows do,
and 10 s; calamine 80 MB that grow with the rows, and 0.6 s. 69 MB of that part with texts take 293 MB and 18 s
(calamine: 242 MB, 1.6 s), which is what bounds a workbook.
"""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
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
BLANK_ROWS_MAX = 1000  # a sheet that begins with more of them holds nothing
_ZEROS = re.compile(r"0{2,}")


@dataclass(frozen=True)
class WorkbookForm:
    """The columns of the sheet that is read, and the names of those that are not although they could be.

    `is_chosen`: by a person, not because it is the first one.
    """

    names: tuple[str, ...]
    sheet: str = ""
    other_sheets: tuple[str, ...] = ()
    is_chosen: bool = False

    types: ClassVar[dict[str, str]] = {}  # a cell has a type, a column has none


@dataclass(frozen=True)
class WorkbookPreview:
    """What a page shows of a workbook: the sheets to choose from, and columns and first rows of one of them, or the
    problem with it. Nothing where looking would take long."""

    sheets: tuple[str, ...] = ()
    sheet: str = ""
    names: tuple[str, ...] = ()
    rows: Sequence[Sequence[str]] = ()
    problem: str = ""


def recognise_workbook(file: Path | IO[bytes], sheet: str = "") -> WorkbookForm:
    """Return what the columns of a sheet are: the one of that name, or the first that is visible and holds something.

    Raises ImportRefusedError, also when the workbook is too large to be read.
    """
    with _opened(file) as book:
        filled = [each.title for each in _filled_sheets(book)]
        title = sheet or next(iter(filled), "")
        if sheet and sheet not in {each.title for each in book.worksheets}:  # a hidden one has to be named
            raise ImportRefusedError("workbook_sheet_missing", sheet=sheet, names=filled)
        header = next(_rows(book[title]), None) if title else None
        if header is None:
            raise ImportRefusedError("file_empty")
        others = tuple(name for name in filled if name != title)
        return WorkbookForm(header_names(header[1]), title, others, is_chosen=bool(sheet))


def recognise_small_workbook(file: IO[bytes], sheet: str = "") -> WorkbookForm:
    """Return what the columns of a workbook are; none where it would take long. Raises ImportRefusedError."""
    return recognise_workbook(file, sheet) if _size_of_texts(file) <= TEXTS_MAX_AT_ONCE else WorkbookForm(())


def preview_workbook(file: IO[bytes], sheet: str = "", rows: int = 3) -> WorkbookPreview:
    """Return a preview of the sheet of that name, or of the first one where there is none.

    Raises ImportRefusedError.
    """
    if _size_of_texts(file) > TEXTS_MAX_AT_ONCE:
        return WorkbookPreview()
    with _opened(file) as book:
        filled = {each.title: each for each in _filled_sheets(book)}
        if not filled:
            raise ImportRefusedError("file_empty")
        title = sheet if sheet in filled else next(iter(filled))
        found = _rows(filled[title])
        try:
            names = header_names(next(found)[1])
        except ImportRefusedError as error:  # another sheet may do
            return WorkbookPreview(tuple(filled), title, problem=str(error))
        return WorkbookPreview(tuple(filled), title, names, [cells for _line, cells in islice(found, rows)])


def rows_of_first_sheet(file: IO[bytes]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the number and the cells of each filled row of the first visible sheet that holds something, of a workbook
    that a page can wait for. Raises ImportRefusedError.
    """
    if _size_of_texts(file) > TEXTS_MAX_AT_ONCE:
        raise ImportRefusedError("workbook_too_large", megabytes=TEXTS_MAX_AT_ONCE // MEGABYTE)
    with _opened(file) as book:
        sheet = next(iter(_filled_sheets(book)), None)
        if sheet is None:
            raise ImportRefusedError("file_empty")
        yield from _rows(sheet)


def copy_workbook(
    duck: duckdb.DuckDBPyConnection, path: Path, form: WorkbookForm, parquet: Path, report: Report
) -> list[Message]:
    """Write the rows of the sheet that was recognised to `parquet`, whose directory also takes an interim copy.

    Return what people should know of how it was read. Raises ImportRefusedError.
    """
    interim, width = parquet.with_suffix(".sheet.csv"), len(form.names)
    with _opened(path) as book, interim.open("w", newline="", encoding="utf-8") as out:
        sheet = book[form.sheet]
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
    if form.is_chosen or not form.other_sheets:
        return []
    return [Message("workbook_first_sheet", {"sheet": form.sheet, "names": list(form.other_sheets)})]


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


def _filled_sheets(book: Any) -> list[Any]:
    """Those that a person sees something in."""
    return [
        sheet
        for sheet in book.worksheets
        if sheet.sheet_state == "visible" and next(_rows(sheet, BLANK_ROWS_MAX), None)
    ]


def _rows(sheet: Any, last: int | None = None) -> Iterator[tuple[int, list[str]]]:
    """Return the rows in which anything is filled, each with its number in Excel, up to the `last` one."""
    for line, cells in enumerate(islice(sheet.iter_rows(), last), start=1):
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
