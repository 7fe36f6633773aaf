"""Where a run stands, as its page shows it: the four stages, and what has become of everybody so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .dispositions import LEFT_OUT, REPORTED, Disposition
from .models import Batch, Run

SENT_STATES = (Batch.State.SENT, Batch.State.COMPLETED, Batch.State.REFUSED)
# Of a run that ended while Constant Contact still had the batch: nobody asks after it any more.
OUTCOME_UNKNOWN = gettext_lazy("Sent, but not followed to the end")
WELL_ENDED = (Run.Status.SUCCEEDED, Run.Status.COMPLETED_WITH_ERRORS)


@dataclass(frozen=True, slots=True)
class Stage:
    """`state` is done, current, todo or failed; `value` counts to 100, None while that can't be said."""

    title: str
    state: str
    text: str = ""
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of everybody: how many, and where it lies in a bar 1000 wide."""

    label: str | Promise
    tone: str
    count: int
    x: float = 0
    width: float = 0


def stages_of(run: Run, batches: Sequence[Batch]) -> list[Stage]:
    """Return the four stages of a run; a preview has only the first."""
    order = [Run.Stage.PLAN] if run.preview or run.status == Run.Status.PLANNED else list(Run.Stage)
    here = order.index(Run.Stage(run.stage)) if run.stage in order else 0
    return [_stage(run, stage, place - here, batches) for place, stage in enumerate(order)]


def parts_of(run: Run, batches: Sequence[Batch]) -> list[Part]:
    """Return what became of the profiles that were selected: parts that add up to all of them, none empty."""
    refused = sum(batch.refused for batch in batches if batch.state == Batch.State.COMPLETED)
    cannot_add = sum(batch.cannot_add for batch in batches if batch.state == Batch.State.COMPLETED)
    rows = {state: sum(batch.rows for batch in batches if batch.state == state) for state in Batch.State}
    under_way = [
        Part(gettext_lazy("Being imported"), "info", rows[Batch.State.SENT]),
        Part(gettext_lazy("Being sent"), "info", rows[Batch.State.SENDING]),
    ]
    if run.finished_at:
        under_way = [Part(OUTCOME_UNKNOWN, "warning", sum(part.count for part in under_way))]
    counts = [
        Part(gettext_lazy("Accepted by Constant Contact"), "success", sum(batch.accepted for batch in batches)),
        *under_way,
        Part(gettext_lazy("To be sent"), "accent", rows[Batch.State.PENDING]),
        Part(gettext_lazy("Unchanged since the last run"), "neutral", run.counts.get(Disposition.UNCHANGED, 0)),
        Part(gettext_lazy("Not confirmed"), "neutral", run.counts.get(Disposition.UNCONFIRMED, 0)),
        Part(gettext_lazy("Refused by Constant Contact"), "danger", refused + rows[Batch.State.REFUSED]),
        Part(gettext_lazy("Can't be added to the list"), "warning", cannot_add),
        Part(gettext_lazy("Not sent, because the run was stopped"), "neutral", rows[Batch.State.CANCELLED]),
        Part(gettext_lazy("Left out"), "warning", left_out(run)),
    ]
    return laid_out([part for part in counts if part.count > 0])


def summary_of(run: Any) -> list[Part]:
    """Return the same in short, for a run of a list that was annotated with `accepted` and `handed_over`."""
    unchanged, out = run.counts.get(Disposition.UNCHANGED, 0), left_out(run)
    unconfirmed = run.counts.get(Disposition.UNCONFIRMED, 0)
    lost = run.handed_over - run.accepted if run.finished_at else 0
    rest = run.selected - run.accepted - unchanged - unconfirmed - out - lost
    counts = [
        Part(gettext_lazy("Accepted by Constant Contact"), "success", run.accepted),
        Part(gettext_lazy("To be sent"), "accent", 0 if run.finished_at else rest),
        Part(gettext_lazy("Unchanged since the last run"), "neutral", unchanged),
        Part(gettext_lazy("Not confirmed"), "neutral", unconfirmed),
        Part(gettext_lazy("Not accepted"), "danger", lost),
        Part(gettext_lazy("Not sent, because the run was stopped"), "neutral", rest if run.finished_at else 0),
        Part(gettext_lazy("Left out"), "warning", out),
    ]
    return laid_out([part for part in counts if part.count > 0])


def laid_out(parts: Sequence[Part]) -> list[Part]:
    """Give each part its place in the bar: wide enough to be seen, however few they are."""
    total = sum(part.count for part in parts)
    widths = [max(6.0, 1000 * part.count / total) for part in parts]
    scale = 1000 / sum(widths) if widths else 0
    placed, x = [], 0.0
    for part, width in zip(parts, widths, strict=True):
        placed.append(Part(part.label, part.tone, part.count, round(x, 1), round(width * scale, 1)))
        x += width * scale
    return placed


def left_out(run: Run) -> int:
    """How many were chosen and are not sent because of their data or their wish."""
    return sum(run.counts.get(kind, 0) for kind in LEFT_OUT)


def reported(run: Run) -> int:
    """How many the report of who is not sent lists."""
    return sum(run.counts.get(kind, 0) for kind in REPORTED)


def left_out_by_reason(run: Run) -> list[Part]:
    """Return the reasons of the report with how many each concerns, most frequent first."""
    reasons = [Part(kind.label, "warning", run.counts.get(kind, 0)) for kind in REPORTED]
    return sorted((part for part in reasons if part.count), key=lambda part: -part.count)


def _stage(run: Run, stage: Run.Stage, distance: int, batches: Sequence[Batch]) -> Stage:
    """`distance`: how many stages this one lies behind (negative) or before the one at hand."""
    is_over = run.status in WELL_ENDED or run.status == Run.Status.PLANNED
    state = "done" if is_over or distance < 0 else "todo"
    if distance == 0 and not is_over:
        state = "current" if run.is_open else "failed"
    text, value = _TELL[stage](run, batches) if state != "todo" else ("", None)
    return Stage(str(stage.label), state, text, value if state == "current" else None)


def _tell_plan(run: Run, batches: Sequence[Batch]) -> tuple[str, int | None]:
    if run.planned_at is None:
        return "", None
    told = ngettext("%(count)s profile selected", "%(count)s profiles selected", run.selected)
    return told % {"count": number_format(run.selected, force_grouping=True)}, None


def _tell_send(run: Run, batches: Sequence[Batch]) -> tuple[str, int | None]:
    if not batches:
        return _("Nothing to send"), None
    sent = sum(batch.state in SENT_STATES for batch in batches)
    told = ngettext("%(sent)d of %(all)d batch sent", "%(sent)d of %(all)d batches sent", len(batches))
    return told % {"sent": sent, "all": len(batches)}, 100 * sent // len(batches)


def _tell_confirm(run: Run, batches: Sequence[Batch]) -> tuple[str, int | None]:
    rows = sum(batch.rows for batch in batches if batch.state in SENT_STATES)
    if not rows:
        return _("Nothing to confirm"), None
    if run.finished_at:
        imported = sum(batch.state == Batch.State.COMPLETED for batch in batches)
        told = ngettext("%(done)d of %(all)d batch imported", "%(done)d of %(all)d batches imported", len(batches))
        return told % {"done": imported, "all": len(batches)}, None
    done = sum(batch.rows * (100 if batch.state in Batch.FINAL else batch.percent_done) for batch in batches) // rows
    return _("%(share)s imported") % {"share": f"{min(done, 100)}%"}, min(done, 100)


def _tell_settle(run: Run, batches: Sequence[Batch]) -> tuple[str, int | None]:
    return (_("Counts compared"), None) if run.finished_at else ("", None)


_TELL = {
    Run.Stage.PLAN: _tell_plan,
    Run.Stage.SEND: _tell_send,
    Run.Stage.CONFIRM: _tell_confirm,
    Run.Stage.SETTLE: _tell_settle,
}
