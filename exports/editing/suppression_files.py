"""Reads a file of addresses: one to a row, in a text, a CSV or an Excel file. However long it is, few are in memory."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import IO, Any

from constant_contact import IMPORT_FIELDS
from exports.people.addresses import normalised
from exports.plan.columns import EMAIL_PATTERN
from profiles.files import workbook
from web.messages import MessageError

MAX_ROWS = 1_000_000
MAX_BYTES = 100 * 1024**2
MAX_LINES, MAX_LINE = 100, 1024**2  # of one row, and letters of one line
_VALID = re.compile(EMAIL_PATTERN)
_MAX_LENGTH = IMPORT_FIELDS["email"].max_length
_NAMED = re.compile(r"e-?mail|邮箱|邮件", re.IGNORECASE)

Row = tuple[int, Sequence[str]]


class FileRefusedError(MessageError):
    """The file can't be read as one of addresses."""


def valid_address(text: str) -> str:
    """Return the address as it is compared, or "" where a plan would not take it for one."""
    address = normalised(text)
    return address if len(address) <= _MAX_LENGTH and _VALID.fullmatch(address) else ""


def addresses_in(file: IO[bytes]) -> Iterator[tuple[int, str]]:
    """Yield the number of each line that has something in the column of the addresses, and the address, "" for none.

    Raises FileRefusedError or ImportRefusedError.
    """
    rows = _rows(file)
    first = next(rows, None)
    if first is None:
        raise FileRefusedError("suppressions.empty")
    place, is_header = _column(first[1])
    for count, (line, cells) in enumerate(rows if is_header else chain([first], rows), start=1):
        if count > MAX_ROWS:
            raise FileRefusedError("suppressions.too_many_rows", limit=MAX_ROWS)
        if len(cells) > place and (text := cells[place].strip()):
            yield line, valid_address(text)


def _column(cells: Sequence[str]) -> tuple[int, bool]:
    """Where the addresses stand, and whether the first row names the columns."""
    for place, cell in enumerate(cells):
        if "@" in cell:
            return place, False
    for place, cell in enumerate(cells):
        if _NAMED.search(cell):
            return place, True
    filled = [place for place, cell in enumerate(cells) if cell.strip()]
    if len(filled) != 1:
        raise FileRefusedError("suppressions.several_columns")
    return filled[0], True


def _rows(file: IO[bytes]) -> Iterator[Row]:
    head = file.read(4096)
    file.seek(0)
    if head.startswith(workbook.MARK):
        return iter(workbook.rows_of_first_sheet(file))
    is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    # Addresses are letters of ASCII: what can't be read is none, in whatever encoding it is.
    encoding = "utf-16" if is_wide else "utf-8-sig"
    first_line = head.decode(encoding, errors="replace").partition("\n")[0]
    separator = max(",;\t", key=first_line.count)
    return _csv_rows(io.TextIOWrapper(file, encoding, errors="replace", newline=""), separator)


def _csv_rows(text: Any, separator: str) -> Iterator[Row]:
    """A quotation mark that is never closed makes one value of the rest of the file: it is said where that begins."""
    began = 0

    def lines() -> Iterator[str]:
        for number, line in enumerate(text, start=1):
            if number - began > MAX_LINES or len(line) > MAX_LINE:
                raise csv.Error
            yield line

    reader = csv.reader(lines(), delimiter=separator, strict=True)
    try:
        for cells in reader:
            if any(cells):
                yield reader.line_num, cells
            began = reader.line_num
    except csv.Error:
        raise FileRefusedError("suppressions.unreadable", line=began + 1) from None
    finally:
        text.detach()  # the file is closed by whoever opened it
