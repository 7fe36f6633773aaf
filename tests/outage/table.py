"""The table: a line for each fault, over all its rounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.outage.audit import Findings
from tests.outage.rounds import Outcome

HEADINGS = (
    "fault",
    "rounds",
    "runs",
    "sent",
    "claimed accepted",
    "on the list",
    "said missing/unknown",
    "imports beyond the batches",
    "lost answers",
    "seconds",
    "verdict",
)
LEGEND = """\
Of the disturbed runs: profiles sent (with a batch), of whom the product says that Constant Contact has them, who are on
the list with the very values (also those found unchanged), and of whom it says that they are missing or that it does
not know. Lost answers: imports that may have been carried out while nobody was told, so that a second one is right."""
RUNS = 2


@dataclass
class Line:
    fault: str
    skipped: str = ""
    rounds: int = 0
    findings: Findings = field(default_factory=Findings)
    beyond: int = 0
    lost: int = 0
    seconds: float = 0.0
    wrong: int = 0  # rounds in which something was

    def add(self, outcome: Outcome) -> None:
        self.rounds += 1
        self.findings.add(outcome.findings)
        self.beyond += outcome.beyond
        self.lost += outcome.lost
        self.seconds += outcome.seconds
        self.wrong += bool(outcome.findings.mistakes)

    def cells(self) -> list[str]:
        found = self.findings
        numbers = (
            self.rounds,
            self.rounds * RUNS,
            found.sent,
            found.claimed,
            found.there,
            found.open,
            self.beyond,
            self.lost,
            round(self.seconds),
        )
        return [self.fault, *(f"{number:,}" for number in numbers), self.verdict()]

    def verdict(self) -> str:
        if self.skipped:
            return f"skipped: {self.skipped}"
        if not self.wrong:
            return "ok" if self.rounds else "not tried"
        most = Counter(_kind(mistake) for mistake in self.findings.mistakes).most_common(3)
        return f"**WRONG** in {self.wrong} of {self.rounds}: {'; '.join(kind for kind, _times in most)}"


def _kind(mistake: str) -> str:
    """The mistake without its number, so that those of several rounds are one."""
    number, _, rest = mistake.partition(" ")
    return rest if number.replace(",", "").isdigit() else mistake


def as_table(lines: Sequence[Line]) -> str:
    rows = [list(HEADINGS), *(line.cells() for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS) - 1)]
    ruler = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:]), "---"]
    return "\n".join(_aligned(row, widths) for row in (rows[0], ruler, *rows[1:]))


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    numbers = [cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:], strict=True)]
    return f"| {' | '.join([row[0].ljust(widths[0]), *numbers, row[-1]])} |"
