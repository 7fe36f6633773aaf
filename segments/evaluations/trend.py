"""The number of a segment's members over time, as a chart of one day after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from segments.models import Evaluation, Segment

# Documented: the trend of the last 7 days, 30 days or 6 months.
RANGES: dict[str, tuple[Any, int]] = {
    "7": (_("7 days"), 7),
    "30": (_("30 days"), 30),
    "180": (_("6 months"), 182),
}
HEIGHT = 100
_STEP = 10  # units of width for a day


@dataclass(frozen=True)
class Day:
    """A day with the number that was found last until then; None: nobody had counted yet. `y` is where that lies."""

    date: date
    count: int | None
    x: int
    y: float


@dataclass(frozen=True)
class Chart:
    days: Sequence[Day]
    low: int
    high: int

    @property
    def width(self) -> int:
        return _STEP * len(self.days)

    @property
    def step(self) -> int:
        return _STEP

    @property
    def counted(self) -> list[Day]:
        return [day for day in self.days if day.count is not None]

    @property
    def line(self) -> str:
        """The points of a line through the middle of each day."""
        points = [(day.x + _STEP / 2, day.y) for day in self.counted]
        ends = [(self.counted[0].x, points[0][1]), *points, (self.width, points[-1][1])]
        return " ".join(f"{x:g},{y:g}" for x, y in ends)

    @property
    def area(self) -> str:
        return f"{self.counted[0].x},{HEIGHT} {self.line} {self.width},{HEIGHT}"


def chart_of(segment: Segment, days: int) -> Chart | None:
    """Return the chart of the last `days` days, today included; None while there is nothing to show."""
    today = timezone.localdate()
    found = dict(_last_of_each_day(segment))
    first = today - timedelta(days=days - 1)
    count = next((found[day] for day in sorted(found, reverse=True) if day < first), None)
    counts: list[int | None] = []
    for place in range(days):
        count = found.get(first + timedelta(days=place), count)
        counts.append(count)
    known = [each for each in counts if each is not None]
    if not known:
        return None
    low, high = min(known), max(known)
    shown = [
        Day(first + timedelta(days=place), each, place * _STEP, _height(each, high))
        for place, each in enumerate(counts)
    ]
    return Chart(shown, low, high)


def _last_of_each_day(segment: Segment) -> list[tuple[date, int]]:
    """Oldest first, so that the last of a day wins."""
    done = segment.evaluations.filter(status=Evaluation.Status.SUCCEEDED)
    rows = done.order_by("finished_at").values_list("finished_at", "member_count")
    return [(timezone.localdate(finished), count) for finished, count in rows if count is not None]


def _height(count: int | None, high: int) -> float:
    """From zero, so that a small change looks small; the highest stays clear of the edge."""
    return round(HEIGHT - 92 * (count or 0) / (high or 1), 1)
