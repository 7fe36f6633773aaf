"""Recognises a CSV file: its encoding, its delimiter and quote, and the names of its columns.

The names come from the first record, which must be a header: which column means what cannot be guessed.
Delimiter and quote are read from the header too. A name hardly ever holds a delimiter, while in values they are
common: DuckDB's own sniffer, which weighs values, was seen to take an apostrophe for the quote.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, islice, takewhile
from pathlib import Path
from typing import ClassVar, TextIO

from profiles.attributes import masked
from profiles.errors import ImportRefusedError

from .encodings import MARK, Evidence, Report, TextDecoder, encoding_of, encoding_of_head, label_of

HEAD = 1024 * 1024  # bytes looked at for the header
CHUNK = 4 * 1024 * 1024
NAME_MAX_LENGTH = 255
DELIMITERS = ",;\t|"
NO_EVIDENCE = Evidence()
BOM = "\ufeff"
VALUE_MAX_LENGTH = 2_000_000

csv.field_size_limit(VALUE_MAX_LENGTH)


@dataclass(frozen=True)
class CsvForm:
    """How a file is written. `skip` lines stand before the header: blank ones, or Excel's `sep=;`.

    `is_plain`: its head holds nothing that the engine is known to misread without an error. `has_doubled_returns`:
    its lines end in two carriage returns and a line feed, as written twice through a text mode of Windows.
    `marks_damaged`: bytes that are no letter become a MARK.
    """

    encoding: str
    delimiter: str
    quote: str
    names: tuple[str, ...]
    skip: int = 0
    is_plain: bool = True
    has_doubled_returns: bool = False
    marks_damaged: bool = False

    types: ClassVar[Mapping[str, str]] = {}  # a CSV file says none of its columns
    left_out: ClassVar[tuple[str, ...]] = ()

    @property
    def encoding_label(self) -> str:
        return label_of(self.encoding)

    @property
    def is_proven(self) -> bool:
        """Whether its encoding could not be another one."""
        return self.encoding.startswith("utf")


def recognise(
    path: Path, report: Report = lambda share: None, encoding: str = "", *, mark_damaged: bool = False
) -> CsvForm:
    """Return how the file at `path` is written. Reads it once from end to end: one stray byte decides the encoding.

    `encoding` and `mark_damaged` are what a person chose (ReadingOptions). Raises ImportRefusedError when it is no CSV
    file with a proper header.
    """
    with path.open("rb") as file:
        chunks, size = iter(lambda: file.read(CHUNK), b""), path.stat().st_size
        encoding = encoding_of(chunks, size, report, chosen=encoding, mark_damaged=mark_damaged)
        file.seek(0)
        return _form_of(file.read(HEAD), encoding, mark_damaged=mark_damaged)


def recognise_head(
    head: bytes, encoding: str = "", evidence: Evidence = NO_EVIDENCE, *, mark_damaged: bool = False
) -> CsvForm:
    """Return how a file that begins with `head` seems to be written. The rest of it may prove that wrong.

    Raises ImportRefusedError like `recognise`.
    """
    head = head[:HEAD]
    encoding = encoding_of_head(head, evidence, chosen=encoding, mark_damaged=mark_damaged)
    return _form_of(head, encoding, mark_damaged=mark_damaged)


def preview(head: bytes, form: CsvForm, evidence: Evidence = NO_EVIDENCE, rows: int = 3) -> list[list[str]]:
    """Return a few rows of a file that begins with `head`, for a look at whether it was understood.

    In an encoding that nothing proves, rows with letters come first that other encodings read otherwise; where letters
    are lost, rows that lack some.
    """
    found = _rows(head, form)
    next(found, None)
    if form.is_proven and not form.marks_damaged:
        return list(islice(found, rows))
    further = _rows(evidence.content, replace(form, skip=0))
    return sorted(chain(found, further), key=lambda row: _is_plain(row, form))[:rows]


def _is_plain(row: Sequence[str], form: CsvForm) -> bool:
    text = "".join(row)
    return MARK not in text if form.marks_damaged else text.isascii()


def _rows(piece: bytes, form: CsvForm) -> Iterator[list[str]]:
    text = TextDecoder(form.encoding, mark_damaged=form.marks_damaged).decode(piece)
    with suppress(csv.Error):  # the piece may end anywhere
        for _line, row in records(io.StringIO(text, newline=""), form):
            yield row[: len(form.names)]


def records(file: TextIO, form: CsvForm) -> Iterator[tuple[int, list[str]]]:
    """Return each record, the header first, and the number of the line that it begins on. Blank lines are none.

    `file` was opened with its line ends as they are. Raises UnreadableRecordError with that number.
    """
    for _line in range(form.skip):
        file.readline()
    reader = csv.reader(_lines(file, form), delimiter=form.delimiter, quotechar=form.quote, strict=True)
    line = form.skip + 1
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip() or len(form.names) == 1):
                yield line, row
            line = form.skip + reader.line_num + 1
    except csv.Error as error:
        raise UnreadableRecordError(line, str(error)) from None


class UnreadableRecordError(csv.Error):
    """The record that begins on `line` is no CSV, for a reason in the words of Python's csv module."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def _lines(file: TextIO, form: CsvForm) -> Iterator[str]:
    first = next(iter(file), "").lstrip(BOM)
    for line in chain([first], file):
        if not form.has_doubled_returns:
            yield line
        elif line != "\r\n":  # the rest of a line that came before
            yield line[:-1] + "\r\n" if line.endswith("\r") else line


