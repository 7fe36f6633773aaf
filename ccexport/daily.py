"""Contacts sent per day and what became of them, as Home draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exports.models import Batch

DAYS = 30
SLOT, BAR = 10, 8  # how wide a day is in the drawing, and its bar
LEAST = 1.5  # percent of the height: a few contacts are seen beside thousands
# From the bottom of a bar upwards: what it is called, its tone.
OUTCOMES: Mapping[str, tuple[str | Promise, str]] = {
    "accepted": (_("Accepted by Constant Contact"), "success"),
    "importing": (_("Being imported"), "info"),
    "cannot_add": (_("Can't be added to the list"), "warning"),
    "refused": (_("Refused by Constant Contact"), "danger"),
}
_DONE, _LOST = Q(state=Batch.State.COMPLETED), Q(state=Batch.State.REFUSED)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a day's bar, 100 high at most: `y` is its upper end."""

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
    counts: Sequence[int]  # in the order of OUTCOMES
    parts: Sequence[Part]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Chart:
    """`days` are DAYS in a row, the last one is today; `totals` are the outcomes of all of them that occurred."""

    days: Sequence[Day]
    totals: Sequence[Part]
    highest: Day
    width: int = DAYS * SLOT
    bar: int = BAR

    @property
    def total(self) -> int:
        return sum(day.total for day in self.days)

    @property
    def columns(self) -> list[str | Promise]:
        return [label for label, _tone in OUTCOMES.values()]

    @property
    def busy_days(self) -> list[Day]:
        """The days on which something was sent, the latest first."""
        return [day for day in reversed(self.days) if day.total]


def sent_by_day() -> Chart | None:
    """Return the last DAYS days, by the day on which a batch was sent; None when nothing was. One query."""
    today = timezone.localdate()
    begin = today - timedelta(days=DAYS - 1)
    counts = {row["day"]: [row[outcome] for outcome in OUTCOMES] for row in _rows(begin)}
    highest = max((sum(each) for each in counts.values()), default=0)
    if not highest:
        return None
    dates = [begin + timedelta(days=place) for place in range(DAYS)]
    nothing = [0] * len(OUTCOMES)
    days = [_day(date, place, counts.get(date, nothing), highest) for place, date in enumerate(dates)]
    sums = [sum(column) for column in zip(*(day.counts for day in days), strict=True)]
    return Chart(days, _parts(sums, sum(sums)), max(days, key=lambda day: day.total))


def _rows(begin: date) -> Any:
    batches: Any = Batch.objects.filter(run__preview=False, sent_at__isnull=False).order_by()
    return (
        batches.annotate(day=TruncDate("sent_at"))
        .filter(day__gte=begin)
        .values("day")
        .annotate(
            accepted=Sum("accepted", default=0),
            importing=Sum("rows", filter=~_DONE & ~_LOST, default=0),
            cannot_add=Sum("cannot_add", filter=_DONE, default=0),
            refused=Sum("refused", filter=_DONE, default=0) + Sum("rows", filter=_LOST, default=0),
        )
    )


def _day(date: date, place: int, counts: Sequence[int], highest: int) -> Day:
    return Day(date, place * SLOT + (SLOT - BAR) // 2, counts, _parts(counts, highest))


def _parts(counts: Sequence[int], highest: int) -> list[Part]:
    """Stack the parts, none empty, so that `highest` contacts are 100 high."""
    parts, y = [], 100.0
    for (label, tone), count in zip(OUTCOMES.values(), counts, strict=True):
        if count > 0:
            height = max(LEAST, 100 * count / highest)
            y = max(0.0, y - height)
            parts.append(Part(label, tone, count, round(y, 2), round(height, 2)))
    return parts
