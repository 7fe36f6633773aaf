"""The technical lines of a run, as its page shows them: in the reader's words, with what was told verbatim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exports.dispositions import Disposition
from exports.models import Run, RunEvent
from exports.sentences import SENTENCES, sentence


@dataclass(frozen=True, slots=True)
class Line:
    """`told` is what Constant Contact, or a library, said: in English whatever the reader's language."""

    at: datetime
    text: str
    told: str = ""


def history_of(run: Run) -> list[Line]:
    """Return what happened in the run, oldest first."""
    return [Line(event.at, _text(run, event), str(event.details.get("told", ""))) for event in run.events.all()]


def _text(run: Run, event: RunEvent) -> str:
    details: dict[str, Any] = event.details
    if event.code == "planned":
        return _planned(details)
    if event.code == "batch_refused":
        return _("Constant Contact refused batch %(batch)s.") % details
    if event.code == "activity_adopted":
        return _("The answer about batch %(batch)s was lost; its job %(activity)s was found and is followed.") % details
    if event.code == "answer_lost":
        return _("The answer about batch %(batch)s was lost; it is sent again.") % details
    if event.code == "activity_taken":
        return _("The answer about batch %(batch)s named a job of another batch, so it counts as lost.") % details
    if event.code == "cancel_requested":
        return _("Somebody asked to stop the run.")
    if event.code not in SENTENCES:
        return str(event.code)
    of_the_end = run.reason_details if run.reason == event.code else {}
    return sentence(event.code, {**of_the_end, **details}).happened


def _planned(details: dict[str, Any]) -> str:
    """Each kind of profile with its number, then the batches they make."""
    counts = [f"{kind.label}: {_number(details[kind])}" for kind in Disposition if details.get(kind)]
    batches = details.get("batches", 0)
    made = ngettext("%(count)s batch", "%(count)s batches", batches) % {"count": _number(batches)}
    how = [str(Run.Encoding(details["encoding"]).label)] if details.get("encoding") else []
    return _("The plan was made: %(parts)s") % {"parts": " · ".join([*counts, made, *how])}


def _number(value: Any) -> str:
    return str(number_format(value, force_grouping=True))
