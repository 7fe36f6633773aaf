"""Recognises a CSV file: its encoding, its delimiter and quote, and the names of its columns.

The names come from the first record, which must be a header: which column means what cannot be guessed.
Delimiter and quote are read from the header too. A name hardly ever holds a delimiter, while in values they are
common: DuckDB's own sniffer, which weighs values, was seen to take an apostrophe for the quote.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar

from profiles.attributes import masked
from profiles.errors import ImportRefusedError

from .encodings import Report, encoding_of, label_of

HEAD = 1024 * 1024  # bytes looked at for the header
CHUNK = 4 * 1024 * 1024
NAME_MAX_LENGTH = 255
DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class CsvForm:
    """How a file is written. `skip` lines stand before the header: blank ones, or Excel's `sep=;`."""

    encoding: str
    delimiter: str
    quote: str
    names: tuple[str, ...]
    skip: int = 0

    types: ClassVar[Mapping[str, str]] = {}  # a CSV file says none of its columns
    left_out: ClassVar[tuple[str, ...]] = ()

    @property
    def encoding_label(self) -> str:
        return label_of(self.encoding)


def recognise(path: Path, report: Report = lambda share: None) -> CsvForm:
    """Return how the file at `path` is written. Reads it once from end to end: one stray byte decides the encoding.

    Raises ImportRefusedError when it is no CSV file with a proper header.
    """
    with path.open("rb") as file:
        encoding = encoding_of(iter(lambda: file.read(CHUNK), b""), path.stat().st_size, report)
        file.seek(0)
        return _form_of(file.read(HEAD), encoding)


def recognise_head(head: bytes) -> CsvForm:
    """Return how a file that begins with `head` seems to be written. The rest of it may prove that wrong.

    Raises ImportRefusedError like `recognise`.
    """
    head = head[:HEAD]
    return _form_of(head, encoding_of(iter([head]), len(head), lambda share: None, is_whole=False))


def preview(head: bytes, form: CsvForm, rows: int = 3) -> list[list[str]]:
    """Return the first rows of a file that begins with `head`, for a look at whether it was understood."""
    text = codecs.getincrementaldecoder(form.encoding)().decode(head)
    lines = io.StringIO(text, newline="")
    for _line in range(form.skip):
        lines.readline()
    records = csv.reader(lines, delimiter=form.delimiter, quotechar=form.quote)
    next(records)
    try:
        return list(islice(filter(None, records), rows))
    except csv.Error:
        return []


# --- Header --------------------------------------------------------------------------------------------

_SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T].*)?|\d{1,2}[./]\d{1,2}[./]\d{4}([ T].*)?")


def _form_of(head: bytes, encoding: str) -> CsvForm:
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise ImportRefusedError("csv_encoding_unknown") from None
    sep = _SEP_LINE.match(text)
    rest = text[sep.end() :] if sep else text
    header = rest.lstrip("\r\n")
    skip = (1 if sep else 0) + rest[: len(rest) - len(header)].count("\n")
    outside_quotes = Counter(_first_line(_QUOTED.sub("", header)))
    delimiter = sep.group(1) if sep else max(DELIMITERS, key=lambda each: outside_quotes[each])  # of equals a comma
    line = _first_line(header)
    # An apostrophe only where it stands around the first and the last name.
    quote = "'" if len(line) > 1 and line.startswith("'") and line.endswith("'") else '"'
    names = tuple(
        name.strip() for name in next(csv.reader(io.StringIO(header, newline=""), delimiter=delimiter, quotechar=quote))
    )
    _refuse_missing_header(names)
    _refuse_bad_names(names)
    return CsvForm(encoding, delimiter, quote, names, skip)


def _first_line(text: str) -> str:
    return re.split(r"\r\n|\r|\n", text, maxsplit=1)[0]


def _refuse_missing_header(names: tuple[str, ...]) -> None:
    values = [name for name in names if _ADDRESS.fullmatch(name) or _DATE.fullmatch(name)]
    numbers = [name for name in names if _NUMBER.fullmatch(name)]
    if not values and len(numbers) * 2 > len(names):
        values = numbers
    if values:
        raise ImportRefusedError("csv_header_missing", value=masked(values[0]))


def _refuse_bad_names(names: tuple[str, ...]) -> None:
    blank = [position for position, name in enumerate(names, start=1) if not name]
    if blank:
        raise ImportRefusedError("csv_columns_unnamed", positions=blank)
    times = Counter(map(str.casefold, names))
    twice = [name for name in names if times[name.casefold()] > 1]
    if twice:
        raise ImportRefusedError("csv_columns_repeated", names=twice)
    long = [name for name in names if len(name) > NAME_MAX_LENGTH]
    if long:
        raise ImportRefusedError("csv_column_name_too_long", name=long[0][:40])
