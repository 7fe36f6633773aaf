"""What a run did, in profiles: the one place that counts them.

The page of a run, every list, Home, Status, alerts, mails, metrics and the terminal ask here, so that they never
differ. Each profile that was selected is in exactly one of the parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exports.models import Batch, Run
from exports.models.run import NO_CANDIDATES
from exports.plan.dispositions import FAULTY, KEPT_OUT, LEFT_OUT, REPORTED, Disposition
from web.charts import Chart, stacked_bar

State = Batch.State
# What has become of profiles that were handed over: the name of the number, what it is called, its tone.
HANDED_OVER: Mapping[str, tuple[str | Promise, str]] = {
    "accepted": (_("Accepted by Constant Contact"), "success"),
    "importing": (_("Being imported"), "info"),
    "sending": (_("Being sent"), "info"),
    "cannot_add": (_("Can't be added to the list"), "warning"),
    "unaccounted": (_("Not accounted for by Constant Contact"), "warning"),
    "outcome_unknown": (_("Outcome unknown"), "warning"),
    "refused": (_("Refused by Constant Contact"), "danger"),
    "not_imported": (_("Not imported"), "danger"),
}
KEPT_BACK: Mapping[str, tuple[str | Promise, str]] = {
    "waiting": (_("To be sent"), "accent"),
    "unchanged": (_("Unchanged since the last run"), "neutral"),
    "not_sent": (_("Not sent"), "neutral"),
}
_LEFT_OUT_PART = (_("Left out"), "warning")
_KEPT_OUT_PART = (_("Kept off the list"), "neutral")  # nothing that anybody should mend


@dataclass(frozen=True, slots=True)
class NamedPart:
    """Some of those who were selected: which number it is, what it is called, its tone, how many."""

    name: str
    label: str | Promise
    tone: str
    count: int


@dataclass(frozen=True, slots=True)
class RunNumbers:
    """How many profiles of a run are where. What has the same name as a column of Batch is that column's sum."""

    accepted: int = 0
    refused: int = 0  # one by one: Constant Contact found an error in each
    cannot_add: int = 0  # known to Constant Contact, but not added to the list; most often they unsubscribed
    unaccounted: int = 0  # imported, and in none of its counts
    outcome_unknown: int = 0  # sent, and not followed to the end
    not_imported: int = 0  # in batches that were refused, or failed, as a whole
    importing: int = 0
    sending: int = 0
    waiting: int = 0  # still to be sent
    not_sent: int = 0  # never will be: the run ended, or is being stopped
    unchanged: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)  # by disposition
    apart: Mapping[str, int] = field(default_factory=dict)  # by dispositions that are none of the above
    # Addresses on the list that nobody who was selected has, by what they are, and how many of them the plan removes.
    beside: Mapping[str, int] = field(default_factory=dict)

    @property
    def selected(self) -> int:
        return self.to_send + self.unchanged + self.all_left_out + sum(self.apart.values())

    @property
    def to_send(self) -> int:
        """Everybody who was planned to be sent, whatever has become of them."""
        return self.handed_over + self.waiting + self.not_sent

    @property
    def handed_over(self) -> int:
        """Everybody who was sent, or is just being sent."""
        return sum(getattr(self, name) for name in HANDED_OVER)

    @property
    def under_way(self) -> int:
        return self.importing + self.sending

    @property
    def not_accepted(self) -> int:
        """Everybody who was sent and of whom Constant Contact did not say that it has them."""
        return self.handed_over - self.accepted - self.under_way

    @property
    def left_behind(self) -> int:
        """Everybody who was to be sent and certainly is not at Constant Contact, because their batch is not."""
        return self.not_imported + self.not_sent

    @property
    def all_left_out(self) -> int:
        return sum(self.left_out.values())

    @property
    def kept_out(self) -> int:
        """Those who are kept off the list by what is known of them: they opted out, left it, or are suppressed."""
        return sum(self.left_out.get(kind, 0) for kind in KEPT_OUT)

    @property
    def leavers(self) -> int:
        """People on the list whom the export added, and who are no longer in its segments."""
        return self.beside.get(Disposition.LEAVER, 0)

    @property
    def former_addresses(self) -> int:
        """Addresses on the list that the export added, of people who have another one now."""
        return self.beside.get(Disposition.FORMER_ADDRESS, 0)

    @property
    def to_remove(self) -> int:
        return self.beside.get("to_remove", 0)

    @property
    def faulty(self) -> int:
        """Those left out for a fault of their data that somebody can mend."""
        return sum(self.left_out.get(kind, 0) for kind in FAULTY)

    def parts(self) -> list[NamedPart]:
        """Return what became of everybody: parts that add up to `selected`, none of them empty."""
        return [part for part in self._all_parts() if part.count]

    def bar(self) -> Chart:
        return stacked_bar([(part.label, part.tone, part.count) for part in self.parts()])

    def reasons(self) -> list[NamedPart]:
        """Return what the report of who is not sent lists: each reason and how many, most frequent first."""
        counts = {**self.left_out, **self.apart}
        reasons = [
            NamedPart(kind, label_of(kind), _tone_of(kind), counts[kind]) for kind in REPORTED if counts.get(kind)
        ]
        return sorted(reasons, key=lambda part: -part.count)

    @property
    def reported(self) -> int:
        """How many the report of who is not sent lists."""
        return sum(part.count for part in self.reasons())

    @property
    def unconfirmed(self) -> int:
        """Those sent twice in vain, as far as is known: see docs/decisions/0010-whose-fate-is-unknown.md."""
        return self.apart.get(Disposition.UNCONFIRMED, 0)

    @property
    def not_on_list(self) -> int:
        """Those sent twice in vain, by name: the list was read back."""
        return self.apart.get(Disposition.NOT_ON_LIST, 0)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def _all_parts(self) -> Iterator[NamedPart]:
        for name in ("accepted", "importing", "sending", "waiting", "unchanged"):
            yield self._part(name)
        for kind, count in self.apart.items():
            yield NamedPart(kind, label_of(kind), "neutral", count)
        for name in ("refused", "not_imported", "cannot_add", "unaccounted", "outcome_unknown", "not_sent"):
            yield self._part(name)
        yield NamedPart("kept_out", *_KEPT_OUT_PART, self.kept_out)
        yield NamedPart("left_out", *_LEFT_OUT_PART, self.all_left_out - self.kept_out)

    def _part(self, name: str) -> NamedPart:
        label, tone = HANDED_OVER.get(name) or KEPT_BACK[name]
        return NamedPart(name, label, tone, getattr(self, name))


