"""Data › Suppressions: who must not be sent, who said so and why; to add, to take back, to download."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

import audit_trail
from exports.editing.suppressing import AlreadySuppressedError, release, suppress
from exports.forms.suppressions import RemovalForm, SuppressForm, SuppressionSearch
from exports.models import Suppression, SuppressionUpload
from exports.people.searching import search
from exports.permissions import can_release, can_see_suppression, can_suppress, can_view_suppressions
from web.csv_download import csv_download
from web.pages import allowed, page

from .pages import home_of, on_post_only, suppression_url

PER_PAGE = 50


@allowed(can_view_suppressions)
def show_all(request: HttpRequest) -> HttpResponse:
    """The list. What is searched for comes in the body of a POST, so that no log of addresses holds a person's."""
    if not can_suppress(request.user):
        if request.method != "GET":
            return redirect(suppression_url("changelist"))
        return page(
            request, "exports/suppressions/counts.html", title=_("Suppressions"), model=Suppression, **_counts()
        )
    asked = request.POST if request.method == "POST" else request.GET
    form = SuppressionSearch(asked or None, user=request.user, initial={"state": SuppressionSearch.ACTIVE})
    rows = Suppression.objects.seen_by(request.user).select_related("connection", "upload", "created_by")
    found = search(rows, form.cleaned_data) if form.is_valid() else rows.active() if not form.is_bound else rows.none()
    pages = Paginator(found.order_by("-pk"), PER_PAGE)
    return page(
        request,
        "exports/suppressions/list.html",
        title=_("Suppressions"),
        model=Suppression,
        form=form,
        shown=pages.get_page(asked.get("page")),
        is_empty=not form.is_bound and not rows.exists(),
        uploads=_open_uploads(request),
    )


@allowed(can_suppress)
def add(request: HttpRequest) -> HttpResponse:
    form = SuppressForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            row = suppress(
                **form.cleaned_data["who"],
                connection=form.chosen,
                reason=form.cleaned_data["reason"],
                by=request.user,
            )
        except AlreadySuppressedError as error:
            messages.info(request, _("It is suppressed already, so nothing was added."))
            there = error.present if can_see_suppression(request.user, error.present) else None
            return redirect(home_of(there) if there else suppression_url("changelist"))
        messages.success(request, _("Suppressed. Every plan that is made from now on leaves them out."))
        return redirect(home_of(row))
    return page(
        request,
        "exports/suppressions/add.html",
        title=_("Suppress an address or a domain"),
        model=Suppression,
        form=form,
    )


def for_suppression(view: Any) -> Any:
    rows = Suppression.objects.select_related("connection", "upload", "created_by", "removed_by")
    return allowed(can_see_suppression, rows)(view)


@for_suppression
@require_safe
def show(request: HttpRequest, row: Suppression) -> HttpResponse:
    return _show(request, row, RemovalForm())


@allowed(lambda user, row: can_release(user), Suppression.objects.all())
@on_post_only
def remove(request: HttpRequest, row: Suppression) -> HttpResponse:
    form = RemovalForm(request.POST)
    if not form.is_valid():
        return _show(request, row, form)
    if release(row, reason=form.cleaned_data["reason"], by=request.user):
        messages.success(request, _("Removed. It stays in this list as evidence, and no longer keeps anybody out."))
    else:
        messages.info(request, _("Somebody else had removed it already."))
    return redirect(home_of(row))


@allowed(can_suppress)
@require_safe
def download(request: HttpRequest) -> HttpResponseBase:
    """Everything that this person may see, removed ones too."""
    rows = Suppression.objects.seen_by(request.user).select_related("connection", "upload", "created_by", "removed_by")
    user: Any = request.user
    audit_trail.record(user, "downloaded_suppressions")
    names = (
        *(_("Kind"), _("Email address"), _("Domain"), _("Connection"), _("Reason"), _("Added"), _("Added by")),
        *(_("File"), _("Removed"), _("Removed by"), _("Reason of the removal")),
    )
    return csv_download(f"suppressions-{timezone.localdate():%Y-%m-%d}.csv", names, _lines(rows))


def _lines(rows: Any) -> Iterator[Sequence[Any]]:
    for row in rows.order_by("pk").iterator(chunk_size=2000):
        yield (
            *(row.get_kind_display(), row.email or ("" if row.domain else _("erased")), row.domain, scope_of(row)),
            *(row.reason, _moment(row.created_at), row.created_by or "", row.upload or ""),
            *(_moment(row.removed_at), row.removed_by or "", row.removed_reason),
        )


def scope_of(row: Suppression | SuppressionUpload) -> str:
    """For which connections it holds, in words."""
    if not row.account_id:
        return _("All connections")
    return (
        str(row.connection) if row.connection else _("A removed connection to account %(id)s") % {"id": row.account_id}
    )


def _moment(moment: Any) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else ""


def _show(request: HttpRequest, row: Suppression, form: RemovalForm) -> HttpResponse:
    context = {"suppression": row, "form": form, "scope": scope_of(row), "may_release": can_release(request.user)}
    return page(request, "exports/suppressions/suppression.html", title=_("Suppression"), row=row, **context)


def _counts() -> dict[str, int]:
    kinds = Suppression.Kind
    return Suppression.objects.active().aggregate(
        addresses=Count("pk", filter=Q(kind=kinds.ADDRESS)), domains=Count("pk", filter=Q(kind=kinds.DOMAIN))
    )


def _open_uploads(request: HttpRequest) -> list[SuppressionUpload]:
    """Files that are waiting for somebody, or being added."""
    State = SuppressionUpload.State
    return list(SuppressionUpload.objects.seen_by(request.user).filter(state__in=(State.COUNTED, State.ADDING))[:5])
