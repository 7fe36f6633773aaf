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

from ccexport.models import Incident
from exports.models import Run
from exports.reports.numbers import RunNumbers
from exports.reports.sentence import ended_sentence, in_words
from exports.sentences import sentence

Kind = Incident.Kind
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


def message_of(incident: Incident, *, over: bool = False) -> Message:
    """Return the message about an incident that began, or that is over."""
    title, text = (_over(incident), "") if over else _begun(incident)
    shown = {name: _shown(name, value) for name, value in incident.details.items()}
    numbers = _numbers(incident) if "numbers" in incident.details and not over else None
    line = in_words(numbers) if numbers and numbers.handed_over else ""
    return Message(title % shown, text % shown, settings.BASE_URL + page_of(incident), line, _tone(incident))


def page_of(incident: Incident) -> str:
    """Return the address of the page about it."""
    what, _colon, pk = incident.subject.partition(":")
    if "run" in incident.details:
        return reverse("admin:exports_run_change", args=[incident.details["run"]])
    if what == "connection":
        return reverse("admin:connections_connection_change", args=[pk])
    return reverse("admin:system_status")


def _tone(incident: Incident) -> str:
    failed = incident.kind == Kind.RUN_FAILED and not _was_skipped(incident)
    return "danger" if failed or incident.kind in (Kind.RECONNECT, Kind.NO_WORKER) else "warning"


def _was_skipped(incident: Incident) -> bool:
    return bool(incident.details.get("status") == Run.Status.SKIPPED)


def _begun(incident: Incident) -> tuple[str, str]:
    details = incident.details
    if incident.kind == Kind.RUN_FAILED:
        return _ended(incident)
    if incident.kind == Kind.EXPIRES:
        return _expires(details["days"])
    if incident.kind == Kind.REFUSED:
        return _refused(details["refused"])
    if incident.kind == Kind.LATE and not incident.subject:
        return _(REFRESH_LATE), _(BEGUN[Kind.LATE][1])
    title, text = HANGS if details.get("hangs") else BEGUN[incident.kind]
    return _(title), _(text)


def _over(incident: Incident) -> str:
    if incident.kind == Kind.LATE and not incident.subject:
        return _(REFRESH_ON_TIME)
    return _(MOVES) if incident.details.get("hangs") else _(OVER[incident.kind])


def _ended(incident: Incident) -> tuple[str, str]:
    """A run that failed, and one that was skipped, are two things."""
    details = incident.details
    title = _("The export “%(name)s” was skipped.") if _was_skipped(incident) else _("The export “%(name)s” failed.")
    numbers = _numbers(incident)
    told = ended_sentence(details["status"], details["reason"], details["details"], numbers) if numbers else None
    text = str(told if told is not None else sentence(details["reason"], details["details"]))
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


def _numbers(incident: Incident) -> RunNumbers | None:
    """The numbers of its run; None: it was opened by a version that did not keep them."""
    numbers = incident.details.get("numbers")
    return RunNumbers(**numbers) if numbers else None


def trial(name: str) -> Message:
    """The message that the test button sends."""
    title = _("Test message of %(product)s") % {"product": _("Constant Contact exporter")}
    return Message(title, _("%(name)s tests the alerts. There is nothing to do.") % {"name": name}, settings.BASE_URL)


def _shown(name: str, value: Any) -> str:
    if name in ("planned", "started", "since"):
        return str(date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT"))
    return str(number_format(value, force_grouping=True)) if isinstance(value, int) else str(value)
