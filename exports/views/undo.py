"""Undo a run: the page that says what that does, and the button that does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

import audit_trail
from connections.permissions import can_manage_connections
from engine.outages import StorageUnavailableError
from exports.messages import run_message
from exports.models import RefreshSchedule, Run, ScratchList
from exports.permissions import can_run, can_see_people
from exports.plan import removals
from exports.reports.removals import REMOVAL_COLUMNS, kind_label, removal_rows
from exports.runs import NotRunnableError, can_undo, check_undoable, start_undo
from exports.schedule.timetables import upcoming
from web.csv_download import csv_download
from web.pages import page, record

from .pages import for_run, home_of

SHOWN = 10


def may_undo(user: Any, run: Run) -> bool:
    """Those who may run the export, and administrators."""
    return can_run(user, run.export) or can_manage_connections(user)


@for_run(may_undo)
def undo(request: HttpRequest, run: Run) -> HttpResponse:
    """Say what an undo would do, by numbers and, for those who may see people, by name; then do it."""
    if request.method == "POST":
        return _start(request, run)
    context: dict[str, Any] = {"run": run, "export": run.export, "people": [], "refusal": None, "outage": None}
    try:
        check_undoable(run)
        expected, people = removals.expect_undo(run, SHOWN)
        is_shown = can_see_people(request.user, run)
        context |= {"expected": expected, "people": _by_name(people) if is_shown else []}
        context["rest"] = expected.remove + expected.add - len(people)
        if people and is_shown:
            audit_trail.record(run.export, "looked_up_person", run=run.pk)
    except NotRunnableError as error:
        context["refusal"] = error.message
    except FileNotFoundError:
        context["refusal"] = run_message("undo_plan_gone", {})
    except StorageUnavailableError as error:
        context["outage"] = error
    context["timetable"] = _timetable(run)
    return page(request, "exports/undo.html", title=_("Undo a run"), row=run, **context)


def _start(request: HttpRequest, run: Run) -> HttpResponse:
    try:
        begun, started = start_undo(run, by=request.user)
    except NotRunnableError as error:
        messages.error(request, str(error))
        return redirect(home_of(run))
    if started:
        record(request, run.export, _("%(run)s undoes %(undone)s.") % {"run": begun, "undone": run})
        messages.success(request, _("%(run)s started: it undoes %(undone)s.") % {"run": begun, "undone": run})
    else:
        messages.info(request, _("%(run)s is already in progress.") % {"run": begun})
    return redirect(home_of(begun))


@for_run(can_see_people)
@require_safe
def removed(request: HttpRequest, run: Run) -> HttpResponseBase:
    """Whom a run takes off its list or puts back, as a CSV file."""
    if not run.removal_file:
        if run.plan_file:
            messages.info(request, _("Nobody to remove"))
        else:
            messages.warning(
                request,
                _("The plan of this run is no longer kept, or its file is damaged, so its profiles can't be listed."),
            )
        return redirect(home_of(run))
    try:
        answer = csv_download(f"run-{run.pk}-removed.csv", REMOVAL_COLUMNS, removal_rows(run))
    except FileNotFoundError:
        return render(request, "410.html", status=410)
    except StorageUnavailableError as error:
        messages.error(request, str(error))
        return redirect(home_of(run))
    audit_trail.record(run.export, "downloaded_removed", run=run.pk)
    return answer


def removal_context(user: Any, run: Run) -> dict[str, Any]:
    """What the page of a run says about whom it takes off the list, and whether it can be undone."""
    return {
        "may_undo": not run.is_open and may_undo(user, run) and can_undo(run),
        "undos": list(run.undone_by.order_by("pk")),
        "lists_left": list(ScratchList.objects.filter(run=run, state=ScratchList.State.GIVEN_UP)),
        "is_undo": run.trigger == Run.Trigger.UNDO,
    }


def _by_name(people: Sequence[removals.Person]) -> list[dict[str, Any]]:
    return [
        {"email": each.email, "is_added": each.change == removals.ADD, "why": kind_label(each.kind)} for each in people
    ]


def _timetable(run: Run) -> str:
    """When the export runs next by itself: that run would add the same people again."""
    refresh_at = RefreshSchedule.objects.filter(is_on=True).values_list("next_run_at", flat=True).first()
    plan = upcoming(run.export, refresh_at)
    return "" if plan["note"] else str(plan["text"])
