"""What is sent and shown about an incident: what happened, what to do next, and where, in the active language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ccexport.models import Incident
from ccexport.permissions import can_see_alerts
from connections.permissions import can_manage_connections
from exports.brakes.measure import messages_of
from exports.messages import run_message
from exports.models import Run
from exports.reports.numbers import RunNumbers
from exports.reports.sentence import ended_sentence, in_words
from web.messages import Message, joined

Kind = Incident.Kind
BROKEN = {"run_failed", "reconnect", "no_worker", "stalled"}


@dataclass(frozen=True, slots=True)
class Notification:
    """`numbers`: what became of everybody, in one line, where it is about a run that sent something.

    `settings_page`: where its reader switches such messages off; none for a chat, or who may not open it.
    """

    title: str
    text: str
    href: str
    at: datetime
    numbers: str = ""
    tone: str = "warning"
    settings_page: str = ""

    @property
    def subject(self) -> str:
        """The title with whose it is and when, for people who look after several installations."""
        about = {
            "product": _("Constant Contact exporter"),
            "installation": urlsplit(settings.BASE_URL).netloc,
            "title": self.title,
            "time": date_format(timezone.localtime(self.at), "SHORT_DATETIME_FORMAT"),
        }
        return _("[%(product)s, %(installation)s] %(title)s (%(time)s)") % about

    @property
    def body(self) -> str:
        switch_off = _("To switch these messages off: %(address)s") % {"address": self.settings_page}
        return "\n\n".join(filter(None, (self.text, self.numbers, self.href, self.settings_page and switch_off)))


def notification_of(incident: Incident, *, over: bool = False, reader: User | None = None) -> Notification:
    """Return the notification about an incident that began, or that is over. Without a reader it is for all."""
    code, details = _code(incident), incident.details
    at = (incident.closed_at if over else incident.opened_at) or timezone.now()
    numbers = RunNumbers(**details["numbers"]) if details.get("numbers") else None  # incidents of before have none
    message = _message(f"{code}.over" if over else code, details)
    text, line = message.next_step, ""
    if over:
        text = str(Message("alert.over", {"since": incident.opened_at.isoformat(), "at": at.isoformat()}))
    elif incident.kind == Kind.RUN_FAILED:
        reason = details["reason"], details["details"]
        text = ended_sentence(details["status"], *reason, numbers) if numbers else str(run_message(*reason))
    elif incident.kind == Kind.NEEDS_DECISION:
        text = joined(*(each.happened for each in messages_of(details["brakes"])), message.next_step)
    elif incident.kind == Kind.REFUSED:
        text = str(_message("refused.why", details))
    if numbers and numbers.handed_over and not over:
        line = in_words(numbers)
    page, tone = settings.BASE_URL + page_of(incident, reader), "danger" if code in BROKEN else "warning"
    return Notification(message.happened, text, page, at, line, tone, _settings_page(reader))


def page_of(incident: Incident, reader: User | None = None) -> str:
    """Return the address of the page about it; of Home where the reader may not open that."""
    what, _colon, pk = incident.subject.partition(":")
    if "run" in incident.details:
        return reverse("admin:exports_run_change", args=[incident.details["run"]])
    if what != "connection":
        return reverse("admin:system_status")
    if reader is None or can_manage_connections(reader):
        return reverse("admin:connections_connection_change", args=[pk])
    return reverse("home")


def test_notification(user: User) -> Notification:
    """The message that the test button sends."""
    message = Message("alert.test", {"name": user.get_username()})
    home = settings.BASE_URL + reverse("home")
    return Notification(message.happened, message.next_step, home, timezone.now(), settings_page=_settings_page(user))


def _code(incident: Incident) -> str:
    if incident.kind == Kind.RUN_FAILED and incident.details.get("status") == Run.Status.SKIPPED:
        return "run_skipped"
    if incident.kind == Kind.LATE and not incident.subject:
        return "refresh_late"
    return "stalled" if incident.details.get("hangs") else incident.kind


def _message(code: str, details: Mapping[str, Any]) -> Message:
    return Message(f"alert.{code}", {key: value for key, value in details.items() if isinstance(value, str | int)})


def _settings_page(reader: User | None) -> str:
    may_open = reader is not None and can_see_alerts(reader)
    return settings.BASE_URL + reverse("admin:system_alerts") if may_open else ""
