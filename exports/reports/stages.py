"""Where a run stands, as its page shows it: its stages, those left out that have nothing to do for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exports.models import Batch, Run

from .numbers import grouped

SENT_STATES = (Batch.State.SENT, Batch.State.COMPLETED, Batch.State.REFUSED, Batch.State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Stage:
    """`state` is done, current, todo or failed; `value` counts to 100, None while that can't be said."""

    title: str
    state: str
    text: str = ""
    value: int | None = None


def stages_of(run: Run, batches: Sequence[Batch]) -> list[Stage]:
    """Return the stages of a run; a preview has only the first two."""
    is_plan_only = run.preview or run.status in (Run.Status.PLANNED, Run.Status.NEEDS_DECISION)
    every = list(Run.Stage)
    order = [stage for stage in (every[:2] if is_plan_only else every) if _is_shown(run, stage, batches)]
    # A run that passes through a stage which is not shown stands before the next one that is.
    here = sum(every.index(stage) < every.index(Run.Stage(run.stage)) for stage in order)
    return [_stage(run, stage, place - here, batches) for place, stage in enumerate(order)]


def _is_shown(run: Run, stage: Run.Stage, batches: Sequence[Batch]) -> bool:
    """Whether a stage did or will do something for a run. Versions that read no list left none of its marks."""
    if stage == Run.Stage.READ:
        return run.stage == stage or run.list_read_at is not None
    if stage == Run.Stage.REMOVE:
        settings = run.configuration
        takes_off = {"leaver": settings.get("leavers"), "former_address": settings.get("former_addresses")}
        return any(run.counts.get(kind) and choice == "remove" for kind, choice in takes_off.items())
    if stage == Run.Stage.CHECK:
        was_read = any(batch.missing is not None for batch in batches)
        return was_read or (run.stage == stage and run.reading_since is not None)
    return True


def done_percent(batch: Batch) -> int:
    """How far the import of a batch is; nothing more is to come of one that was refused, or is asked after no more."""
    if batch.state not in SENT_STATES:
        return 0
    return batch.percent_done if batch.state == Batch.State.SENT else 100


def _stage(run: Run, stage: Run.Stage, distance: int, batches: Sequence[Batch]) -> Stage:
    """`distance`: how many stages this one lies behind (negative) or before the current one."""
    is_over = run.status in (*Run.SETTLED, Run.Status.PLANNED, Run.Status.NEEDS_DECISION)
    state = "done" if is_over or distance < 0 else "todo"
    if distance == 0 and not is_over:
        state = "current" if run.is_open else "failed"
    text, value = _DESCRIBE[stage](run, batches) if state != "todo" else ("", None)
    return Stage(str(stage.label), state, text, value if state == "current" else None)


def _describe_plan(run: Run, batches: Sequence[Batch]) -> tuple[str, int | None]:
    if run.planned_at is None:
        return "", None
    text = ngettext("%(count)s profile selected", "%(count)s profiles selected", run.selected)
    return text % {"count": grouped(run.selected)}, None


def _describe_send(run: Run, batches: Sequence[Batch]) -> tuple[str, int | None]:
    if not batches:
        return _("Nothing to send"), None
    sent = sum(batch.state in SENT_STATES for batch in batches)
    text = ngettext("%(sent)d of %(all)d batch sent", "%(sent)d of %(all)d batches sent", len(batches))
    return text % {"sent": sent, "all": len(batches)}, 100 * sent // len(batches)


def _describe_confirm(run: Run, batches: Sequence[Batch]) -> tuple[str, int | None]:
    rows = sum(batch.rows for batch in batches if batch.state in SENT_STATES)
    if not rows:
        return _("Nothing to confirm"), None
    if run.finished_at:
        imported = sum(batch.state == Batch.State.COMPLETED for batch in batches)
        text = ngettext("%(done)d of %(all)d batch imported", "%(done)d of %(all)d batches imported", len(batches))
        return text % {"done": imported, "all": len(batches)}, None
    done = sum(batch.rows * done_percent(batch) for batch in batches) // rows
    return _("%(share)s imported") % {"share": f"{done}%"}, done


def _describe_settle(run: Run, batches: Sequence[Batch]) -> tuple[str, int | None]:
    """Counts are compared of what was imported, by a run that came this far."""
    if run.status not in Run.SETTLED:
        return "", None
    was_compared = any(batch.state == Batch.State.COMPLETED for batch in batches)
    return (_("Counts compared") if was_compared else _("Nothing to compare")), None


def _describe_read(run: Run, batches: Sequence[Batch]) -> tuple[str, int | None]:
    if run.list_read_at is None:
        return "", None
    return (_("Opt-outs read, the list is empty") if run.list_members == 0 else _("Opt-outs and list read")), None


def _describe_check(run: Run, batches: Sequence[Batch]) -> tuple[str, int | None]:
    counts = [batch.missing for batch in batches if batch.missing is not None]
    if not counts:
        return "", None
    text = ngettext("%(count)s profile is not on the list", "%(count)s profiles are not on the list", sum(counts))
    return (text % {"count": grouped(sum(counts))} if sum(counts) else _("Everybody is on the list")), None


def _describe_nothing(run: Run, batches: Sequence[Batch]) -> tuple[str, int | None]:
    return "", None


_DESCRIBE = {
    Run.Stage.READ: _describe_read,
    Run.Stage.REMOVE: _describe_nothing,
    Run.Stage.CHECK: _describe_check,
    Run.Stage.PLAN: _describe_plan,
    Run.Stage.SEND: _describe_send,
    Run.Stage.CONFIRM: _describe_confirm,
    Run.Stage.SETTLE: _describe_settle,
}
