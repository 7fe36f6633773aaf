"""What a message says: what happened and what to do next, in the language that is active."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from ccexport.models import Trouble
from exports.messages import run_message
from exports.models import Run
from exports.reports.numbers import RunNumbers
from exports.reports.sentence import ended_sentence, in_words

Kind = Trouble.Kind
BEGUN: dict[str, tuple[str, str]] = {
    Kind.RECONNECT: (
        gettext_noop("The connection “%(name)s” needs reconnecting."),
        gettext_noop("Constant Contact no longer accepts its authorization. Exports on it fail until you reconnect."),
    ),
    Kind.LATE: (
        gettext_noop("The export “%(name)s” started late."),
        gettext_noop("It was planned for %(planned)s and started at %(started)s. Check that a worker always runs."),
    ),
    Kind.NO_WORKER: (
        gettext_noop("No worker is running."),
        gettext_noop("Runs wait in the queue until one is started: python manage.py qcluster"),
    ),
    Kind.HOST_SILENT: (
        gettext_noop("The worker host “%(name)s” has been silent since %(since)s."),
        gettext_noop(
            "Other hosts at work: %(others)s. Nothing is lost, but there is less to work with. Start its workers "
            "again, or retire the host on the Status page if it is gone for good."
        ),
    ),
}
OVER: dict[str, str] = {
    Kind.RUN_FAILED: gettext_noop("The export “%(name)s” works again."),
    Kind.RECONNECT: gettext_noop("The connection “%(name)s” works again."),
    Kind.EXPIRES: gettext_noop("The authorization of the connection “%(name)s” no longer expires soon."),
    Kind.REFUSED: gettext_noop("Constant Contact accepts the profiles of the export “%(name)s” again."),
    Kind.LATE: gettext_noop("The export “%(name)s” is on time again."),
    Kind.NO_WORKER: gettext_noop("A worker is running again."),
    Kind.HOST_SILENT: gettext_noop("The worker host “%(name)s” gives signs of life again."),
}
HANGS = (gettext_noop("The queue doesn't move."), gettext_noop("Restart the workers; nothing is lost by that."))
MOVES = gettext_noop("The queue moves again.")
REFRESH_LATE = gettext_noop("The system refresh started late.")
REFRESH_ON_TIME = gettext_noop("The system refresh is on time again.")


@dataclass(frozen=True, slots=True)
class Message:
    """`numbers`: what became of everybody, in one line, where it is about a run that sent something."""

    title: str
    text: str
    href: str
    numbers: str = ""
    tone: str = "warning"  # danger: something does not work

    @property
    def body(self) -> str:
        return "\n\n".join(filter(None, (self.text, self.numbers, self.href)))


def message_of(trouble: Trouble, *, over: bool = False) -> Message:
    """Return the message about a trouble that began, or that is over."""
    title, text = (_over(trouble), "") if over else _begun(trouble)
    shown = {name: _shown(name, value) for name, value in trouble.details.items()}
    numbers = _numbers(trouble) if "numbers" in trouble.details and not over else None
    line = in_words(numbers) if numbers and numbers.handed_over else ""
    return Message(title % shown, text % shown, settings.BASE_URL + page_of(trouble), line, _tone(trouble))


def page_of(trouble: Trouble) -> str:
    """Return the address of the page about it."""
    what, _colon, pk = trouble.subject.partition(":")
    if "run" in trouble.details:
        return reverse("admin:exports_run_change", args=[trouble.details["run"]])
    if what == "connection":
        return reverse("admin:connections_connection_change", args=[pk])
    return reverse("admin:system_status")


def _tone(trouble: Trouble) -> str:
    failed = trouble.kind == Kind.RUN_FAILED and not _was_skipped(trouble)
    return "danger" if failed or trouble.kind in (Kind.RECONNECT, Kind.NO_WORKER) else "warning"


def _was_skipped(trouble: Trouble) -> bool:
    return bool(trouble.details.get("status") == Run.Status.SKIPPED)


def _begun(trouble: Trouble) -> tuple[str, str]:
    details = trouble.details
    if trouble.kind == Kind.RUN_FAILED:
        return _ended(trouble)
    if trouble.kind == Kind.EXPIRES:
        return _expires(details["days"])
    if trouble.kind == Kind.REFUSED:
        return _refused(details["refused"])
    if trouble.kind == Kind.LATE and not trouble.subject:
        return _(REFRESH_LATE), _(BEGUN[Kind.LATE][1])
    title, text = HANGS if details.get("hangs") else BEGUN[trouble.kind]
    return _(title), _(text)


def _over(trouble: Trouble) -> str:
    if trouble.kind == Kind.LATE and not trouble.subject:
        return _(REFRESH_ON_TIME)
    return _(MOVES) if trouble.details.get("hangs") else _(OVER[trouble.kind])


def _ended(trouble: Trouble) -> tuple[str, str]:
    """A run that failed, and one that was skipped, are two things."""
    details = trouble.details
    title = _("The export “%(name)s” was skipped.") if _was_skipped(trouble) else _("The export “%(name)s” failed.")
    numbers = _numbers(trouble)
    reason = details["reason"], details["told"]
    text = ended_sentence(details["status"], *reason, numbers) if numbers else str(run_message(*reason))
    return title, text.replace("%", "%%")


def _expires(days: int) -> tuple[str, str]:
    title = ngettext(
        "The authorization of the connection “%(name)s” expires in %(days)s day.",
        "The authorization of the connection “%(name)s” expires in %(days)s days.",
        days,
    )
    return title, _("It has not been used for a long time. Run an export on it or reconnect it to keep it active.")


def _refused(count: int) -> tuple[str, str]:
    text = ngettext(
        "%(refused)s of %(sent)s was not accepted. The page of the run says why.",
        "%(refused)s of %(sent)s were not accepted. The page of the run says why.",
        count,
    )
    return _("Constant Contact did not accept many profiles of the export “%(name)s”."), text


def _numbers(trouble: Trouble) -> RunNumbers | None:
    """The numbers of its run; None: it was opened by a version that did not keep them."""
    numbers = trouble.details.get("numbers")
    return RunNumbers(**numbers) if numbers else None


def trial(name: str) -> Message:
    """The message that the test button sends."""
    title = _("Test message of %(product)s") % {"product": _("Constant Contact exporter")}
    return Message(title, _("%(name)s tests the alerts. There is nothing to do.") % {"name": name}, settings.BASE_URL)


def _shown(name: str, value: Any) -> str:
    if name in ("planned", "started", "since"):
        return str(date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT"))
    return str(number_format(value, force_grouping=True)) if isinstance(value, int) else str(value)
