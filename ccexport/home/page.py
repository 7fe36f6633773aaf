"""Home: what needs somebody, what ran lately, and what may still be sent today."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Sum
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ccexport.alerts.detect import current_incidents, exports_to_reconnect
from ccexport.alerts.notifications import notification_of, page_of
from ccexport.models import Incident
from connections.budget import forecast
from connections.models import Connection
from connections.permissions import can_manage_connections
from exports.models import Export, RefreshSchedule, Run
from exports.permissions import can_schedule_refresh, can_view_exports
from exports.reports.badges import run_badge
from exports.reports.meters import meters_of_accounts
from exports.reports.numbers import numbers_of, with_numbers
from exports.reports.sentence import headline
from exports.schedule.timetables import in_words
from profiles.models import ProfileSource
from segments.models import Segment
from web.charts import Chart, columns

from .first_steps import first_steps
from .sent_chart import sent_by_day

RECENT = 8
CHARTED = 24
FEWEST_SLOTS = 12
Kind = Incident.Kind
site: Any = admin.site


@dataclass(frozen=True)
class Attention:
    """Something that waits for a person: what happened, what to do next, and where."""

    tone: str
    title: str
    text: str
    href: str | None = None
    action: str = ""


def home(request: HttpRequest) -> dict[str, Any]:
    """Return what the home page shows to this person."""
    if not can_view_exports(request.user):
        return {"has_role": False}
    latest = Run.objects.filter(preview=False).order_by("-pk").values("pk")[:CHARTED]
    rows = with_numbers(Run.objects.filter(pk__in=latest)).select_related("export").order_by("-pk")
    runs = [_row(request, run) for run in rows]
    daily = sent_by_day()
    is_administrator = can_manage_connections(request.user)
    incidents = [each for each in current_incidents() if is_administrator or each.subject.startswith("export:")]
    schedule = RefreshSchedule.current()
    over = [row for row in reversed(runs) if not row["run"].is_open]
    return {
        "has_role": True,
        # What the alerts say, as far as this person may do something about it, or look at it.
        "attention": [_about(each) for each in (*incidents, *(() if is_administrator else exports_to_reconnect()))],
        "steps": first_steps(request),
        "runs": runs[:RECENT],
        "chart": _chart(over),
        "daily": daily,
        "refresh": {
            # None: it is switched off.
            "next_times": [schedule.next_run_at] if schedule.is_on and schedule.next_run_at else [],
            "zone": schedule.time_zone,
            "timetable": in_words(schedule),
            "may_change": can_schedule_refresh(request.user),
        },
        "all_runs": site.list_page(request, "exports.Run"),
        "meters": meters_of_accounts(Connection.objects.usable_by(request.user).order_by("pk")),
        "budget": forecast(settings.CONSTANT_CONTACT_CLIENT_ID),
        "counts": {
            "profiles": ProfileSource.objects.aggregate(total=Sum("row_count", default=0))["total"],
            "accepted": daily.accepted_lately if daily else 0,
            "segments": Segment.objects.count(),
            "exports": Export.objects.count(),
            "sources_page": site.list_page(request, "profiles.ProfileSource"),
            "segments_page": site.list_page(request, "segments.Segment"),
            "exports_page": site.list_page(request, "exports.Export"),
        },
    }


def _about(incident: Incident) -> Attention:
    message, title, action = notification_of(incident), "", _("Open the run")
    if incident.kind == Kind.RUN_FAILED and incident.details["status"] == Run.Status.FAILED:
        title = _("The last run of “%(export)s” failed.") % {"export": incident.details["name"]}
    elif incident.kind in (Kind.RECONNECT, Kind.EXPIRES):
        action = _("Reconnect")
    elif not incident.subject or incident.kind == Kind.HOST_SILENT:
        action = _("Status")
    return Attention(message.tone, title or message.title, message.text, page_of(incident), action)


def _row(request: HttpRequest, run: Any) -> dict[str, Any]:
    numbers = numbers_of(run)
    return {
        "run": run,
        "numbers": numbers,
        "headline": headline(run, numbers),
        "badge": run_badge(run.status, run.reason),
        "href": site.row_page(request, run),
    }


def _chart(rows: list[dict[str, Any]]) -> Chart | None:
    """What the runs sent, oldest first; none for a single one, or when nothing was accepted."""
    stacks = [[(str(row["run"].export), row["badge"].tone, row["numbers"].accepted)] for row in rows]
    if len(rows) < 2 or not any(row["numbers"].accepted for row in rows):
        return None
    return columns(_("Profiles accepted by Constant Contact in each of the last runs"), stacks, slots=FEWEST_SLOTS)
