"""System › Alerts: what is wrong, where messages go, a test of it, and one's own choice."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

import audit_trail
from ccexport.models import Incident, Recipient
from ccexport.permissions import can_see_alerts, can_test_alerts
from web.pages import allowed, page

from .delivery import channels, send_test
from .detect import current_incidents
from .notifications import notification_of

MAX_CLOSED = 10
NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"


@require_safe
@allowed(can_see_alerts)
def alerts(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    row = Recipient.objects.filter(user=person).first()
    context: dict[str, Any] = {"wants_email": row is None or row.wants_email}
    if can_test_alerts(person):
        closed = Incident.objects.exclude(closed_at=None).order_by("-closed_at")[:MAX_CLOSED]
        context |= {
            "is_administrator": True,
            "present": [notification_of(incident) for incident in current_incidents()],
            "past": [(incident, notification_of(incident).title) for incident in closed],
            "has_mail": settings.EMAIL_BACKEND != NO_MAIL,
            "channels": channels(),
        }
    return page(request, "ccexport/alerts/page.html", title=_("Alerts"), **context)


@require_POST
@allowed(can_test_alerts)
def test(request: HttpRequest) -> HttpResponse:
    """Send a message to oneself and to all chats, and say what became of it."""
    person: Any = request.user
    outcome = send_test(person)
    audit_trail.record(person, "alerts_tested")
    if outcome.sent:
        text = ngettext("%(count)d test message was sent.", "%(count)d test messages were sent.", outcome.sent)
        messages.success(request, text % {"count": outcome.sent})
    if outcome.failed:
        text = ngettext(
            "%(count)d test message could not be sent. Check EMAIL_URL and ALERT_URLS.",
            "%(count)d test messages could not be sent. Check EMAIL_URL and ALERT_URLS.",
            outcome.failed,
        )
        messages.error(request, text % {"count": outcome.failed})
    if not outcome.sent and not outcome.failed:
        messages.warning(request, _("There is nowhere to send to: you have no email address, and no chat is set up."))
    return redirect("admin:system_alerts")


@require_POST
@allowed(can_see_alerts)
def choose(request: HttpRequest) -> HttpResponse:
    """Switch messages to oneself on or off."""
    person: Any = request.user
    wants = "wants_email" in request.POST
    Recipient.objects.update_or_create(user=person, defaults={"wants_email": wants})
    messages.success(request, _("You get alerts by email.") if wants else _("You get no alerts by email any more."))
    return redirect("admin:system_alerts")
