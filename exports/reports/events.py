"""The technical lines of a run, as its page shows them: in the reader's words, with what others said verbatim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exports.messages.runs import EVENTS, RUNS
from exports.models import Run, RunEvent
from exports.plan.dispositions import Disposition
from web.messages import Message

from .numbers import grouped


@dataclass(frozen=True, slots=True)
class Line:
    """`detail` is what Constant Contact, or a library, said: in English whatever the reader's language."""

    at: datetime
    text: str
    detail: str = ""


def history_of(run: Run) -> list[Line]:
    """Return what happened in the run, oldest first."""
    return [Line(event.at, _text(run, event), str(event.details.get("told", ""))) for event in run.events.all()]


def _text(run: Run, event: RunEvent) -> str:
    if event.code == "planned":
        return _planned(event.details)
    if event.code in EVENTS:
        return Message(f"event.{event.code}", event.details).happened
    if event.code not in RUNS:
        return event.code
    of_the_end = run.reason_details if run.reason == event.code else {}
    return Message(f"run.{event.code}", {**of_the_end, **event.details}).happened


def _planned(details: dict[str, Any]) -> str:
    """Each kind of profile with its number, then the batches they make."""
    counts = [f"{kind.label}: {grouped(details[kind])}" for kind in Disposition if details.get(kind)]
    batches = details.get("batches", 0)
    made = ngettext("%(count)s batch", "%(count)s batches", batches) % {"count": grouped(batches)}
    how = [str(Run.Encoding(details["encoding"]).label)] if details.get("encoding") else []
    return _("The plan was made: %(parts)s") % {"parts": " · ".join([*counts, made, *how])}
