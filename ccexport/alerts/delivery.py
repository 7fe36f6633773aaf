"""Notifies people: by email, each in their language, and through apprise in chats or webhooks. Not in a transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import apprise
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import InterfaceError, OperationalError
from django.utils.translation import override

from ccexport.models import Incident
from ccexport.status.hosts import is_back
from connections.models import Connection
from exports.models import Export
from jobs.limits import LIMITS

from . import store
from .notifications import Notification, notification_of, test_notification
from .recipients import language_of, recipients_of

logger = logging.getLogger(__name__)
Compose = Callable[[User | None], Notification]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many took the message, and how many did not."""

    sent: int = 0
    failed: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.sent + other.sent, self.failed + other.failed)


def deliver(pk: int) -> None:
    """Notify people of an incident, unless they know, it was over before anybody heard, or somebody else is at it."""
    incident = store.claim(pk)
    if incident is None:
        return
    over = incident.closed_at is not None
    if over and (incident.notified_at is None or _was_removed(incident)):
        return store.mark_notified(incident)
    try:
        outcome = _send(recipients_of(incident), lambda reader: notification_of(incident, over=over, reader=reader))
    except (OperationalError, InterfaceError):
        raise  # our own database is away: the claim runs out, and somebody else tries
    except Exception as error:  # a bug, which must not come again every few minutes; its text may hold an address
        logger.error("Alert %s could not be composed or sent: %s", pk, type(error).__name__)
        return store.try_later(incident)
    if outcome.failed and not outcome.sent:
        return store.try_later(incident)
    store.mark_notified(incident)


def send_test(user: User) -> Outcome:
    """Send a test message to the person and to every chat or webhook; return what became of it."""
    return _send([user] if user.email else [], lambda _reader: test_notification(user))


def channels() -> list[str]:
    """Return what kinds of chat or webhook get messages; their addresses hold secrets and are not shown."""
    return [url.split(":", 1)[0] for url in settings.ALERT_URLS]


def _send(people: Sequence[User], compose: Compose) -> Outcome:
    """Send to everybody, for as long as a delivery may take: a mail server that is slow to fail must not end it."""
    outcome, ends_at = Outcome(), time.monotonic() + (LIMITS.alert.work or 0)
    with override(settings.LANGUAGE_CODE):
        outcome = sum((_post(url, compose(None)) for url in settings.ALERT_URLS), outcome)
    for number, user in enumerate(people):
        if time.monotonic() >= ends_at:
            logger.error("An alert came to its time limit; people not notified: %s", len(people) - number)
            return outcome + Outcome(failed=len(people) - number)
        with override(language_of(user)):
            outcome += _mail(user, compose(user))
    return outcome


def _mail(user: User, notification: Notification) -> Outcome:
    try:
        EmailMessage(notification.subject, notification.body, to=[user.email]).send()
    except OSError as error:  # smtplib's errors are ones, too; their text may hold addresses
        logger.warning("An alert could not be mailed: %s", type(error).__name__)
        return Outcome(failed=1)
    return Outcome(sent=1)


def _post(url: str, notification: Notification) -> Outcome:
    channel = apprise.Apprise()
    if channel.add(url) and channel.notify(title=notification.subject, body=notification.body):
        return Outcome(sent=1)
    logger.warning("An alert could not be sent through %s.", url.split(":", 1)[0])
    return Outcome(failed=1)


def _was_removed(incident: Incident) -> bool:
    """What was removed is not well again."""
    what, _colon, pk = incident.subject.partition(":")
    if what == "host":
        return not is_back(int(pk))
    model: Any = {"export": Export, "connection": Connection}.get(what)
    return model is not None and not model.objects.filter(pk=pk).exists()
