"""A run in the terminal: a progress bar while it goes on, a summary when it is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from tqdm import tqdm

from exports.models import Batch, Run

from .numbers import numbers_of
from .sentence import notes_of, run_sentence
from .stages import SENT_STATES, done_percent

# How much of the bar each stage is worth; sending and importing move within theirs.
_PLANNED, _SENT = 10, 50


def percent(run: Run) -> int:
    """How far a run is, as a number from 0 to 100."""
    if not run.is_open:
        return 100
    if run.planned_at is None:
        return 0
    batches = list(run.batches.exclude(state=Batch.State.CANCELLED))
    rows = sum(batch.rows for batch in batches)
    if not rows:
        return _PLANNED
    sent = sum(batch.rows for batch in batches if batch.state in SENT_STATES)
    done = sum(batch.rows * done_percent(batch) for batch in batches) / 100
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
    """Selected, what became of whom, left out by reason, calls used, seconds; and what there is to know of it."""
    numbers = numbers_of(run)
    lines: list[tuple[Any, Any]] = [
        (_("Status"), run.get_status_display()),
        (_("Selected"), numbers.selected),
        *((part.label, part.count) for part in numbers.parts()),
        *((f"  {part.label}", part.count) for part in numbers.reasons()),
        (_("Requests"), run.calls),
        (_("Seconds"), f"{seconds:.1f}"),
    ]
    shown = [(label, f"{value:,}" if isinstance(value, int) else str(value)) for label, value in lines]
    text = "\n".join(f"  {label!s:50} {value:>10}" for label, value in shown)
    said = [run_sentence(run, numbers), *map(str, notes_of(run, numbers))]
    return "\n  ".join([text, *(each for each in said if each)])
