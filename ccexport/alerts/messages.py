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
from django.utils.translation import gettext_noop

from ccexport.models import Trouble
from exports.sentences import sentence

Kind = Trouble.Kind
BEGUN: dict[str, tuple[str, str]] = {
    Kind.RUN_FAILED: (gettext_noop("The export “%(name)s” failed."), ""),
    Kind.RECONNECT: (
        gettext_noop("The connection “%(name)s” needs reconnecting."),
        gettext_noop("Constant Contact no longer accepts its authorization. Exports on it fail until you reconnect."),
    ),
    Kind.EXPIRES: (
        gettext_noop("The authorization of the connection “%(name)s” expires in %(days)s days."),
        gettext_noop("Nothing has used it for a long time. Run an export on it or reconnect it to keep it alive."),
    ),
    Kind.REFUSED: (
        gettext_noop("Constant Contact refused many profiles of the export “%(name)s”."),
        gettext_noop("%(refused)s of %(sent)s were not accepted. The page of the run says why."),
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
    title: str
    text: str
    href: str

    @property
    def body(self) -> str:
        return f"{self.text}\n\n{self.href}" if self.text else self.href


def message_of(trouble: Trouble, *, over: bool) -> Message:
    """Return the message about a trouble that began, or that is over."""
    shown = {name: _shown(name, value) for name, value in trouble.details.items()}
    title, text = (OVER[trouble.kind], "") if over else BEGUN[trouble.kind]
    if trouble.kind == Kind.LATE and not trouble.subject:
        title = REFRESH_ON_TIME if over else REFRESH_LATE
    if trouble.details.get("hangs"):
        title, text = (MOVES, "") if over else HANGS
    if trouble.kind == Kind.RUN_FAILED and not over:
        return Message(
            _(title) % shown, str(sentence(trouble.details["reason"], trouble.details["told"])), _page(trouble)
        )
    return Message(_(title) % shown, _(text) % shown if text else "", _page(trouble))


def trial(name: str) -> Message:
    """The message that the test button sends."""
    title = _("Test message of %(product)s") % {"product": _("Constant Contact exporter")}
    return Message(title, _("%(name)s tests the alerts. There is nothing to do.") % {"name": name}, settings.BASE_URL)


def _page(trouble: Trouble) -> str:
    what, _colon, pk = trouble.subject.partition(":")
    if "run" in trouble.details:
        path = reverse("admin:exports_run_change", args=[trouble.details["run"]])
    elif what == "connection":
        path = reverse("admin:connections_connection_change", args=[pk])
    else:
        path = reverse("admin:system_status")
    return settings.BASE_URL + path


def _shown(name: str, value: Any) -> str:
    if name in ("planned", "started", "since"):
        return str(date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT"))
    return str(number_format(value, force_grouping=True)) if isinstance(value, int) else str(value)
