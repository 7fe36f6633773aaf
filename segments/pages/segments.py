"""The pages about a segment: look at it, see and download its members, refresh, change as a whole, delete it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

import audit_trail
from profiles.deletion import uses_of
from profiles.pages.removal import removal
from segments.deletion import delete_segment
from segments.evaluations.lifecycle import start_evaluation
from segments.evaluations.trend import RANGES, trend_of
from segments.lifecycle import STATE_CHANGES, duplicate
from segments.members.query import count_members, read_members, sample_members
from segments.models import Evaluation, Segment
from segments.permissions import can_edit_segments
from segments.rules.wording import in_words
from web.csv_download import csv_download
from web.messages import MessageError
from web.pages import allowed, page, record, uses_with_pages

from .badges import evaluation_badge, segment_badge, with_standing
from .links import segment_url

SHOWN = 100  # members on their page (documented product: the first 100)
HISTORY = 10  # evaluations on the page of their segment


def show(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show what a segment means, how many members it has and had, and what uses it."""
    segment = _segment(pk)
    days = request.GET.get("days", "30")
    days = days if days in RANGES else "30"
    evaluations = segment.evaluations.select_related("started_by")[:HISTORY]
    site: Any = admin.site
    return page(
        request,
        "segments/segment.html",
        title=segment.name,
        row=segment,
        **_live(segment),
        lines=in_words(segment),
        trend=trend_of(segment, RANGES[days][1]),
        ranges=[(key, label, key == days) for key, (label, _length) in RANGES.items()],
        evaluations=[(evaluation, evaluation_badge(evaluation.status)) for evaluation in evaluations],
        uses=uses_with_pages(request, uses_of(segment)),
        source_page=site.row_page(request, segment.source),
        may_edit=can_edit_segments(request.user),
    )


def status(request: HttpRequest, pk: int) -> JsonResponse:
    """Say how far the evaluation is, for the script that asks while one is open."""
    context = _live(_segment(pk))
    if not context["is_open"]:
        return JsonResponse({"open": False})
    return JsonResponse({"open": True, "html": render_to_string("segments/segment_state.html", context, request)})


def members(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the first members with all their attributes."""
    segment = _segment(pk)
    context: dict[str, Any] = {}
    try:
        context["attributes"], context["rows"] = sample_members(segment, SHOWN)
        context["total"] = count_members(segment)
        audit_trail.record(segment, "saw_members")
    except MessageError as error:
        context["problem"] = str(error)
    return page(request, "segments/members.html", title=_("Members"), row=segment, segment=segment, **context)


@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All members as a CSV file, with all their attributes."""
    segment = _segment(pk)
    try:
        file_name = f"{slugify(segment.name) or 'segment'}-{pk}.csv"
        answer = csv_download(file_name, *read_members(segment))
    except MessageError as error:
        messages.error(request, str(error))
        return redirect(segment_url("members", pk))
    audit_trail.record(segment, "downloaded_members")
    return answer


@allowed(can_edit_segments)
def refresh(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Evaluate the segment again (POST)."""
    segment = _segment(pk)
    if request.method == "POST":
        _refresh(request, segment)
    return redirect(segment_url("change", pk))


def refresh_several(request: HttpRequest, segments: Iterable[Segment]) -> None:
    """Evaluate those that are active again; say which are not."""
    for segment in segments:
        _refresh(request, segment)


def _refresh(request: HttpRequest, segment: Segment) -> None:
    about = {"name": segment.name}
    if not segment.is_active:
        messages.warning(request, _("The segment “%(name)s” is inactive. Activate it to refresh it.") % about)
        return
    with _still_there():
        started = start_evaluation(segment, trigger=Evaluation.Trigger.REFRESH, by=request.user)[1]
    if started:
        record(request, segment, _("Refreshed."))
        messages.success(request, _("The segment “%(name)s” is being refreshed.") % about)
    else:
        messages.info(request, _("The segment “%(name)s” is being refreshed already.") % about)


@allowed(can_edit_segments)
def change_state(request: HttpRequest, pk: int, how: str) -> HttpResponseBase:
    """Activate, deactivate, make static or dynamic (POST)."""
    segment = _segment(pk)
    if how not in STATE_CHANGES:
        raise Http404
    if request.method == "POST":
        with _still_there():
            STATE_CHANGES[how](segment, by=request.user)
        message = _DONE_MESSAGES[how]() % {"name": segment.name}
        record(request, segment, message)
        messages.success(request, message)
        if uses := [] if segment.is_active else uses_of(segment):
            skipped = _("These are skipped until the segment is active again: %(uses)s.")
            messages.warning(request, skipped % {"uses": _(", ").join(map(str, uses))})
    return redirect(segment_url("change", pk))


_DONE_MESSAGES = {
    "activate": lambda: _("The segment “%(name)s” is active and is being refreshed."),
    "deactivate": lambda: _("The segment “%(name)s” is inactive: it is no longer refreshed."),
    "make-static": lambda: _("The segment “%(name)s” is static: its members stay until somebody refreshes it."),
    "make-dynamic": lambda: _("The segment “%(name)s” is dynamic: its members follow its rules."),
}


@allowed(can_edit_segments)
def copy(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Make an inactive segment with the same rules (POST), and open it to be changed."""
    segment = _segment(pk)
    if request.method != "POST":
        return redirect(segment_url("change", pk))
    made = duplicate(segment, by=request.user)
    record(request, made, _("Added."), ADDITION)
    messages.success(request, _("“%(name)s” is a copy. Change it, then run it.") % {"name": made.name})
    return redirect(segment_url("edit", made.pk))


@allowed(can_edit_segments)
def remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask whether the segment should be deleted; a POST deletes it. Refused while exports use it."""
    deleted = _("The segment “%(name)s” is deleted.")
    return removal(request, _segment(pk), delete_segment, segment_url, title=_("Delete segment"), deleted=deleted)


@contextmanager
def _still_there() -> Iterator[None]:
    """A segment that somebody deleted a moment ago is a page that is not there."""
    try:
        yield
    except Segment.DoesNotExist as error:
        raise Http404 from error


def _segment(pk: int) -> Any:
    return get_object_or_404(with_standing(Segment.objects.select_related("source", "created_by")), pk=pk)


def _live(segment: Any) -> dict[str, Any]:
    """What changes while an evaluation is open."""
    is_open = segment.standing in Evaluation.OPEN
    waiting = segment.evaluations.filter(status__in=Evaluation.OPEN).exclude(stored_problem={}).first()
    return {
        "segment": segment,
        "badge": segment_badge(segment),
        "is_open": is_open,
        "waiting": waiting.problem if waiting else None,
    }
