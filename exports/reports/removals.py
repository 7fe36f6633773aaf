"""Whom a run took off its list or put back, in words: each kind, one person, all of them as rows of a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from exports.models import Removal, Run
from exports.plan import removals
from exports.plan.dispositions import Disposition
from web.messages import Message

REMOVAL_COLUMNS = ("email", "change", "reason")
_CHANGES = {removals.REMOVE: _("Take off the list"), removals.ADD: _("Put back on the list")}
_KINDS = {
    Disposition.LEAVER.value: Disposition.LEAVER.label,
    Disposition.FORMER_ADDRESS.value: Disposition.FORMER_ADDRESS.label,
    removals.ADDED: _("Added by the run that is undone"),
    removals.REMOVED: _("Taken off by the run that is undone"),
}


def kind_label(kind: str) -> Any:
    """Return why somebody is taken off the list or put back."""
    return _KINDS.get(kind, kind)


def removal_rows(run: Run) -> Iterator[tuple[str, ...]]:
    """Yield everybody of a run's file, as REMOVAL_COLUMNS says.

    Raises FileNotFoundError and StorageUnavailableError.
    """
    if not run.removal_file:
        raise FileNotFoundError(f"run {run.pk} has no such file")
    for email, change, kind in removals.all_people(run):
        yield email, str(_CHANGES[change]), str(kind_label(kind))


def explain_removal(run: Run, address: str) -> Message:
    """Return what a run did with an address on its list; no message where it does nothing with it.

    Raises what removal_rows does.
    """
    found = removals.find(run, address) if run.removal_file else None
    if found is None:
        return Message()
    person, place = found
    jobs = run.removals.filter(kind__in=Removal.OF_THE_LIST, first__lte=place).order_by("number")
    job = next((each for each in reversed(jobs) if place < each.first + each.rows), None)
    outcome = "waits"
    if job is not None and job.state == Removal.State.COMPLETED:
        outcome = "done" if job.done >= job.rows else "in_part"
    elif job is not None and job.state in Removal.FINAL:
        outcome = "never" if job.state == Removal.State.CANCELLED else "unknown"
    return Message(f"person.{person.change}_{outcome}")
