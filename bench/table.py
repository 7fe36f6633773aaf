"""What was measured, as one table in Markdown, so that it can stand in the README; and what is wrong about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any, NamedTuple

from constant_contact import CSV_MAX_ROWS, MAX_BYTES, MAX_ROWS
from exports.models import Batch, Run

IMPORTS = ("/v3/activities/contacts_json_import", "/v3/activities/contacts_file_import")
MIN_FILL = 0.97
FORM = 1_000  # bytes of a form around a file, at most; the limit is the file's
MB = 1e-6
# The headings with what numbers (seconds, bytes, shares of one) are multiplied with, and how they are written.
COLUMNS: Mapping[str, tuple[str, float, str]] = {
    "queued": ("queued s", 1, ".2f"),
    "planning": ("plan s", 1, ".2f"),
    "sending": ("send s", 1, ".2f"),
    "confirming": ("confirm s", 1, ".2f"),
    "until_accepted": ("Run now → last accepted s", 1, ".2f"),
    "rate": ("rows/s", 1, ",.0f"),
    "peak": ("worker MB", MB, ".0f"),
    "peak_of_all": ("all processes MB", MB, ".0f"),
    "imports": ("imports", 1, ",.0f"),
    "other_calls": ("other calls", 1, ",.0f"),
    "throttled": ("429", 1, ",.0f"),
    "largest": ("largest body", 1, ",.0f"),
    "fill": ("fill %", 100, ".1f"),
    "ratio": ("× bare loop", 1, ".2f"),
}


class Line(NamedTuple):
    """One line: the numbers by column; a column may be missing."""

    scenario: str
    note: str = ""
    numbers: Mapping[str, float | None] = {}

    def cells(self) -> list[str]:
        values = [(self.numbers.get(name), factor, style) for name, (_heading, factor, style) in COLUMNS.items()]
        # No process needs no memory: it is not known.
        numbers = ["" if one is None or (not one and by == MB) else f"{one * by:{style}}" for one, by, style in values]
        return [self.scenario, *numbers, self.note]


def as_table(lines: Sequence[Line]) -> str:
    """Return the lines as a table, its columns aligned; the note comes last and needs no width."""
    rows = [["", *(heading for heading, _factor, _style in COLUMNS.values()), ""], *(line.cells() for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS) + 1)]
    rows.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:]), "---"])
    cells = ([row[0].ljust(widths[0]), *map(str.rjust, row[1:-1], widths[1:]), row[-1]] for row in rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


@dataclass
class Outcome:
    """One scenario: its runs as they ended, and the requests that the sandbox got meanwhile."""

    title: str
    runs: Sequence[Run]
    requests: Sequence[dict[str, Any]]
    peak: int
    peak_of_all: int
    died: datetime | None  # when the worker was killed
    notes: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.batches = list(Batch.objects.filter(run__in=self.runs).select_related("run").order_by("run", "number"))
        # Those that were queued at Constant Contact.
        self.imports = [each for each in self.requests if each["path"] in IMPORTS and "activity_id" in each]
        self.throttled = sum(request["status"] == 429 for request in self.requests)
        self.largest = max((batch.body_bytes for batch in self.batches), default=0)
        # How full each batch is, of the limit it is nearer to; without the last ones, which hold what remains.
        self.fills = [
            max(one.rows / (CSV_MAX_ROWS if _is_csv(one.run) else MAX_ROWS), one.body_bytes / MAX_BYTES)
            for one, following in zip(self.batches, self.batches[1:], strict=False)
            if one.run_id == following.run_id and one.header == following.header
        ]
        self.planning = self._longest(lambda run: run.started_at, lambda run: run.planned_at)
        # From Run now until the last import of the last run was accepted; without one, until the plan was made.
        ends = filter(None, map(self._last_accepted, self.runs))
        self.until_accepted = (max(ends) - min(run.queued_at for run in self.runs)).total_seconds()

    def line(self, bare_seconds: float | None) -> Line:
        """Of several runs, the longest times."""
        numbers: dict[str, float | None] = {
            "queued": self._longest(lambda run: run.queued_at, lambda run: run.started_at),
            "sending": self._longest(lambda run: run.planned_at, self._last_accepted),
            "confirming": self._longest(self._last_accepted, lambda run: run.finished_at),
            "rate": sum(run.selected for run in self.runs) / self.until_accepted,
            "imports": len(self.imports),
            "other_calls": sum(each["path"].startswith("/v3/") for each in self.requests) - len(self.imports),
            "fill": min(self.fills, default=None),
            "ratio": self.until_accepted / bare_seconds if bare_seconds else None,
        }
        return Line(self.title, "; ".join(self.notes), vars(self) | numbers)

    def until_resumed(self) -> float:
        """Seconds from the death of the worker until the next import was accepted, or the end where all were."""
        moments = [batch.sent_at for batch in self.batches] + [run.finished_at for run in self.runs]
        return min((at - self.died).total_seconds() for at in moments if at and self.died and at > self.died)

    def expect(self, what: str, found: object, wanted: object) -> None:
        if found != wanted:
            self.mistakes.append(f"{self.title}: {what}: {found}, not {wanted}.")

    def check(self, *, lost_answers: int = 0) -> None:
        """Note what is wrong: a status, a call too many, a body too large, a batch half full, an answer 429."""
        for run in self.runs:
            if run.status not in (Run.Status.SUCCEEDED, Run.Status.COMPLETED_WITH_ERRORS):
                self.mistakes.append(f"{self.title}: run {run.pk} ended {run.status} ({run.reason}).")
        self.expect("imports", len(self.imports), len(self.batches) + lost_answers)
        self.expect("answers 429", self.throttled, 0)
        accepted, sent = sum(batch.accepted for batch in self.batches), sum(run.to_send for run in self.runs)
        self.expect("people accepted", accepted, sent)
        self.expect("bodies over the limit", sum(batch.body_bytes > MAX_BYTES for batch in self.batches), 0)
        if len(self.imports) == len(self.batches):  # else it is said already
            arrived = sorted(request["body_bytes"] for request in self.imports)
            planned = sorted((one.body_bytes, FORM if _is_csv(one.run) else 0) for one in self.batches)
            pairs = zip(arrived, planned, strict=True)
            strange = sum(not size <= body <= size + form for body, (size, form) in pairs)
            self.expect("bodies of another size than planned", strange, 0)
        if self.fills and min(self.fills) < MIN_FILL:
            self.mistakes.append(f"{self.title}: a batch is filled to {min(self.fills):.1%} only.")
        if not any(map(_is_csv, self.runs)) and self.largest < MAX_BYTES * MIN_FILL:
            self.expect("batches", len(self.batches), sum(ceil(run.to_send / MAX_ROWS) for run in self.runs))

    def _last_accepted(self, run: Run) -> datetime | None:
        moments = [batch.sent_at for batch in self.batches if batch.run_id == run.pk and batch.sent_at]
        return max(moments, default=run.planned_at)

    def _longest(self, start: Callable[[Run], datetime | None], end: Callable[[Run], datetime | None]) -> float:
        spans = [(start(run), end(run)) for run in self.runs]
        return max((until - since).total_seconds() for since, until in spans if since and until)


def _is_csv(run: Run) -> bool:
    return run.encoding == Run.Encoding.CSV
