"""The one table, in Markdown, so that it can stand in the README as it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from bench.installation import Imported
from bench.outcome import Outcome


def _seconds(value: float) -> str:
    return f"{value:.2f}"


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _megabytes(value: float) -> str:
    return f"{value / 1e6:.0f}" if value else ""


COLUMNS: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "queued": ("queued s", _seconds),
    "planning": ("plan s", _seconds),
    "sending": ("send s", _seconds),
    "confirming": ("confirm s", _seconds),
    "until_accepted": ("Run now → last accepted s", _seconds),
    "rate": ("rows/s", _count),
    "peak": ("worker MB", _megabytes),
    "peak_of_all": ("all processes MB", _megabytes),
    "imports": ("imports", _count),
    "other_calls": ("other calls", _count),
    "throttled": ("429", _count),
    "largest": ("largest body", _count),
    "fill": ("fill %", lambda share: f"{100 * share:.1f}"),
    "ratio": ("× bare loop", lambda ratio: f"{ratio:.2f}"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the numbers by column, in seconds, bytes and shares of one; a column may be missing."""

    scenario: str
    note: str = ""
    numbers: Mapping[str, float | None] = field(default_factory=dict)

    @classmethod
    def of_import(cls, scenario: str, imported: Imported) -> Self:
        numbers = {"rate": imported.rows / imported.seconds, "peak": imported.peak}
        return cls(scenario, f"{imported.seconds:.1f} s, once per file", numbers)

    @classmethod
    def of_loop(cls, scenario: str, rows: int, measured: Mapping[str, float]) -> Self:
        seconds = measured["seconds"]
        numbers = {"until_accepted": seconds, "rate": rows / seconds, "ratio": 1.0}
        return cls(scenario, "no limits, no checks", {**measured, **numbers})

    @classmethod
    def of_outcome(cls, outcome: Outcome) -> Self:
        numbers = {name: getattr(outcome, name) for name in COLUMNS if name not in ("imports", "fill", "rate")}
        numbers["imports"] = len(outcome.imports)
        numbers["fill"] = min(outcome.fills, default=None)
        numbers["rate"] = outcome.rows / outcome.until_accepted
        return cls(outcome.title, "; ".join(outcome.notes), numbers)

    def cells(self) -> list[str]:
        values = [(self.numbers.get(name), shown) for name, (_heading, shown) in COLUMNS.items()]
        return [self.scenario, *("" if value is None else shown(value) for value, shown in values), self.note]


def as_table(lines: Sequence[Line]) -> str:
    """Return the lines as a table, its columns aligned; the note comes last and needs no width."""
    heading = ["", *(heading for heading, _shown in COLUMNS.values()), ""]
    rows = [heading, *(line.cells() for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(heading) - 1)]
    ruler = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:]), "---"]
    return "\n".join(_aligned(row, widths) for row in (heading, ruler, *rows[1:]))


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    numbers = [cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:], strict=True)]
    return f"| {' | '.join([row[0].ljust(widths[0]), *numbers, row[-1]])} |"
