"""The number of a segment's members over time, one day after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.models import Evaluation, Segment
from web.charts import Chart, line

# Documented: the trend of the last 7 days, 30 days or 6 months.
RANGES: dict[str, tuple[Any, int]] = {
    "7": (gettext_lazy("7 days"), 7),
    "30": (gettext_lazy("30 days"), 30),
    "180": (gettext_lazy("6 months"), 182),
}


@dataclass(frozen=True)
class Trend:
    """Day after day the number that was found last until then; None: nobody had counted yet."""

    days: Sequence[tuple[date, int | None]]
    low: int
    high: int

    @property
    def chart(self) -> Chart:
        span = {
            "low": number_format(self.low, force_grouping=True),
            "high": number_format(self.high, force_grouping=True),
        }
        label = _("Between %(low)s and %(high)s members in this period") % span
        return line(label, [(date_format(day, "SHORT_DATE_FORMAT"), count) for day, count in self.days])


def trend_of(segment: Segment, days: int) -> Trend | None:
    """Return the trend of the last `days` days, today included; None while there is nothing to show."""
    found = dict(_last_of_each_day(segment))
    first = timezone.localdate() - timedelta(days=days - 1)
    count = next((found[day] for day in sorted(found, reverse=True) if day < first), None)
    counts: list[tuple[date, int | None]] = []
    for day in (first + timedelta(days=place) for place in range(days)):
        count = found.get(day, count)
        counts.append((day, count))
    known = [count for _day, count in counts if count is not None]
    return Trend(counts, min(known), max(known)) if known else None


def _last_of_each_day(segment: Segment) -> list[tuple[date, int]]:
    """Oldest first, so that the last of a day wins."""
    done = segment.evaluations.filter(status=Evaluation.Status.SUCCEEDED)
    rows = done.order_by("finished_at").values_list("finished_at", "member_count")
    return [(timezone.localdate(finished), count) for finished, count in rows if count is not None]
