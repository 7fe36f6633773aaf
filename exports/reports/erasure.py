"""What the receipt of an erasure says: what was erased where and when, and what remains and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exports.models import Erasure, ErasureStep
from web.badges import BUSY, Badge

_BADGES = {
    Erasure.State.QUEUED: ("warning", "hourglass_empty"),
    Erasure.State.RUNNING: ("info", BUSY),
    Erasure.State.DONE: ("success", "check_circle"),
    Erasure.State.FAILED: ("danger", "error"),
}
_STEP_BADGES = {
    ErasureStep.State.PENDING: ("neutral", "schedule"),
    ErasureStep.State.DONE: ("success", "check_circle"),
    ErasureStep.State.REMAINS: ("warning", "warning"),
    ErasureStep.State.FAILED: ("danger", "error"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One step, as people read it."""

    name: str
    badge: Badge
    outcome: str
    note: str
    at: str


def badge_of(erasure: Erasure) -> Badge:
    return Badge(erasure.get_state_display(), *_BADGES[Erasure.State(erasure.state)])


def places_of(erasure: Erasure) -> list[Place]:
    """Return every step of an erasure, in its order."""
    steps: QuerySet[ErasureStep] = erasure.steps.all()
    return [
        Place(
            str(step),
            Badge(step.get_state_display(), *_STEP_BADGES[ErasureStep.State(step.state)]),
            outcome_of(step),
            str(step.note),
            moment(step.finished_at),
        )
        for step in steps
    ]


def outcome_of(step: ErasureStep) -> str:
    """Return what a step found and did, in one sentence; nothing as long as it is not over."""
    if step.state not in (ErasureStep.State.DONE, ErasureStep.State.REMAINS) or step.kind == ErasureStep.Kind.TABLE:
        return ""
    if step.kind == ErasureStep.Kind.REMEMBER:
        return _("A keyed hash of the address is kept.")
    if step.kind == ErasureStep.Kind.ACCOUNT:
        return _("The contact was deleted.") if step.count else _("There was no such contact any more.")
    parts = []
    if step.count:
        parts.append(
            ngettext("%(count)d entry erased.", "%(count)d entries erased.", step.count) % {"count": step.count}
        )
    if step.files:
        text = ngettext("%(count)d file replaced or deleted.", "%(count)d files replaced or deleted.", step.files)
        parts.append(text % {"count": step.files})
    return " ".join(parts) or _("Nothing was found.")


def what_remains(erasure: Erasure) -> Iterator[str]:
    """Yield a sentence for everything that is still there after the erasure, with the reason."""
    yield _(
        "A keyed hash of the address stays here for good, so that the person is never sent again. The address can't be "
        "read from it."
    )
    yield _(
        "This receipt stays here with the masked address, and so does the audit trail's entry of who asked for it and "
        "when: evidence that the request was met."
    )
    yield _(
        "In the plans of earlier runs the person's rows stay without address, key and values, so that counts are true."
    )
    deleted = erasure.steps.filter(kind=ErasureStep.Kind.ACCOUNT, state=ErasureStep.State.DONE)
    accounts = ", ".join(deleted.values_list("name", flat=True))
    if accounts:
        yield _(
            "Constant Contact (%(accounts)s) lists the contact as deleted; how long it keeps what it knew is said in "
            "its own privacy notice."
        ) % {"accounts": accounts}
    else:
        yield _(
            "What Constant Contact has of the person was not deleted. As long as the contact is on one of our lists, "
            "this application meets the address whenever it reads that list back, and does not keep it."
        )
    for step in erasure.steps.filter(kind=ErasureStep.Kind.TABLE):
        yield _("The table of “%(source)s” is only read by us: the person has to be erased there.") % {
            "source": step.name
        }
    yield _(
        "Back-ups of the database and of the file storage are not changed: whoever operates this application deletes "
        "them by their age. Copies of files on other hosts, and files that are no longer used, go within a day."
    )
    yield _(
        "A file that somebody uploads later may hold the person again. They are not sent then, but should be taken out "
        "of that file."
    )


def receipt_text(erasure: Erasure) -> str:
    """Return the receipt as plain text."""
    by = erasure.asked_by.get_username() if erasure.asked_by else "–"
    lines = [
        _("Receipt: erasure of personal data"),
        "",
        f"{_('Number of the receipt')}: {erasure.pk}",
        f"{_('Address (masked)')}: {erasure.masked}",
        f"{_('Asked for')}: {moment(erasure.asked_at)}",
        f"{_('Asked for by')}: {by}",
        f"{_('Finished')}: {moment(erasure.finished_at)}",
        f"{_('Status')}: {erasure.get_state_display()}",
        "",
        _("What was erased"),
        "",
    ]
    for place in places_of(erasure):
        told = " ".join(filter(None, [place.outcome, place.note])) or place.badge.label
        lines.append(f"- {place.name} ({place.at or '–'}): {told}")
    lines += ["", _("What remains, and why"), "", *(f"- {sentence}" for sentence in what_remains(erasure)), ""]
    return "\n".join(map(str, lines))


def moment(at: object) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else ""  # type: ignore[arg-type]
