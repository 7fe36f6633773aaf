"""What became of one person in a run, said in a sentence, and what somebody can do about it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from .dispositions import Disposition
from .ledger import Fate
from .models import Batch
from .sentences import Sentence
from .targets import label_of

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
    Disposition.DUPLICATE: (
        gettext_noop("Left out: another profile has the same e-mail address and was updated more recently."),
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
        gettext_noop("Left out: this person opted out."),
        gettext_noop("They are not added again; only they themselves can subscribe again."),
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
_PERHAPS = gettext_noop(
    "Constant Contact did not accept %(lost)s of the %(rows)s profiles of this batch and does not say which."
)


def fate_of(fate: Fate, custom: Mapping[str, str]) -> Sentence:
    """Return what happened to the person, and what to do next. `custom`: labels of custom fields."""
    row, batch = fate.row, fate.batch
    if row.disposition != Disposition.SEND:
        happened, next_step = _LEFT_OUT[row.disposition]
        field = label_of(row.reason, custom) if row.reason else ""
        return Sentence(_(happened) % {"field": field}, _(next_step) if next_step else "")
    if batch is None:
        return Sentence(str(Disposition.SEND.label))
    happened, next_step = _SENT[batch.state]
    lost = batch.rows - batch.accepted
    if batch.state == Batch.State.COMPLETED and lost:
        numbers = {"lost": _number(lost), "rows": _number(batch.rows)}
        return Sentence(_(happened) % {"batch": batch.number}, _(_PERHAPS) % numbers)
    return Sentence(_(happened) % {"batch": batch.number}, _(next_step) if next_step else "")


def _number(value: int) -> str:
    return str(number_format(value, force_grouping=True))
