"""Home: what needs somebody, what ran lately, and what may still be sent today."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Max, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from connections.budget import forecast
from connections.models import Connection
from connections.permissions import can_manage_connections
from exports.looks import of_run
from exports.models import Export, RefreshSchedule, Run
from exports.permissions import can_schedule_refresh, can_view_exports
from exports.sentences import sentence
from exports.timetables import in_words
from segments.models import ProfileSource, Segment

from .daily import sent_by_day
from .first_steps import first_steps
from .health import a_worker_lives
from .status.hosts import silent_hosts
from .status.queue import queue

RECENT = 8
CHARTED = 24
FEWEST_SLOTS = 12
LATELY = timedelta(days=7)
ACCEPTED = Sum("batches__accepted", default=0)
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
    runs = [_row(request, run) for run in _latest_runs()]
    over = [row for row in reversed(runs) if not row["run"].is_open]
    return {
        "has_role": True,
        "attention": [*_connections_to_repair(request), *_exports_that_failed(request), *_workers_in_trouble(request)],
        "steps": first_steps(request),
        "runs": runs[:RECENT],
        "chart": _chart(over),
        "daily": sent_by_day(),
        "refresh": _next_refresh(request),
        "all_runs": site.list_page(request, "exports.Run"),
        "budget": forecast(settings.CONSTANT_CONTACT_CLIENT_ID),
        "counts": _counts(request),
    }


def _connections_to_repair(request: HttpRequest) -> Iterator[Attention]:
    if not can_manage_connections(request.user):
        return
    for connection in Connection.objects.filter(state=Connection.State.NEEDS_RECONNECTING, saved_at__isnull=False):
        yield Attention(
            "danger",
            _("The connection “%(name)s” needs reconnecting.") % {"name": connection},
            _("Constant Contact no longer accepts its authorization. Exports on it fail until you reconnect."),
            site.row_page(request, connection),
            _("Reconnect"),
        )


def _exports_that_failed(request: HttpRequest) -> Iterator[Attention]:
    """Exports whose latest run failed: a run that succeeded since has settled the matter."""
    latest = Export.objects.annotate(latest=Max("runs", filter=Q(runs__preview=False))).values("latest")
    for run in Run.objects.filter(pk__in=latest, status=Run.Status.FAILED).select_related("export"):
        yield Attention(
            "danger",
            _("The last run of “%(export)s” failed.") % {"export": run.export},
            str(sentence(run.reason, run.reason_details)),
            site.row_page(request, run),
            _("Open the run"),
        )


def _workers_in_trouble(request: HttpRequest) -> Iterator[Attention]:
    if not can_manage_connections(request.user):
        return
    if not a_worker_lives():
        yield Attention(
            "danger",
            _("No worker is running."),
            _("Runs wait in the queue until one is started: python manage.py qcluster"),
        )
    elif queue().is_stuck:
        title, text = _("The queue doesn't move."), _("Restart the workers; nothing is lost by that.")
        yield Attention("danger", title, text, reverse("admin:system_status"), _("Status"))
    if a_worker_lives():
        yield from _silent_hosts()


def _silent_hosts() -> Iterator[Attention]:
    for host in silent_hosts():
        since = date_format(timezone.localtime(host.last_seen_at), "DATETIME_FORMAT")
        yield Attention(
            "warning",
            _("The worker host “%(name)s” has been silent since %(since)s.") % {"name": host.name, "since": since},
            _("Start its workers again, or retire the host on the Status page if it is gone for good."),
            reverse("admin:system_status"),
            _("Status"),
        )


def _latest_runs() -> QuerySet[Run]:
    """The runs that Home shows, newest first, each with how many profiles Constant Contact accepted."""
    runs = Run.objects.filter(preview=False).select_related("export").annotate(accepted=ACCEPTED)
    return runs.order_by("-pk")[:CHARTED]


def _row(request: HttpRequest, run: Any) -> dict[str, Any]:
    return {"run": run, "look": of_run(run.status, run.reason), "href": site.row_page(request, run)}


def _chart(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the chart's width and its bars, oldest first: each with its place, and its height in percent.

    A few runs stand at the right end of the width, where later ones will push them to the left.
    """
    highest = max((row["run"].accepted for row in rows), default=0)
    if len(rows) < 2 or not highest:
        return None
    slots = max(len(rows), FEWEST_SLOTS)
    heights = [max(2, round(row["run"].accepted * 100 / highest)) for row in rows]
    bars = [
        row | {"x": slot * 10 + 1, "y": 100 - height, "height": height}
        for slot, (row, height) in enumerate(zip(rows, heights, strict=True), start=slots - len(rows))
    ]
    return {"width": slots * 10, "bars": bars}


def _next_refresh(request: HttpRequest) -> dict[str, Any]:
    """When the system refreshes next; no times: it is switched off."""
    schedule = RefreshSchedule.current()
    return {
        "next_times": [schedule.next_run_at] if schedule.is_on and schedule.next_run_at else [],
        "zone": schedule.time_zone,
        "told": in_words(schedule),
        "may_change": can_schedule_refresh(request.user),
    }


def _counts(request: HttpRequest) -> dict[str, Any]:
    profiles = ProfileSource.objects.aggregate(total=Sum("row_count", default=0))["total"]
    lately = Run.objects.filter(finished_at__gte=timezone.now() - LATELY)
    return {
        "profiles": profiles,
        "accepted": lately.aggregate(total=ACCEPTED)["total"],
        "segments": Segment.objects.count(),
        "exports": Export.objects.count(),
        "sources_page": site.list_page(request, "segments.ProfileSource"),
        "segments_page": site.list_page(request, "segments.Segment"),
        "exports_page": site.list_page(request, "exports.Export"),
    }
