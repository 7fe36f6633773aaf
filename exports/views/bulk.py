"""What is done to several exports at once: row by row, each with its own right, saying how many were skipped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import DELETION
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exports.editing.removal import RunInProgressError, remove_export
from exports.models import Export
from exports.permissions import can_manage, can_run
from exports.runs import NotRunnableError, start_run
from web.pages import allowed, page, record

from .pages import Right, export_url


def run(request: HttpRequest, selected: QuerySet[Export]) -> None:
    may_run, forbidden = divide(request, selected, can_run)
    done = 0
    for export in may_run:
        try:
            started_run, started = start_run(export, by=request.user)
        except NotRunnableError as error:
            messages.warning(request, f"{export.name}: {error}")
            continue
        if started:
            record(request, export, _("%(run)s started.") % {"run": started_run})
            done += 1
    if done:
        messages.success(request, ngettext("%(count)d run started.", "%(count)d runs started.", done) % {"count": done})
    if others := len(may_run) - done:
        message = ngettext(
            "%(count)d export was not started: it can't run now, or is running already.",
            "%(count)d exports were not started: they can't run now, or are running already.",
            others,
        )
        messages.info(request, message % {"count": others})
    report_forbidden(request, forbidden)


@allowed(can_run)
def run_all(request: HttpRequest) -> HttpResponse:
    """Run every export whose schedule is on (documented: only those), after a question."""
    with_connection = Export.objects.filter(connection__isnull=False).select_related("connection")
    active = with_connection.exclude(schedule__is_on=False)
    if request.method == "POST":
        run(request, active)
        return redirect(export_url("changelist"))
    may_run, forbidden = divide(request, active, can_run)
    return page(
        request,
        "exports/schedule/run_all.html",
        title=_("Run all"),
        model=Export,
        exports=may_run,
        forbidden=forbidden,
        switched_off=list(with_connection.filter(schedule__is_on=False)),
    )


def remove(request: HttpRequest, selected: QuerySet[Export]) -> HttpResponse | None:
    """Ask for a confirmation, then remove the selected exports."""
    may_remove, forbidden = divide(request, selected, can_manage)
    if "confirmed" not in request.POST:
        context = {"allowed": may_remove, "forbidden": forbidden, "checkbox_name": ACTION_CHECKBOX_NAME}
        return page(request, "exports/remove_selected.html", title=_("Remove exports"), model=Export, **context)
    done = 0
    for export in may_remove:
        with suppress(RunInProgressError), transaction.atomic():
            record(request, export, _("Removed."), DELETION)
            remove_export(export)
            done += 1
    if done:
        message = ngettext("%(count)d export was removed.", "%(count)d exports were removed.", done)
        messages.success(request, message % {"count": done})
    if running := len(may_remove) - done:
        message = ngettext(
            "%(count)d export was not removed, because a run of it is in progress.",
            "%(count)d exports were not removed, because runs of them are in progress.",
            running,
        )
        messages.warning(request, message % {"count": running})
    report_forbidden(request, forbidden)
    return None


def divide(request: HttpRequest, exports: Iterable[Export], right: Right) -> tuple[list[Export], list[Export]]:
    """Return the exports the person has the right to, and the others."""
    rows = [(export, right(request.user, export)) for export in exports]
    return [export for export, is_allowed in rows if is_allowed], [export for export, may in rows if not may]


def report_forbidden(request: HttpRequest, forbidden: Sequence[Export]) -> None:
    if count := len(forbidden):
        message = ngettext(
            "%(count)d export was skipped: you may only look at it.",
            "%(count)d exports were skipped: you may only look at them.",
            count,
        )
        messages.warning(request, message % {"count": count})
