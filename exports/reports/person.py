"""What became of one person in a run, said in a sentence, and what somebody can do about it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext as _

from exports.destination.fields import label_of
from exports.dispositions import SENT_AGAIN, Disposition
from exports.models import Batch
from exports.plan.reader import Fate
from exports.sentences import Sentence

_LEFT_OUT: Mapping[str, tuple[str, str]] = {
    Disposition.UNCHANGED: (
        gettext_noop("Nothing changed since the last run, so this profile was not sent again."),
        gettext_noop("Constant Contact has these values already."),
    ),
    Disposition.NO_EMAIL: (
        gettext_noop("Left out: the profile has no e-mail address."),
        gettext_noop("Add the address in the source of the profiles."),
    ),
    Disposition.INVALID_EMAIL: (
        gettext_noop("Left out: Constant Contact does not accept this e-mail address."),
        gettext_noop("Correct the address in the source of the profiles."),
    ),
    Disposition.UNCONFIRMED: (
        gettext_noop("Not sent again: these values were sent twice, and it is not known whether they arrived."),
        gettext_noop(
            "Look the address up at Constant Contact. It is sent again when one of its values changes, or with "
            "“Send everyone again”."
        ),
    ),
    Disposition.DUPLICATE: (
        gettext_noop("Left out: another profile has the same e-mail address and was kept."),
        gettext_noop("Only one contact can have this address; merge the two profiles in their source."),
    ),
    Disposition.TOO_LONG: (
        gettext_noop("Left out: the value for “%(field)s” is longer than Constant Contact accepts."),
        gettext_noop("Shorten it in the source of the profiles, or remove the attribute from the data matching."),
    ),
    Disposition.INVALID_VALUE: (
        gettext_noop("Left out: Constant Contact does not accept the value for “%(field)s”."),
        gettext_noop("Correct it in the source of the profiles, or remove the attribute from the data matching."),
    ),
    Disposition.SUPPRESSED: (
        gettext_noop("Left out: this person unsubscribed."),
        gettext_noop("Constant Contact adds nobody who unsubscribed; only they themselves can subscribe again."),
    ),
    Disposition.LEAVER: (gettext_noop("This person left the segments."), ""),
}
_SENT: Mapping[str, tuple[str, str]] = {
    Batch.State.PENDING: (gettext_noop("To be sent with batch %(batch)s."), ""),
    Batch.State.SENDING: (gettext_noop("Being sent with batch %(batch)s."), ""),
    Batch.State.SENT: (gettext_noop("Sent with batch %(batch)s, which Constant Contact is importing."), ""),
    Batch.State.COMPLETED: (gettext_noop("Sent with batch %(batch)s and imported."), ""),
    Batch.State.REFUSED: (
        gettext_noop("Sent with batch %(batch)s, which Constant Contact did not import."),
        gettext_noop("Run the export again: this profile is sent once more."),
    ),
    Batch.State.CANCELLED: (
        gettext_noop("Not sent, because the run was stopped before batch %(batch)s."),
        gettext_noop("Run the export again: this profile is sent then."),
    ),
    Batch.State.UNKNOWN: (
        gettext_noop("Sent with batch %(batch)s, whose outcome is not known."),
        gettext_noop("Run the export again: this profile is sent once more."),
    ),
}
_KEPT_UPDATED_LAST = gettext_noop(
    "Left out: another profile has the same e-mail address and was kept, because it was updated more recently or, of "
    "those updated at once, has the lowest key."
)
_PERHAPS = gettext_noop(
    "Constant Contact did not accept %(lost)s of the %(rows)s profiles of this batch and does not say which."
)
_ONCE_MORE = gettext_noop("The next run sends this profile once more.")
_THEN = gettext_noop(
    "Constant Contact did not accept %(lost)s of the %(rows)s profiles of the batch it was in (%(run)s) and does not "
    "say which."
)
_EMPTIED = gettext_noop("Empty now, so Constant Contact keeps the old value: %(fields)s.")


def fate_of(fate: Fate, custom: Mapping[str, str]) -> Sentence:
    """Return what happened to the person, and what to do next. `custom`: labels of custom fields."""
    row = fate.row
    if row.disposition == Disposition.UNCONFIRMED:
        return _unconfirmed(fate)
    if row.disposition != Disposition.SEND:
        happened, next_step = _LEFT_OUT[row.disposition]
        if row.disposition == Disposition.DUPLICATE and fate.is_dated:
            happened = _KEPT_UPDATED_LAST
        field = label_of(row.reason, custom) if row.reason else ""
        return Sentence(_(happened) % {"field": field}, _(next_step) if next_step else "")
    happened, next_step = _sent(fate)
    if fate.emptied:
        fields = gettext(", ").join(label_of(target, custom) for target in fate.emptied)
        next_step = " ".join(filter(None, [next_step, _(_EMPTIED) % {"fields": fields}]))
    return Sentence(happened, next_step)


def _sent(fate: Fate) -> tuple[str, str]:
    row, batch = fate.row, fate.batch
    if batch is None:
        return str(Disposition.SEND.label), ""
    happened, next_step = _SENT[batch.state]
    told = _(next_step) if next_step else ""
    if batch.state == Batch.State.COMPLETED and not batch.is_confirmed:
        after = _LEFT_OUT[Disposition.UNCONFIRMED][1] if row.reason == SENT_AGAIN else _ONCE_MORE
        told = f"{_(_PERHAPS) % _lost(batch)} {_(after)}"
    return _(happened) % {"batch": batch.number}, told


def _unconfirmed(fate: Fate) -> Sentence:
    happened, next_step = _LEFT_OUT[Disposition.UNCONFIRMED]
    if fate.batch is None:
        return Sentence(_(happened), _(next_step))
    lost = _(_THEN) % {**_lost(fate.batch), "run": fate.batch.run}
    return Sentence(_(happened), f"{lost} {_(next_step)}")


def _lost(batch: Batch) -> dict[str, str]:
    return {"lost": _number(batch.rows - batch.accepted), "rows": _number(batch.rows)}


def _number(value: int) -> str:
    return str(number_format(value, force_grouping=True))
