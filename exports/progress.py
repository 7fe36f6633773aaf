"""A run in the terminal: a progress bar while it goes on, a summary when it is over."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db.models import Sum
from django.utils.translation import gettext as _
from tqdm import tqdm

from .dispositions import Disposition
from .models import Batch, Run
from .sentences import sentence

# How much of the bar each stage is worth; sending and importing move within theirs.
_PLANNED, _SENT = 10, 50


def percent(run: Run) -> int:
    """How far a run is, as a number from 0 to 100."""
    if not run.is_open:
        return 100
    if run.planned_at is None:
        return 0
    rows = run.batches.aggregate(all=Sum("rows"))["all"] or 0
    if not rows:
        return _PLANNED
    sent = run.batches.exclude(activity_id="").aggregate(all=Sum("rows"))["all"] or 0
    done = sum(batch.rows * batch.percent_done / 100 for batch in run.batches.exclude(activity_id=""))
    return int(_PLANNED + _SENT * sent / rows + (99 - _PLANNED - _SENT) * done / rows)


def follow(run: Run, *, meanwhile: Callable[[], None] = lambda: time.sleep(0.3)) -> Run:
    """Draw the progress of a run until it is over or put down as a preview; return it as it is then.

    `meanwhile` is called between two looks: it waits for a worker, or does the worker's work itself.
    """
    with tqdm(total=100, bar_format="{desc:<28} {bar:30} {percentage:3.0f}%  {elapsed}") as bar:
        while True:
            run.refresh_from_db()
            bar.set_description_str(str(run.get_status_display() if not run.is_open else run.get_stage_display()))
            bar.update(percent(run) - bar.n)
            if not run.is_open:
                return run
            meanwhile()


def summary(run: Run, *, seconds: float) -> str:
    """Selected, sent, left out by reason, accepted and refused by Constant Contact, calls used, seconds."""
    batches = list(run.batches.all())
    lines = [
        (_("Status"), run.get_status_display()),
        (_("Selected"), run.selected),
        *((Disposition(kind).label, count) for kind, count in run.counts.items() if kind != Disposition.SEND),
        (_("Sent"), sum(batch.rows for batch in batches if batch.activity_id)),
        (_("Accepted by Constant Contact"), sum(batch.accepted for batch in batches)),
        (_("Refused by Constant Contact"), sum(batch.refused for batch in batches)),
        (_("Can't be added to the list"), sum(batch.cannot_add for batch in batches)),
        (_("Not imported"), sum(batch.rows for batch in batches if batch.state == Batch.State.REFUSED)),
        (_("Requests"), run.calls),
        (_("Seconds"), f"{seconds:.1f}"),
    ]
    text = "\n".join(f"  {label!s:50} {_number(value):>10}" for label, value in lines)
    why = str(sentence(run.reason, run.reason_details))
    return f"{text}\n  {why}" if why else text


def _number(value: int | str) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
