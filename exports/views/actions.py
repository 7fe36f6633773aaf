"""What one can do with an export: run it, preview it, detach its connection, remove it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.admin.models import DELETION
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from exports.editing.removal import RunInProgressError, detach, remove_export
from exports.models import Export, Run
from exports.permissions import can_detach, can_manage, can_run
from exports.runs import NotRunnableError, start_run
from web.pages import page, record

from .pages import export_url, for_export, home_of, on_post_only


@for_export(can_run)
@on_post_only
def run_now(request: HttpRequest, export: Export) -> HttpResponse:
    return begin_run(request, export)


@for_export(can_run)
@on_post_only
def run_everyone(request: HttpRequest, export: Export) -> HttpResponse:
    """Run and compare with no earlier run: everybody is sent, unchanged or not."""
    return begin_run(request, export, everyone=True)


@for_export(can_run)
@on_post_only
def preview(request: HttpRequest, export: Export) -> HttpResponse:
    """Plan without sending."""
    return begin_run(request, export, preview=True)


@for_export(lambda user, export: can_detach(user))
def detach_connection(request: HttpRequest, export: Export) -> HttpResponse:
    """Ask for a confirmation, then take the connection away from the export."""
    if request.method != "POST":
        title = _("Detach connection")
        open_run = export.runs.open().first()
        return page(request, "exports/detach.html", title=title, row=export, export=export, open_run=open_run)
    if detach(export, by=request.user):
        record(request, export, _("Connection detached."))
    messages.success(
        request, _("“%(name)s” is detached: it keeps its settings and does not run.") % {"name": export.name}
    )
    return redirect(home_of(export))


@for_export(can_manage)
def remove(request: HttpRequest, export: Export) -> HttpResponse:
    """Ask for a confirmation, then delete the export with its runs."""
    if request.method != "POST":
        context = {"export": export, "runs": export.runs.count(), "may_detach": can_detach(request.user)}
        return page(request, "exports/remove.html", title=_("Remove export"), row=export, **context)
    try:
        with transaction.atomic():
            record(request, export, _("Removed."), DELETION)
            remove_export(export)
    except RunInProgressError as error:
        messages.error(request, str(error))
        return redirect(home_of(export))
    messages.success(request, _("“%(name)s” was removed.") % {"name": export.name})
    return redirect(export_url("changelist"))


def begin_run(request: HttpRequest, export: Export, *, preview: bool = False, everyone: bool = False) -> HttpResponse:
    """Start a run and lead to its page; when one is open already, to that one."""
    trigger = Run.Trigger.PREVIEW if preview else Run.Trigger.ON_DEMAND
    try:
        run, started = start_run(export, by=request.user, trigger=trigger, everyone=everyone, preview=preview)
    except NotRunnableError as error:
        messages.error(request, str(error))
        return redirect(home_of(export))
    if started and preview:
        messages.success(request, _("The preview is being made. Nothing is sent."))
    elif started:
        record(request, export, _("%(run)s started.") % {"run": run})
        messages.success(request, _("%(run)s started.") % {"run": run})
    else:
        messages.info(request, _("%(run)s is already in progress.") % {"run": run})
    return redirect(home_of(run))
