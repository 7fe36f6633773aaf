"""Rows as a CSV file that spreadsheets open as it is."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

PIECE = 1000  # rows sent at once


def csv_download(file_name: str, names: Sequence[Any], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """Return the answer that streams `rows` below their names; however many they are, few are in memory at once.

    The first row is read here. What `rows` raises by then can still be shown on a page: an answer that has begun can
    only break off.
    """
    rows = iter(rows)
    lines = chain([names], list(islice(rows, 1)), rows)
    answer = StreamingHttpResponse(_text(lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(True, file_name)
    return answer


def _text(lines: Iterator[Sequence[Any]]) -> Iterator[str]:
    yield "\ufeff"  # by this mark a spreadsheet knows that the text is UTF-8
    while piece := list(islice(lines, PIECE)):
        buffer = io.StringIO()
        csv.writer(buffer).writerows([_harmless(cell) for cell in line] for line in piece)
        yield buffer.getvalue()


def _harmless(cell: Any) -> str:
    """A spreadsheet would run a cell that begins so as a formula. Numbers are none."""
    text = "" if cell is None else str(cell)
    if text[:1] not in ("=", "+", "-", "@", "\t", "\r"):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
