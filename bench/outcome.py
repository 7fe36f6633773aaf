"""What one scenario measured, and what is wrong about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from math import ceil
from typing import Any

from constant_contact import CSV_MAX_ROWS, MAX_BYTES, MAX_ROWS
from exports.models import Batch, Run

IMPORTS = ("/v3/activities/contacts_json_import", "/v3/activities/contacts_file_import")
GOOD = (Run.Status.SUCCEEDED, Run.Status.COMPLETED_WITH_ERRORS)
LEAST_FILL = 0.97
FORM = 1_000  # bytes of a form around a file, at most; the limit is the file's


@dataclass
class Outcome:
    """One scenario: its runs as they ended, and the requests that the sandbox got meanwhile."""

    title: str
    runs: Sequence[Run]
    requests: Sequence[dict[str, Any]]
    peak: int
    peak_of_all: int
    bare_seconds: float | None = None
    notes: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)

    @cached_property
    def batches(self) -> list[Batch]:
        return list(Batch.objects.filter(run__in=self.runs).select_related("run").order_by("run", "number"))

    # Seconds. Of several runs, the longest.
    @property
    def queued(self) -> float:
        return self._longest(lambda run: run.queued_at, lambda run: run.started_at)

    @property
    def planning(self) -> float:
        return self._longest(lambda run: run.started_at, lambda run: run.planned_at)

    @property
    def sending(self) -> float:
        return self._longest(lambda run: run.planned_at, self._last_accepted)

    @property
    def confirming(self) -> float:
        return self._longest(self._last_accepted, lambda run: run.finished_at)

    @property
    def until_accepted(self) -> float:
        """From Run now until the last import of the last run was accepted; without one, until the plan was made."""
        ends = [self._last_accepted(run) for run in self.runs]
        return (max(end for end in ends if end) - min(run.queued_at for run in self.runs)).total_seconds()

    # Counts.
    @property
    def rows(self) -> int:
        return sum(run.selected for run in self.runs)

    @property
    def sent(self) -> int:
        return sum(run.to_send for run in self.runs)

    @property
    def accepted(self) -> int:
        return sum(batch.accepted for batch in self.batches)

    @property
    def imports(self) -> list[dict[str, Any]]:
        """Those that were queued at Constant Contact."""
        return [each for each in self.requests if each["path"] in IMPORTS and "activity_id" in each]

    @property
    def other_calls(self) -> int:
        return sum(request["path"].startswith("/v3/") for request in self.requests) - len(self.imports)

    @property
    def throttled(self) -> int:
        return sum(request["status"] == 429 for request in self.requests)

    @property
    def largest(self) -> int:
        return max((batch.body_bytes for batch in self.batches), default=0)

    @property
    def fills(self) -> list[float]:
        """How full each batch is, of the limit it is nearer to; without the last ones, which hold what remains."""
        return [
            max(one.rows / _row_limit(one), one.body_bytes / MAX_BYTES)
            for one, following in zip(self.batches, self.batches[1:], strict=False)
            if one.run_id == following.run_id and one.header == following.header
        ]

    @property
    def ratio(self) -> float | None:
        return self.until_accepted / self.bare_seconds if self.bare_seconds else None

    def expect(self, what: str, found: object, wanted: object) -> None:
        if found != wanted:
            self.mistakes.append(f"{self.title}: {what}: {found}, not {wanted}.")

    def check(self, *, lost_answers: int = 0) -> None:
        """Note what is wrong: a status, a call too many, a body too large, a batch half full, an answer 429."""
        for run in self.runs:
            if run.status not in GOOD:
                self.mistakes.append(f"{self.title}: run {run.pk} ended {run.status} ({run.reason}).")
        self.expect("imports", len(self.imports), len(self.batches) + lost_answers)
        self.expect("answers 429", self.throttled, 0)
        self.expect("people accepted", self.accepted, self.sent)
        self.expect("bodies over the limit", sum(batch.body_bytes > MAX_BYTES for batch in self.batches), 0)
        self.expect("bodies of another size than planned", self._strange_bodies(), 0)
        if self.fills and min(self.fills) < LEAST_FILL:
            self.mistakes.append(f"{self.title}: a batch is filled to {min(self.fills):.1%} only.")
        if all(run.encoding == Run.Encoding.JSON for run in self.runs) and self.largest < MAX_BYTES * LEAST_FILL:
            self.expect("batches", len(self.batches), sum(ceil(run.to_send / MAX_ROWS) for run in self.runs))

    def _strange_bodies(self) -> int:
        arrived = sorted(request["body_bytes"] for request in self.imports)
        if len(arrived) != len(self.batches):
            return 0  # said already
        planned = sorted((one.body_bytes, FORM if one.run.encoding == Run.Encoding.CSV else 0) for one in self.batches)
        return sum(not size <= body <= size + form for body, (size, form) in zip(arrived, planned, strict=True))

    def _last_accepted(self, run: Run) -> datetime | None:
        moments = [batch.sent_at for batch in self.batches if batch.run_id == run.pk and batch.sent_at]
        return max(moments, default=run.planned_at)

    def _longest(self, start: Callable[[Run], datetime | None], end: Callable[[Run], datetime | None]) -> float:
        spans = [(start(run), end(run)) for run in self.runs]
        return max((until - since).total_seconds() for since, until in spans if since and until)


def _row_limit(batch: Batch) -> int:
    return CSV_MAX_ROWS if batch.run.encoding == Run.Encoding.CSV else MAX_ROWS