def _tone_of(kind: str) -> str:
    """Amber is for what somebody can mend, or look into."""
    return "neutral" if kind in KEPT_OUT else "warning"


def grouped(number: int) -> str:
    """Return a number as the reader's language writes it."""
    return str(number_format(number, force_grouping=True))


def label_of(kind: str) -> str | Promise:
    return Disposition(kind).label if kind in Disposition.values else kind


def numbers_of(run: Any, batches: Sequence[Batch] | None = None) -> RunNumbers:
    """Return the numbers of a run: from `batches`, all that it has; else as with_numbers found them; else from rows."""
    if batches is not None:
        sums = _add_up(batches, ended=run.finished_at is not None)
    elif hasattr(run, "outcome_unknown"):
        sums = {name: getattr(run, name) for name in (*HANDED_OVER, "withdrawn")}
    else:
        sums = Batch.objects.filter(run=run).aggregate(**sums_of_batches(Q(run__finished_at__isnull=False)))
        sums = {name.removeprefix("sum_"): count for name, count in sums.items()}
    return _numbers(run, sums)


def with_numbers(runs: QuerySet[Run]) -> QuerySet[Any]:
    """Annotate each run with its numbers of HANDED_OVER, by their names; numbers_of takes the others from the plan."""
    return runs.annotate(**sums_of_batches(Q(finished_at__isnull=False), "batches__", ""))


def sums_of_batches(ended: Q, path: str = "", prefix: str = "sum_") -> dict[str, Sum]:
    """Return the sums of batches that make HANDED_OVER, and `withdrawn` for those that never were.

    `ended` finds batches of a run that is over; `path` leads from the row to its batches; `prefix` begins the names.
    """
    state, rows, done = f"{path}state", f"{path}rows", Q(**{f"{path}state": State.COMPLETED})
    counted = [F(f"{path}{name}") for name in ("accepted", "refused", "cannot_add")]
    sums = {
        "accepted": Sum(f"{path}accepted", filter=done, default=0),
        "importing": Sum(rows, filter=Q(**{state: State.SENT}) & ~ended, default=0),
        "sending": Sum(rows, filter=Q(**{state: State.SENDING}) & ~ended, default=0),
        "cannot_add": Sum(f"{path}cannot_add", filter=done, default=0),
        "unaccounted": Sum(F(rows) - counted[0] - counted[1] - counted[2], filter=done, default=0),
        "outcome_unknown": Sum(rows, filter=outcome_unknown(ended, path), default=0),
        "refused": Sum(f"{path}refused", filter=done, default=0),
        "not_imported": Sum(rows, filter=Q(**{state: State.REFUSED}), default=0),
        "withdrawn": Sum(rows, filter=Q(**{state: State.CANCELLED}), default=0),
    }
    return {f"{prefix}{name}": total for name, total in sums.items()}


def outcome_unknown(ended: Q, path: str = "") -> Q:
    """Find batches that were sent and not followed to the end. Nobody asks after one whose run is over."""
    left = Q(**{f"{path}state__in": (State.SENDING, State.SENT)}) & ended
    return left | Q(**{f"{path}state": State.UNKNOWN})


def _add_up(batches: Iterable[Batch], *, ended: bool) -> dict[str, int]:
    """The same as sums_of_batches, of batches that were read already."""
    sums = dict.fromkeys((*HANDED_OVER, "withdrawn"), 0)
    unfinished = {State.SENT: "importing", State.SENDING: "sending"}
    whole = {State.REFUSED: "not_imported", State.UNKNOWN: "outcome_unknown", State.CANCELLED: "withdrawn"}
    for batch in batches:
        state = State(batch.state)
        if state == State.COMPLETED:
            for name in ("accepted", "refused", "cannot_add"):
                sums[name] += getattr(batch, name)
            sums["unaccounted"] += batch.rows - batch.accepted - batch.refused - batch.cannot_add
        elif state in unfinished:
            sums["outcome_unknown" if ended else unfinished[state]] += batch.rows
        elif state in whole:
            sums[whole[state]] += batch.rows
    return sums


def _numbers(run: Any, sums: Mapping[str, int]) -> RunNumbers:
    """Put the profiles of no batch, or of a batch that waits, where the run says."""
    counts = {kind: count for kind, count in run.counts.items() if count}
    withdrawn = sums["withdrawn"]
    rest = max(0, counts.pop(Disposition.SEND, 0) - sum(sums.values()))
    return RunNumbers(
        **{name: sums[name] for name in HANDED_OVER},
        waiting=0 if run.finished_at else rest,
        not_sent=withdrawn + (rest if run.finished_at else 0),
        unchanged=counts.pop(Disposition.UNCHANGED, 0),
        left_out={kind.value: counts.pop(kind) for kind in LEFT_OUT if kind in counts},
        beside={kind: counts.pop(kind) for kind in NO_CANDIDATES if kind in counts},
        apart=counts,
    )
