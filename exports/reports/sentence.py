"""What a run says of itself: why it waits or how it ended, and what became of whom, by its numbers and no guess."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from exports.models import Run
from exports.sentences import NOTHING_TO_ADD, RUN_AGAIN, Sentence, joined, sentence

from .numbers import RunNumbers, numbers_of

SETTLED = (Run.Status.SUCCEEDED, Run.Status.COMPLETED_WITH_ERRORS)
# Of profiles whose batch Constant Contact did not take completely: see docs/decisions/0010-whose-fate-is-unknown.md.
ONCE_MORE = gettext_noop("The next run sends their batch once more, unless this was the second time.")
STOPPED = (Run.Status.FAILED, Run.Status.SKIPPED, Run.Status.CANCELLED)


def run_sentence(run: Run, numbers: RunNumbers | None = None) -> Sentence:
    """Return why a run waits, or how it ended, and what to do next. `numbers`: those of the run, if known."""
    if run.status not in (*SETTLED, *STOPPED):
        return sentence(run.reason, run.reason_details)
    return ended_sentence(run.status, run.reason, run.reason_details, numbers or numbers_of(run))


def ended_sentence(status: str, reason: str, details: Mapping[str, Any], numbers: RunNumbers) -> Sentence:
    """Return the sentence of a run that is over, of which no more is known than this."""
    if status in SETTLED:
        facts = settled_facts(reason, details, numbers)
        return facts[0] if len(facts) == 1 else Sentence(joined(*map(str, facts)))
    told = sentence(reason, details)
    if reason == "cancelled":
        told = Sentence(told.happened, _after_cancelling(numbers))
    if reason in NOTHING_TO_ADD:
        return told
    return Sentence(joined(told.happened, *_before_it_stopped(numbers, reason)), told.next_step)


def facts_of(run: Run, numbers: RunNumbers) -> list[Sentence]:
    """Return the same as run_sentence, one thing at a time: each with what to do about it, the worst first."""
    if run.status in SETTLED:
        return settled_facts(run.reason, run.reason_details, numbers)
    told = run_sentence(run, numbers)
    return [told] if told.happened else []


def settled_facts(reason: str, details: Mapping[str, Any], numbers: RunNumbers) -> list[Sentence]:
    return list(_settled(numbers, reason, details))


def headline(run: Run, numbers: RunNumbers) -> str:
    """Return in a few words what a run did, for a list; empty before it is planned."""
    shown = {"ready": numbers.to_send, "unchanged": numbers.unchanged} | {
        name: getattr(numbers, name) for name in ("selected", "accepted")
    }
    shown = {name: _number(count) for name, count in shown.items()}
    if not numbers.selected:
        return ""
    if run.status == Run.Status.PLANNED:
        return _("%(ready)s of %(selected)s would be sent") % shown
    if not numbers.to_send:
        return _("%(unchanged)s unchanged, nothing to send") % shown if numbers.unchanged else _("Nothing to send")
    if numbers.unchanged:
        return _("%(accepted)s accepted, %(unchanged)s unchanged") % shown
    return _("%(accepted)s of %(selected)s selected") % shown


def in_words(numbers: RunNumbers) -> str:
    """Return every part with its number, as one line."""
    return " · ".join(f"{part.label}: {_number(part.count)}" for part in numbers.parts())


def _settled(numbers: RunNumbers, reason: str, details: Mapping[str, Any]) -> Iterator[Sentence]:
    """Each thing that a person should know, the worst first."""
    if not numbers.to_send and numbers.unchanged:
        yield _counted(
            numbers.unchanged,
            ngettext(
                "Nothing to send: %(count)s profile is unchanged.",
                "Nothing to send: %(count)s profiles are unchanged.",
                numbers.unchanged,
            ),
        )
    if lost := numbers.left_behind:
        happened = ngettext(
            "%(count)s profile was not imported because Constant Contact did not take its batch.",
            "%(count)s profiles were not imported because Constant Contact did not take their batches.",
            lost,
        )
        yield _counted(lost, happened, _(RUN_AGAIN))
    if numbers.outcome_unknown:
        yield _unknown(numbers.outcome_unknown)
    if numbers.unaccounted:
        yield _counted(
            numbers.unaccounted,
            ngettext(
                "%(count)s of the profiles we sent is in none of Constant Contact's counts.",
                "%(count)s of the profiles we sent are in none of Constant Contact's counts.",
                numbers.unaccounted,
            ),
            _(ONCE_MORE),
        )
    elif reason == "counts_disagree":
        yield Sentence(
            _("Constant Contact counted more profiles than we sent."),
            _("The next run sends the batches concerned again."),
        )
    if numbers.refused:
        happened = _("Constant Contact refused %(count)s of the profiles we sent.")
        which = joined(_("Constant Contact does not say which it refused."), _(ONCE_MORE))
        yield _counted(numbers.refused, happened, which)
    if numbers.cannot_add:
        happened = _("%(count)s of the profiles we sent could not be added to the list.")
        why = _("Most often these people unsubscribed, and Constant Contact adds nobody who did.")
        yield _counted(numbers.cannot_add, happened, why)
    if numbers.unconfirmed:
        yield _unconfirmed(numbers.unconfirmed)
    if numbers.faulty:
        yield _left_out(numbers.faulty, details.get("new", numbers.faulty if reason else 0))


def _unconfirmed(count: int) -> Sentence:
    """A calm note: it was said when it happened."""
    happened = ngettext(
        "%(count)s profile was sent twice before and is not confirmed, so it is not sent again until a value changes.",
        "%(count)s profiles were sent twice before and are not confirmed, so they are not sent again until a value "
        "changes.",
        count,
    )
    return _counted(count, happened)


def _left_out(count: int, new: int) -> Sentence:
    if not new:
        return _counted(
            count,
            ngettext("%(count)s profile is left out as before.", "%(count)s profiles are left out as before.", count),
        )
    next_step = _("Download the left-out profiles to see why, and correct them in the source.")
    if new == count:
        happened = ngettext(
            "%(count)s profile was left out because of its data.",
            "%(count)s profiles were left out because of their data.",
            count,
        )
        return _counted(count, happened, next_step)
    happened = ngettext(
        "%(count)s profile was left out because of its data, %(new)s of them for the first time.",
        "%(count)s profiles were left out because of their data, %(new)s of them for the first time.",
        count,
    )
    return Sentence(happened % {"count": _number(count), "new": _number(new)}, next_step)


def _before_it_stopped(numbers: RunNumbers, reason: str) -> Iterator[str]:
    """What had been sent when the run ended without having done all, as far as it is known."""
    if not numbers.handed_over and reason != "cancelled":
        yield _("Nothing was sent.")
        return
    is_simple = numbers.not_sent and not numbers.outcome_unknown
    if numbers.accepted and is_simple:
        happened = ngettext(
            "%(count)s profile had been imported before; the rest was not sent.",
            "%(count)s profiles had been imported before; the rest was not sent.",
            numbers.accepted,
        )
        yield _counted(numbers.accepted, happened).happened
    elif numbers.accepted:
        happened = ngettext(
            "%(count)s profile had been imported before.",
            "%(count)s profiles had been imported before.",
            numbers.accepted,
        )
        yield _counted(numbers.accepted, happened).happened
    elif not numbers.outcome_unknown:
        yield _("Nothing had been imported.")
    if numbers.outcome_unknown:
        yield str(_unknown(numbers.outcome_unknown))
        if numbers.not_sent:
            yield _("The rest was not sent.")


def _after_cancelling(numbers: RunNumbers) -> str:
    """There may be nothing left to do: what Constant Contact had already was imported."""
    if numbers.to_send and numbers.to_send == numbers.accepted:
        return ""
    return _("Run the export again to send the rest.") if numbers.accepted else _("Run the export again to send it.")


def _unknown(count: int) -> Sentence:
    return _counted(
        count,
        ngettext(
            "What became of %(count)s profile that was sent is not known.",
            "What became of %(count)s profiles that were sent is not known.",
            count,
        ),
        ngettext("The next run sends it again.", "The next run sends them again.", count),
    )


def _counted(count: int, happened: str, next_step: str = "") -> Sentence:
    return Sentence(happened % {"count": _number(count)}, next_step)


def _number(count: int) -> str:
    return str(number_format(count, force_grouping=True))
