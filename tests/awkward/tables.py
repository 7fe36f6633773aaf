"""Random tables of people, and the files that programs make of them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
from hypothesis import strategies as st

COLUMNS = ("id", "email", "first", "last", "tel", "joined", "amount", "zip", "note", "country")
BLANKS = " \t\u00a0\u2003\u3000\u200b\ufeff\u00ad"
LETTERS = "aB0 1é漢ß€😀\t,;|'\"\\\n\r+-.#@%_ \u0301\u2003\u200b\u00a0"
LETTERS_OF = {
    "windows-1252": "aB0 1éß€\t,;|'\"\\\n\r+-.#@%_\u00a0",
    "windows-1251": "aB0 1жЁ№\t,;|'\"\\\n\r+-.#@%_\u00a0",
    "gb18030": "aB0 1é漢王€\t,;|'\"\\\n\r+-.#@%_\u3000",
}
# How dates are written: as strptime reads them.
DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d.%m.%Y %H:%M",
        "%m/%d/%Y %I:%M %p", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S-08:00")  # fmt: skip
# How numbers are written: what stands between thousands, and before the places.
NUMBERS = (("", "."), (".", ","), (",", "."), (" ", ","), ("'", "."))
PHONES = ("+1 425 555 0100", "(030) 1234-5678", "4255550100", "0171/5550100", "425.555.0100 x12", "ask Bob", "12345",
          "555-0100-222 / 555-0199-333", "+1 (425) 555 - 0100 -- 22", "")  # fmt: skip
CODES = ("02139", "94105-1234", "SW1A 1AA", "1010", " 00501 ", "")
COUNTRIES = ("France", "Japan", "NO", "Curacao", "france", "")


@dataclass(frozen=True)
class Table:
    """People as texts; `dates` and `numbers` say how those are written."""

    rows: Sequence[Sequence[str]]
    dates: str
    numbers: tuple[str, str]


@dataclass(frozen=True)
class Csv:
    """How a CSV file is written."""

    encoding: str = "utf-8"
    delimiter: str = ","
    line_end: str = "\n"
    quotes_all: bool = True
    is_short: bool = False  # empty values at the end of a row are not written
    trailing: int = 0  # empty columns after the last one


forms = st.builds(
    Csv,
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", *LETTERS_OF]),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2),
)


def texts(letters: str, longest: int) -> st.SearchStrategy[str]:
    at_the_limit = st.integers(longest - 1, longest + 1).map(lambda length: "x" * length)
    word = st.text(alphabet=letters, max_size=10)
    around = st.text(alphabet=[blank for blank in BLANKS if blank in letters], max_size=2)
    return st.one_of(word, word, st.builds("{}{}{}".format, around, word, around), at_the_limit, st.just(""))


def addresses(letters: str) -> st.SearchStrategy[str]:
    """Addresses at {0}, which stands for the domain of the example."""
    name = st.integers(1, 15).map(lambda n: f"p{n}")
    blank = st.sampled_from([blank for blank in BLANKS if blank in letters])
    return st.one_of(
        *[name.map(lambda name: f"{name}@{{0}}")] * 4,
        name.map(lambda name: f"{name.upper()}@{{0}}"),
        st.builds("{1}{0}@{{0}}{1}".format, name, blank),
        st.builds("{0}{1}x@{{0}}".format, name, blank),
        st.sampled_from(["", " ", "nobody", "a@b", "a,b@{0}", "é@{0}".replace("é", letters[5]), "x" * 40 + "@{0}"]),
    )


def _date(moment: datetime | None, form: str) -> str:
    if moment is not None:
        return moment.strftime(form)
    return form.partition(" ")[0].partition("T")[0].translate(str.maketrans({"Y": "000", "d": "0", "m": "0", "%": "0"}))


def _number(value: Decimal, notation: tuple[str, str]) -> str:
    between, point = notation
    return f"{value:,}".translate({ord(","): between, ord("."): point})


moments = st.datetimes(datetime(1880, 1, 1), datetime(2090, 12, 31)).map(lambda moment: moment.replace(microsecond=0))
early_days = st.builds(datetime, st.integers(1999, 2030), st.integers(1, 12), st.integers(1, 12))
amounts = st.one_of(
    st.integers(-3_000_000, 3_000_000).map(Decimal),
    st.builds(
        lambda cents, places: Decimal(cents).scaleb(-places), st.integers(-9_999_999, 9_999_999), st.integers(1, 3)
    ),
)


@st.composite
def tables(draw: Any, letters: str = LETTERS, dates: Sequence[str] = DAYS) -> Table:
    count = draw(st.integers(1, 10))
    form, notation = draw(st.sampled_from(dates)), draw(st.sampled_from(NUMBERS))
    key = draw(st.sampled_from(["{}", "{:03}", "k-{}", "{}0000000000000000001"]))
    days = draw(st.sampled_from([moments, early_days]))
    columns: list[st.SearchStrategy[str]] = [
        addresses(letters),
        texts(letters, 50),
        texts(letters, 50),
        st.sampled_from(PHONES),
        st.one_of(days.map(lambda day: _date(day, form)), st.sampled_from(["", _date(None, form)])),
        st.one_of(amounts.map(lambda value: _number(value, notation)), st.just("")),
        st.sampled_from(CODES),
        texts(letters, 255),
        st.sampled_from(COUNTRIES),
    ]
    order = draw(st.permutations(range(1, count + 1)))
    return Table([[key.format(n), *(draw(column) for column in columns)] for n in order], form, notation)


def csv_of(rows: Sequence[Sequence[str]], form: Csv) -> bytes:
    special = {form.delimiter, '"', "\r", "\n"}

    def cell(value: str) -> str:
        if form.quotes_all or special & set(value):
            return '"' + value.replace('"', '""') + '"'
        return value

    lines = []
    for row in [COLUMNS, *rows]:
        cells = list(row)
        while form.is_short and row is not COLUMNS and not cells[-1]:
            cells.pop()
        lines.append(form.delimiter.join([*map(cell, cells), *[""] * form.trailing * (len(cells) == len(COLUMNS))]))
    return (form.line_end.join(lines) + form.line_end).encode(form.encoding)


def workbook_of(rows: Sequence[Sequence[Any]], formats: dict[str, str]) -> bytes:
    """Cells as they are; `formats` are those of numbers, by letter of the column."""
    book = openpyxl.Workbook()
    for row in [COLUMNS, *rows]:
        book.active.append(row)
    for letter, number_format in formats.items():
        for cell in book.active[letter][1:]:
            cell.number_format = number_format
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def write_parquet(path: Path, rows: Sequence[Sequence[Any]], types: dict[str, str]) -> None:
    columns = ", ".join(f"{name} {types.get(name, 'VARCHAR')}" for name in COLUMNS)
    with duckdb.connect() as duck:
        duck.execute("SET TimeZone = 'UTC'")
        duck.execute(f"CREATE TABLE people ({columns})")
        duck.executemany(f"INSERT INTO people VALUES ({', '.join('?' * len(COLUMNS))})", [list(row) for row in rows])
        duck.execute(f"COPY people TO '{path}' (FORMAT parquet)")
