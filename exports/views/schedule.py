"""System › Schedule: when everything refreshes by itself, what comes next, and what became of the last times."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from exports.forms.timetable import TimetableForm
from exports.models import Refresh, RefreshSchedule, RefreshStep
from exports.permissions import can_schedule_refresh
from exports.schedule.refresh import following_exports, start_refresh
from exports.schedule.timetables import in_words, save_refresh_schedule, version_of, zones
from segments.evaluations.lifecycle import auto_evaluated
from web.pages import allowed, page, record
from web.races import ChangedMeanwhileError

from .form_scripts import CONTROLS
from .pages import home_of

SHOWN = 10
NEXT = 3
CHANGED_MEANWHILE = gettext_lazy(
    "Somebody else saved this schedule while you had it open, so your change was not saved. "
    "This is how it looks now: change it again if you still want to."
)


def show(request: HttpRequest) -> HttpResponse:
    """The refresh schedule; administrators change it here."""
    schedule = RefreshSchedule.current()
    may_change = can_schedule_refresh(request.user)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = TimetableForm(request.POST if request.method == "POST" else None, schedule)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_refresh_schedule(by=request.user, seen=request.POST.get("seen"), **form.columns)
        except ChangedMeanwhileError:
            messages.warning(request, CHANGED_MEANWHILE)
            return redirect("admin:exports_refresh_changelist")
        record(request, saved, in_words(saved))
        messages.success(request, _("The refresh schedule is saved."))
        return redirect("admin:exports_refresh_changelist")
    now = timezone.now()
    # One that is due already and not begun comes first.
    due = [schedule.next_run_at] if schedule.is_on and schedule.next_run_at and schedule.next_run_at <= now else []
    context = {
        "schedule": schedule,
        "timetable": in_words(schedule),
        "seen": version_of(schedule),
        "next_times": [*due, *schedule.times_after(now, NEXT)][:NEXT],
        "form": form,
        "may_change": may_change,
        "open_refresh": Refresh.objects.filter(status=Refresh.Status.RUNNING).first(),
        "refreshes": _with_counts(Refresh.objects.select_related("started_by"))[:SHOWN],
        "segments": auto_evaluated().count(),
        "followers": following_exports().count(),
        "zones": zones(),
        **CONTROLS,
    }
    return page(request, "exports/schedule/system.html", title=_("Schedule"), model=Refresh, **context)


@allowed(can_schedule_refresh)
def refresh_now(request: HttpRequest) -> HttpResponse:
    """Start a system refresh; while one is open, lead to that one."""
    if request.method != "POST":
        return redirect("admin:exports_refresh_changelist")
    refresh, started = start_refresh(by=request.user, trigger=Refresh.Trigger.ON_DEMAND)
    if started:
        record(request, refresh, _("%(refresh)s started.") % {"refresh": refresh})
        messages.success(request, _("%(refresh)s started.") % {"refresh": refresh})
    else:
        messages.info(request, _("%(refresh)s is already in progress.") % {"refresh": refresh})
    return redirect(home_of(refresh))


@require_safe
def show_refresh(request: HttpRequest, pk: int) -> HttpResponse:
    refresh = get_object_or_404(_with_counts(Refresh.objects.select_related("started_by")), pk=pk)
    steps = refresh.steps.select_related("segment", "export", "run")
    context = {
        "refresh": refresh,
        "segments": [step for step in steps if step.kind == RefreshStep.Kind.SEGMENT],
        "exports": [step for step in steps if step.kind == RefreshStep.Kind.EXPORT],
    }
    return page(request, "exports/schedule/refresh.html", title=str(refresh), row=refresh, **context)


def _with_counts(refreshes: QuerySet[Refresh]) -> QuerySet[Refresh]:
    def count(kind: str, *states: str) -> Count:
        return Count("steps", filter=Q(steps__kind=kind, steps__state__in=states))

    state, kind = RefreshStep.State, RefreshStep.Kind
    return refreshes.annotate(
        evaluated=count(kind.SEGMENT, state.DONE),
        unevaluated=count(kind.SEGMENT, state.FAILED),
        begun=count(kind.EXPORT, state.DONE),
        not_begun=count(kind.EXPORT, state.FAILED, state.SKIPPED),
        waiting=Count("steps", filter=Q(steps__state=state.PENDING)),
    ).order_by("-pk")
