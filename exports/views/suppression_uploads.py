"""Data › Suppressions › Upload: a file of addresses is counted, looked at, and added; or all of it taken back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from engine.outages import StorageUnavailableError
from exports.editing import suppression_uploads
from exports.editing.suppressing import release_upload
from exports.editing.suppression_files import FileRefusedError
from exports.forms.suppressions import RemovalForm, UploadSuppressionsForm
from exports.models import Suppression, SuppressionUpload
from exports.permissions import can_add_upload, can_release, can_see_suppression, can_suppress
from jobs.limits import LIMITS
from profiles.errors import ImportRefusedError
from web.badges import BUSY, Badge
from web.messages import Message
from web.pages import allowed, page

from .pages import suppression_url
from .suppressions import scope_of

State = SuppressionUpload.State
ROWS = SuppressionUpload.objects.select_related("connection", "created_by")
BADGES = {
    State.COUNTED: Badge(State.COUNTED.label, "warning", "pending"),
    State.ADDING: Badge(State.ADDING.label, "info", BUSY),
    State.ADDED: Badge(State.ADDED.label, "success", "check_circle"),
    State.FAILED: Badge(State.FAILED.label, "danger", "error"),
    State.DISCARDED: Badge(State.DISCARDED.label, "neutral", "block"),
}


@allowed(can_suppress)
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadSuppressionsForm(
        *((request.POST, request.FILES) if request.method == "POST" else ()), user=request.user
    )
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            counted = suppression_uploads.count(
                file, file.name, connection=form.chosen, reason=form.cleaned_data["reason"], by=request.user
            )
        except (FileRefusedError, ImportRefusedError, StorageUnavailableError) as error:
            form.add_error("file", str(error))
        else:
            return redirect(suppression_url("upload_show", counted.pk))
    title = _("Suppress the addresses of a file")
    return page(request, "exports/suppressions/upload.html", title=title, model=Suppression, form=form)


@allowed(can_see_suppression, ROWS)
@require_safe
def show(request: HttpRequest, row: SuppressionUpload) -> HttpResponse:
    return _page(request, row)


@allowed(can_see_suppression, ROWS)
@require_safe
def progress(request: HttpRequest, row: SuppressionUpload) -> HttpResponse:
    """The part of the page that changes while the addresses are added."""
    return render(request, "exports/suppressions/upload_live.html", _live(request, row))


@allowed(can_add_upload, ROWS)
def add(request: HttpRequest, row: SuppressionUpload) -> HttpResponse:
    if request.method == "POST" and not suppression_uploads.add(row, by=request.user):
        messages.info(request, _("Somebody else had decided about this file already."))
    return redirect(suppression_url("upload_show", row.pk))


@allowed(can_add_upload, ROWS)
def drop(request: HttpRequest, row: SuppressionUpload) -> HttpResponse:
    if request.method != "POST":
        return redirect(suppression_url("upload_show", row.pk))
    if not suppression_uploads.drop(row):
        messages.info(request, _("Somebody else had decided about this file already."))
        return redirect(suppression_url("upload_show", row.pk))
    messages.success(request, _("The file is discarded. Nobody of it was suppressed."))
    return redirect(suppression_url("changelist"))


@allowed(lambda user, row: can_release(user), ROWS)
def remove(request: HttpRequest, row: SuppressionUpload) -> HttpResponse:
    """Take back what came with the file, with a reason."""
    if request.method != "POST":
        return redirect(suppression_url("upload_show", row.pk))
    form = RemovalForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form=form)
    removed = release_upload(row, reason=form.cleaned_data["reason"], by=request.user)
    text = ngettext(
        "%(count)s suppression is removed and stays as evidence.",
        "%(count)s suppressions are removed and stay as evidence.",
        removed,
    )
    messages.success(request, text % {"count": removed})
    return redirect(suppression_url("upload_show", row.pk))


def _page(request: HttpRequest, row: SuppressionUpload, form: RemovalForm | None = None) -> HttpResponse:
    context = {"form": form or RemovalForm(), **_live(request, row)}
    return page(request, "exports/suppressions/upload_show.html", title=row.name, model=Suppression, **context)


def _live(request: HttpRequest, row: SuppressionUpload) -> dict[str, Any]:
    has_ended = row.state in (State.ADDED, State.FAILED)
    in_force = row.suppressions.active().count() if has_ended else 0
    why = "gave_up" if row.attempts > LIMITS.suppressions.attempts else "file_gone"
    return {
        "upload": row,
        "badge": BADGES[State(row.state)],
        "scope": scope_of(row),
        "in_force": in_force,
        "failure": Message(f"suppressions.{why}") if row.state == State.FAILED else None,
        "may_add": can_add_upload(request.user, row),
        "may_release": can_release(request.user) and in_force > 0,
    }