# --- Header --------------------------------------------------------------------------------------------

_LINE_END = re.compile(r"\r\r\n|\r\n|\r|\n")
_SEP_LINE = re.compile(r"sep=(.)(\r\r?\n|\r|\n)", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T].*)?|\d{1,2}[./]\d{1,2}[./]\d{4}([ T].*)?")


def _form_of(head: bytes, encoding: str, *, mark_damaged: bool) -> CsvForm:
    text = TextDecoder(encoding, mark_damaged=mark_damaged).decode(head).lstrip(BOM)  # some programs put two
    sep = _SEP_LINE.match(text)
    rest = text[sep.end() :] if sep else text
    header = rest.lstrip("\r\n")
    before = rest[: len(rest) - len(header)]
    skip = (1 if sep else 0) + len(_LINE_END.findall(before))
    outside_quotes = Counter(_first_line(_QUOTED.sub("", header)))
    delimiter = sep.group(1) if sep else max(DELIMITERS, key=lambda each: outside_quotes[each])  # of equals a comma
    line = _first_line(header)
    # An apostrophe only where it stands around the first and the last name.
    quote = "'" if len(line) > 1 and line.startswith("'") and line.endswith("'") else '"'
    lines = io.StringIO(header, newline="")
    try:
        cells = next(csv.reader(lines, delimiter=delimiter, quotechar=quote))
    except csv.Error:
        raise ImportRefusedError("csv_quote_open", line=skip + 1) from None
    names = header_names(cells)
    after = len(text) - len(header) + lines.tell()
    ends = {end.group() for end in takewhile(lambda end: end.start() < after, _LINE_END.finditer(text))}
    is_plain = len(ends) < 2 and not ends & {"\r", "\r\r\n"} and not any(_LINE_END.search(cell) for cell in cells)
    return CsvForm(encoding, delimiter, quote, names, skip, is_plain, "\r\r\n" in ends, mark_damaged)


def header_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns that a header row holds. Raises ImportRefusedError when it holds none."""
    names = _without_trailing_columns(tuple(map(str.strip, cells)))
    _refuse_missing_header(names)
    _refuse_bad_names(names)
    return names


def _first_line(text: str) -> str:
    return _LINE_END.split(text, maxsplit=1)[0]


def _without_trailing_columns(names: tuple[str, ...]) -> tuple[str, ...]:
    """Excel and others write empty columns after the last one: each line ends in delimiters then."""
    named = len(names)
    while named and not names[named - 1]:
        named -= 1
    return names[:named] if all(names[:named]) and named else names


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
