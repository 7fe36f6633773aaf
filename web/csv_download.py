"""Rows as a CSV file that spreadsheets open as it is."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any


def csv_lines(names: Sequence[str], pieces: Iterable[Sequence[Sequence[Any]]]) -> Iterator[str]:
    """Return a header and all rows as CSV, piece by piece, for a streaming answer."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def text(rows: Iterable[Sequence[Any]]) -> str:
        writer.writerows([harmless(cell) for cell in row] for row in rows)
        written = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return written

    yield "\ufeff" + text([names])
    for rows in pieces:
        yield text(rows)


def harmless(cell: Any) -> str:
    """A spreadsheet would run a cell that begins so as a formula. Numbers are none."""
    written = "" if cell is None else str(cell)
    return f"'{written}" if written[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(written) else written


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
