"""What a run says of itself: why it waits or how it ended, and what became of whom, by its numbers and no guess."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from exports.messages import run_message
from exports.models import Export, Run
from exports.models.configuration import configuration_of
from web.messages import Message, joined

from .numbers import RunNumbers, grouped, numbers_of

STOPPED = (Run.Status.FAILED, Run.Status.SKIPPED, Run.Status.CANCELLED)
# Their messages say themselves that nothing came of it.
NOTHING_TO_ADD = frozenset({"no_members", "all_refused"})


@dataclass(frozen=True)
class _Stopped(Message):
    """Why a run ended before it had done all, and then what had become of its profiles."""

    why: Message = field(default_factory=Message)
    consequences: tuple[Message, ...] = ()

    @property
    def happened(self) -> str:
        return joined(self.why.happened, *map(str, self.consequences))

    @property
    def next_step(self) -> str:
        return self.why.next_step


def run_sentence(run: Run, numbers: RunNumbers | None = None) -> str:
    """Return why a run waits, or how it ended, and what to do next. `numbers`: those of the run, if known."""
    return joined(*map(str, facts_of(run, numbers)))


def ended_sentence(status: str, reason: str, details: Mapping[str, Any], numbers: RunNumbers) -> str:
    """Return the same of a run that is over, of which no more is known than this."""
    return joined(*map(str, _ended(status, reason, details, numbers)))


def facts_of(run: Run, numbers: RunNumbers | None = None) -> list[Message]:
    """Return the same as run_sentence, one thing at a time: each with what to do about it, the worst first."""
    if run.status in (*Run.SETTLED, *STOPPED):
        facts = _ended(run.status, run.reason, run.reason_details, numbers or numbers_of(run))
    else:
        facts = [run_message(run.reason, run.reason_details)]
    return [fact for fact in facts if fact.happened]


def notes_of(run: Run, numbers: RunNumbers) -> list[Message]:
    """Return what there is to say of addresses on the list that nobody who was selected has; by name in the plan."""
    configuration, notes = configuration_of(run), []
    wanted = configuration["leavers"] == Export.Leavers.REMOVE and numbers.leavers
    removed = numbers.leavers if wanted and numbers.to_remove else 0
    if numbers.leavers:
        notes.append(_counted("leavers_remove" if removed else "leavers_keep", numbers.leavers))
    of_former = numbers.to_remove - removed
    if of_former:
        notes.append(_counted("former_addresses_remove", of_former))
    if numbers.former_addresses > of_former:
        notes.append(_counted("former_addresses_keep", numbers.former_addresses - of_former))
    if wanted and not removed:
        notes.append(Message("numbers.removal_withheld"))
    return notes


def headline(run: Run, numbers: RunNumbers) -> str:
    """Return in a few words what a run did, for a list; empty before it is planned."""
    if not numbers.selected:
        return ""
    shown = {name: grouped(getattr(numbers, name)) for name in ("selected", "unchanged", "accepted")}
    shown["ready"] = grouped(numbers.to_send)
    if run.status == Run.Status.PLANNED:
        return _("%(ready)s of %(selected)s would be sent") % shown
    if not numbers.to_send:
        return _("%(unchanged)s unchanged, nothing to send") % shown if numbers.unchanged else _("Nothing to send")
    if numbers.unchanged:
        return _("%(accepted)s accepted, %(unchanged)s unchanged") % shown
    return _("%(accepted)s of %(selected)s selected") % shown


def in_words(numbers: RunNumbers) -> str:
    """Return every part with its number, as one line."""
    return " · ".join(f"{part.label}: {grouped(part.count)}" for part in numbers.parts())


def _ended(status: str, reason: str, details: Mapping[str, Any], numbers: RunNumbers) -> list[Message]:
    if status in Run.SETTLED:
        return list(_settled(numbers, reason, details))
    if reason == "cancelled" and not 0 < numbers.to_send == numbers.accepted:
        reason = "cancelled_with_rest" if numbers.accepted else "cancelled_unsent"
    message = run_message(reason, details)
    if reason in NOTHING_TO_ADD:
        return [message]
    return [_Stopped(why=message, consequences=tuple(_consequences(numbers, reason)))]


def _settled(numbers: RunNumbers, reason: str, details: Mapping[str, Any]) -> Iterator[Message]:
    """Each thing that a person should know, the worst first."""
    if not numbers.to_send and numbers.unchanged:
        yield _counted("unchanged", numbers.unchanged)
    for code in ("left_behind", "outcome_unknown", "unaccounted"):
        if count := getattr(numbers, code):
            yield _counted(code, count)
    if reason == "counts_disagree" and not numbers.unaccounted:
        yield Message("numbers.counted_more")
    for code in ("refused", "cannot_add", "unconfirmed", "not_on_list"):
        if count := getattr(numbers, code):
            yield _counted(code, count)
    if faulty := numbers.faulty:
        new = details.get("new", faulty if reason else 0)
        if new in (0, faulty):
            yield _counted("left_out" if new else "left_out_as_before", faulty)
        else:
            yield _counted("left_out_some_new", faulty, new=new)


def _consequences(numbers: RunNumbers, reason: str) -> Iterator[Message]:
    """What had been sent when the run ended without having done all, as far as it is known."""
    if not numbers.handed_over and not reason.startswith("cancelled"):
        yield Message("numbers.nothing_sent")
        return
    if numbers.accepted:
        is_certain = numbers.not_sent and not numbers.outcome_unknown
        yield _counted("imported_and_rest" if is_certain else "imported", numbers.accepted)
    elif not numbers.outcome_unknown:
        yield Message("numbers.nothing_imported")
    if numbers.outcome_unknown:
        yield _counted("outcome_unknown", numbers.outcome_unknown)
        if numbers.not_sent:
            yield Message("numbers.rest_not_sent")


def _counted(code: str, count: int, **details: int) -> Message:
    return Message(f"numbers.{code}", {"count": count, **details})
