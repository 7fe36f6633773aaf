"""Bodies of the two imports, put together from ready pieces without parsing them, and their limits.

Both limits matter at once: what lies beyond 4 MB or the last allowed row, Constant Contact drops **silently**
(API guide, Import Contacts). So a body over a limit raises ValueError here and never leaves.

A body of n pieces has `overhead + sum of their bytes + (n - 1) * SEPARATOR_LENGTH` bytes, in UTF-8.
"""

import csv
import io
import json
import re
from collections.abc import Sequence

MAX_ROWS = 40_000
# The guide counts the header among 40,000 lines.
CSV_MAX_ROWS = 39_999
# "4 MB" is 4,194,304 or 4,000,000; only the smaller is safe.
MAX_BYTES = 4_000_000
MAX_LIST_IDS = 50
SEPARATOR_LENGTH = 1
_NOT_OF_OUTLINE = bytes(set(range(256)) - set(b'",\n'))


class MisalignedColumnsError(ValueError):
    """A line of a CSV import has another number of cells than the header: its values would land in other fields."""


def json_body(payloads: Sequence[str], list_ids: Sequence[str]) -> bytes:
    """Return the body of a JSON import: `payloads` are ready JSON objects, one per contact.

    Raises ValueError when there are no contacts or lists, or too many of either, or too many bytes.
    """
    return json_body_of(",".join(payloads).encode(), len(payloads), list_ids)


def json_body_of(contacts: bytes, count: int, list_ids: Sequence[str]) -> bytes:
    """Return the same of `count` contacts that are joined already, with a comma between."""
    _check_rows(count, MAX_ROWS)
    opening, closing = _envelope(list_ids)
    return within_limit(b"".join((opening.encode(), contacts, closing.encode())))


def json_overhead(list_ids: Sequence[str]) -> int:
    """Return the bytes of a JSON import around its contacts."""
    return len("".join(_envelope(list_ids)).encode())


def csv_body(lines: Sequence[str], header: str) -> bytes:
    """Return the file of a CSV import: `lines` are ready, without their line ends, one per contact.

    Raises ValueError over the limits, and when a value holds a line break: the service counts lines.
    Raises MisalignedColumnsError when a line has more or fewer cells than the header.
    """
    return csv_body_of("\n".join(lines).encode(), len(lines), header)


def csv_body_of(lines: bytes, count: int, header: str) -> bytes:
    """Return the same of `count` lines that are joined already, with a line feed between."""
    _check_rows(count, CSV_MAX_ROWS)
    body = b"".join((header.encode(), b"\n", lines, b"\n"))
    if b"\r" in body or body.count(b"\n") != count + 1:
        raise ValueError("A line of a CSV import must not contain a line break.")
    # Of most lines nothing but the commas is left, so few different ones are looked at.
    outlines = set(body.translate(None, _NOT_OF_OUTLINE).splitlines())
    widths = {re.sub(rb'"[^"]*"', b"", outline).count(b",") + 1 for outline in outlines}
    if len(widths) > 1:
        raise MisalignedColumnsError(f"The header and the lines have {sorted(widths)} cells.")
    return within_limit(body)


def csv_header(names: Sequence[str]) -> str:
    """Return the header of a CSV import, without its line end. Names of custom fields may hold anything."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(names)
    return text.getvalue()


def csv_overhead(header: str) -> int:
    """Return the bytes of a CSV import around its lines: the header, its line end and the last one."""
    return len(header.encode()) + 2


def within_limit(body: bytes) -> bytes:
    """Return `body`. Raises ValueError when it has more bytes than an import reads."""
    if len(body) > MAX_BYTES:
        raise ValueError(f"An import takes at most {MAX_BYTES:,} bytes, not {len(body):,}.")
    return body


def _envelope(list_ids: Sequence[str]) -> tuple[str, str]:
    if not 1 <= len(list_ids) <= MAX_LIST_IDS:
        raise ValueError(f"An import needs 1 to {MAX_LIST_IDS} lists, not {len(list_ids)}.")
    return '{"import_data":[', '],"list_ids":' + json.dumps(list(list_ids), separators=(",", ":")) + "}"


def _check_rows(count: int, limit: int) -> None:
    if not 1 <= count <= limit:
        raise ValueError(f"An import takes 1 to {limit:,} contacts, not {count:,}.")
