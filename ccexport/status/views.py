"""System › Status: what the system does, whether its workers live, and what may still be sent today."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import audit_trail
from ccexport.permissions import can_retire_hosts, can_see_status
from connections.budget import forecast
from connections.models import RequestBudget
from web.pages import allowed, page

from .groups import groups
from .health import standstill
from .hosts import count_living, retire, silent_hosts
from .queue import queue, workers


@require_safe
@allowed(can_see_status)
def status(request: HttpRequest) -> HttpResponse:
    return page(request, "ccexport/status/page.html", title=_("Status"), **_live(request))


@require_safe
@allowed(can_see_status)
def live(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes; without `data-poll` once nothing is at work any more."""
    return render(request, "ccexport/status/live.html", _live(request))


@require_POST
@allowed(can_retire_hosts)
def retire_host(request: HttpRequest, pk: int) -> HttpResponse:
    """Expect a silent host no longer."""
    host = retire(pk)
    if host is None:
        messages.info(request, _("The host is not silent any more, so there is nothing to retire."))
        return redirect("admin:system_status")
    audit_trail.record(host, "worker_host_retired")
    message = _("The worker host “%(name)s” was retired. It is expected again once its workers start.")
    messages.success(request, message % {"name": host.name})
    return redirect("admin:system_status")


def _live(request: HttpRequest) -> dict[str, Any]:
    found, waiting = groups(request), queue()
    # Today's budget of each API key that was used, with the end of the key where there are several.
    keys = {settings.CONSTANT_CONTACT_CLIENT_ID, *RequestBudget.objects.values_list("pk", flat=True)}
    return {
        "groups": found,
        "is_open": any(task.is_open for group in found for task in group.tasks),
        "standstill": standstill(waiting),
        "workers": workers(),
        "silent_hosts": silent_hosts(),
        "living_hosts": count_living(),
        "may_retire": can_retire_hosts(request.user),
        "queue": waiting,
        "budgets": [(f"…{key[-4:]}" if len(keys) > 1 and key else "", forecast(key)) for key in sorted(keys)],
        "now": timezone.now(),
    }
