"""Contacts sent per day and what became of them, as Home draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from exports.models import Batch
from exports.reports.numbers import HANDED_OVER, NamedPart, outcome_unknown, sums_of_batches
from web.charts import Chart, Part, columns, in_words

DAYS = 30
NEVER_SENT = (Batch.State.PENDING, Batch.State.CANCELLED)
# One whose answer was lost, or whose import was refused at once, has no time of an answer.
SENT_AT = Coalesce("sent_at", "sending_at", "run__queued_at")
LATELY = 7  # days, today among them


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the installation's time zone."""

    date: date
    counts: Mapping[str, int]  # what was handed over, by the names of RunNumbers

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def parts(self) -> list[NamedPart]:
        return _parts(self.counts)

    @property
    def stack(self) -> list[Part]:
        day = date_format(self.date, "SHORT_DATE_FORMAT")
        return [(f"{day} · {part.label}", part.tone, part.count) for part in self.parts]


@dataclass(frozen=True, slots=True)
class SentByDay:
    """`days` are DAYS in a row, the last one is today; something was sent on one of them at least."""

    days: Sequence[Day]

    @property
    def totals(self) -> list[NamedPart]:
        """The parts of all days."""
        return _parts({name: sum(day.counts[name] for day in self.days) for name in HANDED_OVER})

    @property
    def highest(self) -> Day:
        return max(self.days, key=lambda day: day.total)

    @property
    def total(self) -> int:
        return sum(day.total for day in self.days)

    @property
    def accepted_lately(self) -> int:
        return sum(day.counts["accepted"] for day in self.days[-LATELY:])

    @property
    def chart(self) -> Chart:
        label = _("Contacts sent per day, by what became of them")
        totals = in_words([(part.label, part.tone, part.count) for part in self.totals])
        return columns(f"{label} – {totals}", [day.stack for day in self.days], has_track=True)

    @property
    def table(self) -> list[tuple[Day, list[tuple[str | Promise, int]]]]:
        """Each day on which something was sent, the latest first, with the count of every part that occurs."""
        return [(day, [(part.label, day.counts[part.name]) for part in self.totals]) for day in self.busy_days]

    @property
    def busy_days(self) -> list[Day]:
        """The days on which something was sent, the latest first."""
        return [day for day in reversed(self.days) if day.total]


def sent_by_day() -> SentByDay | None:
    """Return the last DAYS days, by the day on which a batch was sent; None when nothing was. One query."""
    begin = timezone.localdate() - timedelta(days=DAYS - 1)
    counts = {row["day"]: {name: row[f"sum_{name}"] for name in HANDED_OVER} for row in _rows(begin)}
    if not any(sum(sent.values()) for sent in counts.values()):
        return None
    dates = [begin + timedelta(days=place) for place in range(DAYS)]
    return SentByDay([Day(day, counts.get(day, dict.fromkeys(HANDED_OVER, 0))) for day in dates])


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


def _parts(counts: Mapping[str, int]) -> list[NamedPart]:
    """None of them is empty."""
    parts = [NamedPart(name, label, tone, counts[name]) for name, (label, tone) in HANDED_OVER.items()]
    return [part for part in parts if part.count > 0]
