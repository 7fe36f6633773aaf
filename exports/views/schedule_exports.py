"""Schedule export: when one or many selected exports run. Saving applies at once and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exports.forms.timetable import ExportTimetableForm
from exports.models import Export, ExportSchedule, RefreshSchedule
from exports.permissions import can_manage
from exports.schedule.timetables import in_words, save_export_schedule, switch, version_of, zones
from web.pages import page, record
from web.races import ChangedMeanwhileError

from .bulk import divide, report_forbidden
from .form_scripts import CONTROLS
from .pages import export_url
from .schedule import CHANGED_MEANWHILE

KEEP, NEW = "keep", "new"
NEXT = 3


def schedule(request: HttpRequest) -> HttpResponse:
    """The pane for the exports that the address names: `?export=1&export=2`."""
    allowed, forbidden = _chosen(request)
    one = allowed[0] if len(allowed) == 1 else None
    form = ExportTimetableForm(
        request.POST if request.method == "POST" else None, ExportSchedule.of(one) if one else ExportSchedule()
    )
    scope = NEW if one else request.POST.get("scope", KEEP)
    if request.method == "POST" and (scope == KEEP or form.is_valid()):
        try:
            _save(request, allowed, None if scope == KEEP else form.columns)
        except ChangedMeanwhileError:
            messages.warning(request, CHANGED_MEANWHILE)
            return open_pane(allowed)
        report_forbidden(request, forbidden)
        return redirect(export_url("changelist"))
    rows = [{"export": export, "timetable": in_words(ExportSchedule.of(export))} for export in allowed]
    shown = ExportSchedule.of(one) if one else None
    title = ngettext("Schedule export", "Schedule exports (%(count)d selected)", len(allowed)) % {"count": len(allowed)}
    context = {
        "form": form,
        "rows": rows,
        "one": one,
        "scope": scope,
        "seen": version_of(form.timetable) if one else "",
        "forbidden": forbidden,
        "system": in_words(RefreshSchedule.current()),
        "is_system_on": RefreshSchedule.current().is_on,
        "schedule": shown,
        "next_times": shown.times_after(timezone.now(), NEXT) if shown else [],
        "zones": zones(),
        "cancel": export_url("changelist"),
        **CONTROLS,
    }
    return page(request, "exports/schedule/exports.html", title=title, model=Export, row=one, **context)


def open_pane(exports: Sequence[Export]) -> HttpResponseRedirect:
    selected = urlencode({"export": [export.pk for export in exports]}, doseq=True)
    return redirect(f"{export_url('schedule')}?{selected}")


def _chosen(request: HttpRequest) -> tuple[list[Export], list[Export]]:
    """The exports of the address that this person may schedule, and those that they may only look at."""
    keys = [int(key) for key in request.GET.getlist("export") if key.isdecimal()]
    selected = Export.objects.filter(pk__in=keys).select_related("connection", "schedule").order_by("name")
    if not selected:
        raise Http404
    allowed, forbidden = divide(request, selected, can_manage)
    if not allowed:
        raise PermissionDenied
    return allowed, forbidden


def _save(request: HttpRequest, exports: Sequence[Export], columns: dict[str, Any] | None) -> None:
    """Save these columns into the schedule of each export; without any, only switch it on or off.

    The schedules of several are overridden as they are, which the pane says. That of one only as it was shown.
    """
    seen = request.POST.get("seen") if len(exports) == 1 else None
    for export in exports:
        if columns is not None:
            save_export_schedule(export, by=request.user, seen=seen, **columns)
        elif not switch(export, is_on="is_on" in request.POST, by=request.user):
            continue
        schedule = in_words(ExportSchedule.objects.get(export=export))
        record(request, export, _("Schedule: %(schedule)s") % {"schedule": schedule})
    message = ngettext(
        "The schedule of %(count)d export is saved. Saving does not run it.",
        "The schedules of %(count)d exports are saved. Saving does not run them.",
        len(exports),
    )
    messages.success(request, message % {"count": len(exports)})
