"""Contacts sent per day and what became of them, as Home draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.functional import Promise

from exports.models import Batch
from exports.reports.numbers import HANDED_OVER, outcome_unknown, sums_of_batches

DAYS = 30
SLOT, BAR = 10, 8  # how wide a day is in the drawing, and its bar
LEAST = 1.5  # percent of the height: a few contacts are seen beside thousands
NEVER_SENT = (Batch.State.PENDING, Batch.State.CANCELLED)
# One whose answer was lost, or whose import was refused at once, has no time of an answer.
SENT_AT = Coalesce("sent_at", "sending_at", "run__queued_at")
LATELY = 7  # days, today among them


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a day's bar, 100 high at most: `y` is its upper end."""

    name: str
    label: str | Promise
    tone: str
    count: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the installation's time zone."""

    date: date
    x: int
    counts: Mapping[str, int]  # what was handed over, by the names of RunNumbers
    parts: Sequence[Part]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Chart:
    """`days` are DAYS in a row, the last one is today; `totals` are the parts of all of them, none empty."""

    days: Sequence[Day]
    totals: Sequence[Part]
    highest: Day
    width: int = DAYS * SLOT
    bar: int = BAR

    @property
    def total(self) -> int:
        return sum(day.total for day in self.days)

    @property
    def accepted_lately(self) -> int:
        return sum(day.counts["accepted"] for day in self.days[-LATELY:])

    @property
    def table(self) -> list[tuple[Day, list[tuple[str | Promise, int]]]]:
        """Each day on which something was sent, the latest first, with the count of every part that occurs."""
        return [(day, [(part.label, day.counts[part.name]) for part in self.totals]) for day in self.busy_days]

    @property
    def busy_days(self) -> list[Day]:
        """The days on which something was sent, the latest first."""
        return [day for day in reversed(self.days) if day.total]


def sent_by_day() -> Chart | None:
    """Return the last DAYS days, by the day on which a batch was sent; None when nothing was. One query."""
    begin = timezone.localdate() - timedelta(days=DAYS - 1)
    counts = {row["day"]: {name: row[f"sum_{name}"] for name in HANDED_OVER} for row in _rows(begin)}
    highest = max((sum(each.values()) for each in counts.values()), default=0)
    if not highest:
        return None
    dates = [begin + timedelta(days=place) for place in range(DAYS)]
    nothing = dict.fromkeys(HANDED_OVER, 0)
    days = [_day(date, place, counts.get(date, nothing), highest) for place, date in enumerate(dates)]
    sums = {name: sum(day.counts[name] for day in days) for name in HANDED_OVER}
    return Chart(days, _parts(sums, sum(sums.values())), max(days, key=lambda day: day.total))


def _rows(begin: date) -> Any:
    """The sums of each day. A profile that was sent again is counted with the run that did, where the run before it had
    ended without knowing what became of it: it would be counted twice.
    """
    is_over = Q(run__finished_at__isnull=False)
    batches: Any = (
        Batch.objects.filter(run__preview=False).exclude(state__in=NEVER_SENT).annotate(at=SENT_AT).order_by()
    )
    later = batches.filter(run__export=OuterRef("run__export"), run__gt=OuterRef("run"), at__gt=OuterRef("at"))
    return (
        batches.annotate(day=TruncDate("at"))
        .filter(day__gte=begin)
        .exclude(outcome_unknown(is_over) & Q(Exists(later)))
        .values("day")
        .annotate(**sums_of_batches(is_over))
    )


def _day(date: date, place: int, counts: Mapping[str, int], highest: int) -> Day:
    return Day(date, place * SLOT + (SLOT - BAR) // 2, counts, _parts(counts, highest))


def _parts(counts: Mapping[str, int], highest: int) -> list[Part]:
    """Stack the parts, none empty, so that `highest` contacts are 100 high."""
    parts, y = [], 100.0
    for name, (label, tone) in HANDED_OVER.items():
        if counts[name] > 0:
            height = max(LEAST, 100 * counts[name] / highest)
            y = max(0.0, y - height)
            parts.append(Part(name, label, tone, counts[name], round(y, 2), round(height, 2)))
    return parts
