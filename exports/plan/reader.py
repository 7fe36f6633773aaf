"""Reads the plan of a run: the payload of a batch, who is left out and why, and what became of one person.

The plan holds people. Whoever shows or hands out rows asks permissions.can_see_people first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import SEEK_END
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from duckdb import DuckDBPyConnection

from engine.files import local_copy
from engine.sessions import open_engine
from exports.models import Batch, Run
from exports.models.configuration import configuration_of
from profiles.blanks import BLANKS
from segments.models import Segment

from .dispositions import FAULTY, KEPT_OUT, NO_CANDIDATES, REPORTED, SENT_WITHOUT, Disposition
from .earlier import EMPTIED, columns_of, has_marks
from .sql import listed

READER_MEMORY = "128MB"
_LISTED = (*REPORTED, *NO_CANDIDATES)
PIECE = 2048  # contacts that the engine joins at once
# attribute: which is at fault; since and source: of whoever is kept off the list; address: the other one of somebody
# whose address changed.
LEFT_OUT_COLUMNS = ("profile_id", "email", "reason", "attribute", "since", "source", "address")


@dataclass(frozen=True, slots=True)
class Row:
    """One candidate: what was or would be sent, or why not. `reason`: see plan.build, mostly the target at fault."""

    profile_id: str
    email: str
    disposition: str
    reason: str
    batch: int | None
    payload: str
    emptied: int = 0  # a bit for each target that was sent with a value before and is empty now
    withheld: int = 0  # a bit for each target whose value is not sent, because Constant Contact would refuse it

    @property
    def is_to_be_mended(self) -> bool:
        """Whether the person was left out for what somebody can mend in the source."""
        return self.disposition in (*FAULTY, Disposition.DUPLICATE)


@dataclass(frozen=True, slots=True)
class PersonOutcome:
    """What became of one person in a run: their row of the plan, and the batch it went with.

    Of an unconfirmed profile, `batch` is the one of an earlier run in which it lay.
    """

    row: Row
    batch: Batch | None
    emptied: Sequence[str] = ()  # targets whose old values Constant Contact keeps
    withheld: Sequence[str] = ()  # targets whose values Constant Contact would refuse
    is_dated: bool = False  # whether all sources say when a profile was last updated: that decides among duplicates


@dataclass(frozen=True, slots=True)
class Why:
    """What a plan says of somebody who is kept off the list, or of an address that no candidate has.

    `since`: an ISO time, "" where it is not told; `source`: who says it (`Contact` or `Account`, which are their
    service's words; `list`, the list itself); `kind` and `address`, of a changed address: why the other one is kept
    out, or what becomes of it, and which it is.
    """

    since: str = ""
    source: str = ""
    kind: str = ""
    address: str = ""


def why_of(disposition: str, reason: str) -> Why:
    """Return what the reason of a row says: its words are those of plan.kept_out and plan.leavers."""
    first, _blank, second = ("" if word == "-" else word for word in reason.partition(" "))
    if disposition in (Disposition.ADDRESS_CHANGED, *NO_CANDIDATES):
        return Why(kind=first, address=second)
    return Why(since=first, source=second) if disposition in KEPT_OUT else Why()


class PlanReader:
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

    def sample(self, disposition: str, limit: int = 10, reason: str | None = None) -> list[Row]:
        """The first rows of a disposition, in the order of the plan."""
        query = f"{self._select} WHERE disposition = $kind AND ($reason IS NULL OR reason = $reason) LIMIT $limit"
        return [Row(*row) for row in self._rows(query, kind=disposition, reason=reason, limit=limit)]

    def reasons(self) -> list[tuple[str, str, int]]:
        """(disposition, target at fault or "", profiles), most frequent first."""
        target = f"CASE WHEN disposition IN {listed(FAULTY)} THEN reason ELSE '' END"
        query = f"SELECT disposition, {target}, count(*) FROM read_parquet($path) GROUP BY ALL ORDER BY 3 DESC, 1, 2"  # noqa: S608 - names of ours
        return [(str(kind), str(reason), int(count)) for kind, reason, count in self._rows(query)]

    def find(self, text: str, limit: int = 20) -> list[Row]:
        """The rows of an e-mail address (in any case, with or without blanks around), or of a profile's key."""
        key = text.strip(BLANKS)
        query = f"{self._select} WHERE email = $address OR profile_id = $key LIMIT $limit"
        address = key.translate(str.maketrans(ascii_uppercase, ascii_lowercase))
        return [Row(*row) for row in self._rows(query, address=address, key=key, limit=limit)]

    def left_out(self) -> Iterator[Row]:
        """Everybody who was chosen and is not sent, but the unchanged; whoever is sent without a value; and
        addresses on the list that nobody has any more.

        In the order of the plan; piece by piece.
        """
        query = f"{self._select} WHERE disposition IN {listed(_LISTED)} OR {self._withheld} > 0"
        cursor = self._duck.execute(query, {"path": self._path})
        while rows := cursor.fetchmany(5000):
            yield from (Row(*row) for row in rows)

    @cached_property
    def _select(self) -> str:
        emptied = f"CASE WHEN batch IS NULL THEN 0 ELSE {EMPTIED.replace('withheld', self._withheld)} END"
        if not has_marks(self._duck, Path(self._path)):
            emptied = "0"
        columns = f"profile_id, email, disposition, reason, batch, payload, {emptied} AS emptied, {self._withheld}"
        return f"SELECT {columns} FROM read_parquet($path)"  # noqa: S608 - names of ours

    @cached_property
    def _withheld(self) -> str:
        """The column, or 0 in plans of versions that sent nobody without a value."""
        return "withheld" if "withheld" in columns_of(self._duck, Path(self._path)) else "0"

    def _rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        return self._duck.execute(query, {"path": self._path, **values}).fetchall()


def plan_of(run: Run) -> Path:
    """Return where the plan of a run is on this host.

    Raises FileNotFoundError when there is none, its retention time is over, or the file was cut off or overwritten;
    and StorageUnavailableError.
    """
    if not run.plan_file:
        raise FileNotFoundError(f"run {run.pk} has no plan")
    path = local_copy(run.plan_file)
    with path.open("rb") as file:
        begin = file.read(4)
        file.seek(-min(4, path.stat().st_size), SEEK_END)
        if (begin, file.read(4)) != (b"PAR1", b"PAR1"):
            raise FileNotFoundError(f"the plan of run {run.pk} is damaged")
    return path


@contextmanager
def open_plan(run: Run) -> Iterator[PlanReader]:
    """Open the plan of a run. Raises what `plan_of` does."""
    path = plan_of(run)
    with open_engine(READER_MEMORY, reach=[path], keep_order=True) as duck:
        yield PlanReader(duck, path)


def find_person(run: Run, text: str) -> list[PersonOutcome]:
    """What became of an address or a profile's key in this run; empty when it was not among the candidates.

    Of a profile set aside as a duplicate, the one that was kept is listed as well: both have the address.
    """
    with open_plan(run) as plan:
        rows = plan.find(text)
        if rows and rows[0].email and all(row.disposition == Disposition.DUPLICATE for row in rows):
            rows += [row for row in plan.find(rows[0].email) if row not in rows]
    targets = list(configuration_of(run)["mapping"])
    segments = Segment.objects.filter(pk__in=[segment["id"] for segment in configuration_of(run)["segments"]])
    is_dated = segments.exists() and not segments.filter(source__updated_attribute="").exists()
    return [
        PersonOutcome(
            row,
            _batch_of(run, row),
            _marked(targets, row.emptied),
            _marked(targets, row.withheld),
            is_dated,
        )
        for row in rows
    ]


def _marked(targets: Sequence[str], marks: int) -> list[str]:
    return [target for bit, target in enumerate(targets) if marks >> bit & 1]


def _batch_of(run: Run, row: Row) -> Batch | None:
    if row.disposition == Disposition.UNCONFIRMED:
        return Batch.objects.filter(pk=int(row.reason), run__export=run.export_id).first()
    return run.batches.filter(number=row.batch).first() if row.batch else None


def left_out_rows(run: Run) -> Iterator[tuple[Any, ...]]:
    """Everybody whom the left-out report lists, each as LEFT_OUT_COLUMNS says. Raises what open_plan does.

    Whoever is sent without values comes once for each of them.
    """
    mapping = configuration_of(run)["mapping"]
    with open_plan(run) as plan:
        for row in plan.left_out():
            if row.disposition in _LISTED:
                why = why_of(row.disposition, row.reason)
                attribute = mapping.get(row.reason, "") if row.disposition in FAULTY else ""
                said = why.since, why.source, why.address
                yield row.profile_id, row.email, Disposition(row.disposition).label, attribute, *said
            for target in _marked(list(mapping), row.withheld):
                yield row.profile_id, row.email, SENT_WITHOUT, mapping[target], "", "", ""
