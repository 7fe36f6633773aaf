"""Reads the plan of a run: the payload of a batch, who is left out and why, and what became of one person.

The plan holds people. Whoever shows or hands out rows asks permissions.can_see_people first.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from engine.files import local_copy
from segments.engine import open_engine
from segments.spreadsheets import harmless

from .dispositions import LEFT_OUT, Disposition
from .models import Batch, Run

READER_MEMORY = "128MB"
PIECE = 2048  # contacts that the engine joins at once


@dataclass(frozen=True, slots=True)
class Row:
    """One candidate: what was or would be sent, or why not. `reason` is the target at fault, or empty."""

    profile_id: str
    email: str
    disposition: str
    reason: str
    batch: int | None
    payload: str


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one person in a run: their row of the plan, and the batch it went with."""

    row: Row
    batch: Batch | None


class Ledger:
    """An opened plan."""

    def __init__(self, duck: DuckDBPyConnection, path: Path) -> None:
        self._duck, self._path = duck, str(path)

    def contacts(self, batch: int, separator: str) -> tuple[bytes, int]:
        """The payloads of one batch with `separator` between, and how many they are.

        Joined by the engine: as single texts, 40,000 of them would take longer to make than to send. In pieces: each
        text that grows leaves its smaller selves in memory until the question is answered, sixteen times 4 MB in all.
        """
        query = f"""
            SELECT encode(string_agg(payload, $separator)), count(*) FROM read_parquet($path) WHERE batch = $batch
            GROUP BY file_row_number // {PIECE} ORDER BY file_row_number // {PIECE}
        """  # noqa: S608 - a number of ours
        pieces = self._rows(query, batch=batch, separator=separator)
        body = separator.encode().join(joined for joined, _count in pieces)
        return body, sum(int(count) for _joined, count in pieces)

    def sample(self, disposition: str, most: int = 10, reason: str | None = None) -> list[Row]:
        """The first rows of a disposition, in the order of the plan."""
        query = f"{_SELECT} WHERE disposition = $kind AND ($reason IS NULL OR reason = $reason) LIMIT $most"
        return [Row(*row) for row in self._rows(query, kind=disposition, reason=reason, most=most)]

    def reasons(self) -> list[tuple[str, str, int]]:
        """(disposition, target at fault or "", profiles), most frequent first."""
        query = "SELECT disposition, reason, count(*) FROM read_parquet($path) GROUP BY ALL ORDER BY 3 DESC, 1, 2"
        return [(str(kind), str(reason), int(count)) for kind, reason, count in self._rows(query)]

    def find(self, text: str, most: int = 20) -> list[Row]:
        """The rows of an e-mail address (in any case, with or without blanks around), or of a profile's key."""
        query = f"{_SELECT} WHERE email = lower(trim($text)) OR profile_id = trim($text) LIMIT $most"
        return [Row(*row) for row in self._rows(query, text=text, most=most)]

    def left_out(self) -> Iterator[Row]:
        """Everybody who was chosen and is not sent, in the order of the plan; read piece by piece."""
        cursor = self._duck.execute(f"{_SELECT} WHERE disposition IN {LEFT_OUT_KINDS}", {"path": self._path})
        while rows := cursor.fetchmany(5000):
            yield from (Row(*row) for row in rows)

    def _rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        return self._duck.execute(query, {"path": self._path, **values}).fetchall()


_SELECT = "SELECT profile_id, email, disposition, reason, batch, payload FROM read_parquet($path)"
LEFT_OUT_KINDS = "(" + ", ".join(f"'{kind.value}'" for kind in LEFT_OUT) + ")"


@contextmanager
def open_ledger(run: Run) -> Iterator[Ledger]:
    """Open the plan of a run.

    Raises FileNotFoundError when there is none, or its retention time is over, and StorageUnavailableError.
    """
    if not run.plan_file:
        raise FileNotFoundError(f"run {run.pk} has no plan")
    path = local_copy(run.plan_file)
    with open_engine(READER_MEMORY, reach=[path], keep_order=True) as duck:
        yield Ledger(duck, path)


def find_person(run: Run, text: str) -> list[Fate]:
    """What became of an address or a profile's key in this run; empty when it was not among the candidates.

    Of a profile set aside as a duplicate, the one that was kept is listed as well: both have the address.
    """
    with open_ledger(run) as ledger:
        rows = ledger.find(text)
        if rows and rows[0].email and all(row.disposition == Disposition.DUPLICATE for row in rows):
            rows += [row for row in ledger.find(rows[0].email) if row not in rows]
    batches = {batch.number: batch for batch in run.batches.filter(number__in=[row.batch for row in rows if row.batch])}
    return [Fate(row, batches.get(row.batch or 0)) for row in rows]


def left_out_csv(run: Run) -> Iterator[str]:
    """The left-out report as lines of CSV, for a streaming answer: profile, address, reason, attribute at fault.

    Raises FileNotFoundError or StorageUnavailableError here, and not when the answer has begun.
    """
    lines = _left_out_lines(run)
    next(lines)
    return lines


def _left_out_lines(run: Run) -> Iterator[str]:
    """First nothing: by then the plan is open and its first rows are read."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def line(*cells: object) -> str:
        writer.writerow([harmless(str(cell)) for cell in cells])
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    mapping = run.configuration.get("mapping", {})
    with open_ledger(run) as ledger:
        rows = ledger.left_out()
        first = next(rows, None)
        yield ""
        yield "\ufeff" + line("profile_id", "email", "reason", "attribute")
        for row in chain([first] if first else [], rows):
            label = Disposition(row.disposition).label
            yield line(row.profile_id, row.email or "", label, mapping.get(row.reason, ""))
