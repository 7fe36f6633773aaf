"""What should be on the list, worked out by plain Python from the file and the documented rules.

It shares nothing with the product: not its readers, not its expressions. What is documented: docs/decisions/0016, the
lengths and forms of the API reference, and that blanks and invisible characters around a value are no part of it.
"""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl

BLANKS = " \t\n\r\v\f\u00a0\u2003\u3000\u200b\ufeff\u00ad"
INVISIBLE = set("\u00a0\u2003\u3000\u200b\ufeff\u00ad")
ADDRESS = re.compile(r"[a-z0-9+_-]+(\.[a-z0-9+_-]+)*@([a-z0-9-]+\.)+[a-z]{2,}")
# Of the notations that are tried: what is one number, and as what it is sent.
PHONES = {
    "+1 425 555 0100": "+1 425 555 0100",
    "(030) 1234-5678": "(030) 1234-5678",
    "4255550100": "4255550100",
    "0171/5550100": "0171/5550100",
    "425.555.0100 x12": "425.555.0100 x12",
    "+1 (425) 555 - 0100 -- 22": "+1 (425) 555 - 0100 -- 22",
}
ZERO_DATE = re.compile(r"0+[-/.]0+[-/.]0+")


@dataclass
class Expected:
    """Who is on the list with which values, how many are left out for what, and how many lack a value they have."""

    listed: dict[str, dict[str, str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    without_value: int = 0


def rows_of_csv(content: bytes, encoding: str, delimiter: str) -> list[dict[str, str]]:
    text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    names, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names = [name for name in names if name]
    return [dict(zip(names, [*row, *[""] * len(names)], strict=False)) for row in rows]


def rows_of_workbook(content: bytes) -> list[dict[str, str]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content), data_only=True).active
    names, *rows = [[as_text(cell.value) for cell in row] for row in sheet.iter_rows()]
    return [dict(zip(names, row, strict=True)) for row in rows]


def rows_of_parquet(path: Path) -> list[dict[str, str]]:
    with duckdb.connect() as duck:
        duck.execute("SET TimeZone = 'UTC'")
        found = duck.execute("SELECT * FROM read_parquet($path)", {"path": str(path)})
        names = [column[0] for column in found.description]
        return [dict(zip(names, map(as_text, row), strict=True)) for row in found.fetchall()]


def as_text(value: Any) -> str:
    """A value as a person writes it: whole numbers without a point, days as days, nothing for what is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, date) else str(value)


def day_of(text: str, form: str) -> date | None:
    """The day of a date that is written in that form; None where there is none."""
    text = text.strip(BLANKS)
    if not text or ZERO_DATE.match(text):
        return None
    for each in (form, "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, each).date()
        except ValueError:
            pass
    raise AssertionError(f"{text!r} is not written as {form}.")


def number_of(text: str, notation: tuple[str, str]) -> Decimal | None:
    between, point = notation
    text = text.strip(BLANKS)
    return Decimal(text.replace(between, "").replace(point, ".")) if text else None


def one_line(text: str, longest: int = 50) -> str | None:
    return _within(re.sub("\r\n|[\t\n\r]", " ", text), longest)


def _within(text: str, longest: int) -> str | None:
    text = text.strip(BLANKS)
    return text if len(text) <= longest else None


def values_of(row: Mapping[str, str], form: str) -> dict[str, str | None]:
    """The value that is sent into each field: "" where there is none, None where the field takes no such value."""
    day = day_of(row["joined"], form)
    return {
        "first_name": one_line(row["first"]),
        "last_name": one_line(row["last"]),
        "other_phone": PHONES.get(row["tel"].strip(), None if row["tel"].strip() else ""),
        "anniversary": "" if day is None else day.isoformat() if 1900 <= day.year <= 9999 else None,
        "home_zip": one_line(row["zip"]),
        "home_country": one_line(row["country"]),
        "note": _within(row["note"], 255),
        "amount": _within(row["amount"], 255),
    }


def problem_of(address: str) -> str:
    if not address:
        return "no_email"
    if not ADDRESS.fullmatch(address):
        return "invisible_in_email" if INVISIBLE & set(address) else "invalid_email"
    return "too_long" if len(address) > 50 else ""


def read(rows: Sequence[Mapping[str, str]], form: str, meets: Callable[[Mapping[str, str]], bool]) -> Expected:
    """What becomes of the people in a file. Of those with one address, the one with the lowest key is sent."""
    expected = Expected()
    for row in sorted(
        filter(meets, rows), key=lambda row: (not row["id"].isdigit(), int(re.sub(r"\D", "", row["id"])))
    ):
        address = "".join(letter.lower() if letter.isascii() else letter for letter in row["email"].strip(BLANKS))
        problem = problem_of(address) or ("duplicate" if address in expected.listed else "")
        expected.counts[problem or "send"] += 1
        if not problem:
            values = values_of(row, form)
            expected.listed[address] = {name: value or "" for name, value in values.items()}
            expected.without_value += None in values.values()
    return expected
