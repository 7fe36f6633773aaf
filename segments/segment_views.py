"""The pages about a segment: build it, look at it, see its first members, count it again, delete it."""

import json
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from unfold.widgets import CHECKBOX_CLASSES, INPUT_CLASSES, SELECT_CLASSES

import audit_trail

from .deletion import InUseError, delete_segment, uses_of
from .errors import RulesInvalidError, SegmentError
from .evaluations import evaluate_now
from .forms import SegmentForm
from .members import count_rules, sample_members
from .models import Evaluation, ProfileSource, Segment, everybody
from .operators import OPERATORS
from .pages import allowed, page, record, segment_url, source_url, uses_with_pages
from .permissions import can_edit_segments, can_view_segments
from .wording import in_words

SHOWN = 100  # members on their page (documented product: the first 100)


@allowed(can_edit_segments)
def add(request: HttpRequest) -> HttpResponseBase:
    """Make a segment. `?source=` chooses where its profiles come from."""
    initial = {"source": request.GET.get("source") or _only_source(), "rules": everybody()}
    form = SegmentForm(request.POST or None, initial=initial, instance=Segment(created_by=_person(request)))
    return _save(request, form) or _edit(request, form, None)


@allowed(can_view_segments)
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change a segment, or look at it: for those who may only look, the same page without its form."""
    segment = get_object_or_404(Segment.objects.select_related("source"), pk=pk)
    if not can_edit_segments(request.user):
        return _view(request, segment)
    form = SegmentForm(request.POST or None, instance=segment)
    return _save(request, form) or _edit(request, form, Segment.objects.select_related("source").get(pk=pk))


def _only_source() -> int | None:
    """Where there is no choice, nobody has to choose."""
    sources = ProfileSource.objects.filter(refreshed_at__isnull=False).values_list("pk", flat=True)[:2]
    return sources[0] if len(sources) == 1 else None


def _person(request: HttpRequest) -> Any:
    return request.user


def _save(request: HttpRequest, form: SegmentForm) -> HttpResponseBase | None:
    """Save a form that was sent and is right; None: it is to be shown (again)."""
    is_new = form.instance.pk is None
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        with transaction.atomic():
            segment = form.save()
    except IntegrityError:  # of the same name, a moment ago
        form.add_error("name", _("Another segment has this name already. Choose one that people can tell apart."))
        return None
    record(request, segment, _("Added.") if is_new else _("Changed."), ADDITION if is_new else CHANGE)
    evaluate_now(segment, trigger=Evaluation.Trigger.RUN, by=request.user, afresh=True)
    _tell(request, segment)
    return redirect(segment_url("change", segment.pk))


def _tell(request: HttpRequest, segment: Segment) -> None:
    segment.refresh_from_db()
    if segment.member_count is None:
        messages.warning(request, str(segment.problem))
        return
    told = ngettext(
        "The segment “%(name)s” is saved. It has %(count)s member.",
        "The segment “%(name)s” is saved. It has %(count)s members.",
        segment.member_count,
    )
    messages.success(request, told % {"name": segment.name, "count": f"{segment.member_count:,}"})


def _edit(request: HttpRequest, form: SegmentForm, segment: Segment | None) -> HttpResponseBase:
    """`segment` is what is stored, where the form may hold what is not saved yet."""
    return page(
        request,
        "segments/edit.html",
        title=segment.name if segment else _("Add segment"),
        model=Segment,
        row=segment,
        segment=segment,
        form=form,
        sources=ProfileSource.objects.filter(refreshed_at__isnull=False).exists(),
        add_source=source_url("add"),
        operators=_operators(),
        input_classes=" ".join(INPUT_CLASSES),
        select_classes=" ".join(SELECT_CLASSES),
        checkbox_classes=" ".join(CHECKBOX_CLASSES),
        problems=[{"path": problem.path, "text": str(problem.sentence)} for problem in form.problems],
        cancel=segment_url("changelist"),
        **(_about(request, segment) if segment else {}),
    )


def _view(request: HttpRequest, segment: Segment) -> HttpResponseBase:
    return page(
        request,
        "segments/view.html",
        title=segment.name,
        model=Segment,
        row=segment,
        segment=segment,
        lines=in_words(segment),
        **_about(request, segment),
    )


def _about(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    site: Any = admin.site
    return {"uses": uses_with_pages(request, uses_of(segment)), "source_page": site.row_page(request, segment.source)}


def _operators() -> dict[str, list[dict[str, Any]]]:
    """What the builder offers for each type of attribute."""
    return {
        str(type): [
            {
                "code": operator.code,
                "label": str(operator.label),
                "takes": operator.takes,
                "mayIgnoreCase": operator.may_ignore_case,
            }
            for operator in operators
        ]
        for type, operators in OPERATORS.items()
    }


@allowed(can_edit_segments)
def attributes(request: HttpRequest, pk: int) -> JsonResponse:
    """What conditions can be about, for a source that was chosen in the form."""
    source = get_object_or_404(ProfileSource, pk=pk)
    offered = [
        {"name": attribute.name, "type": attribute.type, "label": attribute.type_label, "values": attribute.values}
        for attribute in source.attributes()
    ]
    return JsonResponse({"attributes": offered, "profiles": source.row_count})


@require_POST
@allowed(can_edit_segments)
def count(request: HttpRequest) -> JsonResponse:
    """Count the profiles that conditions mean which nobody has saved yet. Changes nothing."""
    try:
        asked = json.loads(request.body)
        source = get_object_or_404(ProfileSource, pk=int(asked["source"]))
        return JsonResponse({"count": count_rules(source, asked["rules"]), "profiles": source.row_count})
    except RulesInvalidError:
        return JsonResponse({"incomplete": True})
    except SegmentError as error:
        return JsonResponse({"problem": str(error)})
    except (ValueError, TypeError, KeyError):
        return JsonResponse({"incomplete": True}, status=400)


@allowed(can_view_segments)
def members(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the first members with all their attributes."""
    segment = get_object_or_404(Segment.objects.select_related("source"), pk=pk)
    context: dict[str, Any] = {}
    try:
        context["attributes"], context["rows"] = sample_members(segment, SHOWN)
        context["total"] = count_rules(segment.source, segment.rules)
        audit_trail.record(segment, "saw_members")
    except SegmentError as error:
        context["problem"] = str(error)
    return page(
        request, "segments/members.html", title=_("Members"), model=Segment, row=segment, segment=segment, **context
    )


@allowed(can_edit_segments)
def refresh(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Count the members again (POST)."""
    segment = get_object_or_404(Segment.objects.select_related("source"), pk=pk)
    if request.method == "POST":
        evaluate_now(segment, trigger=Evaluation.Trigger.REFRESH, by=request.user)
    return redirect(segment_url("change", pk))


@allowed(can_edit_segments)
def remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask whether the segment should be deleted; a POST deletes it. Refused while exports use it."""
    segment = get_object_or_404(Segment, pk=pk)
    if request.method == "POST":
        try:
            delete_segment(segment)
        except InUseError as error:
            messages.error(request, str(error))
            return redirect(segment_url("change", pk))
        messages.success(request, _("The segment “%(name)s” is deleted.") % {"name": segment.name})
        return redirect(segment_url("changelist"))
    return page(
        request,
        "segments/remove.html",
        title=_("Delete segment"),
        model=Segment,
        row=segment,
        uses=uses_with_pages(request, uses_of(segment)),
        cancel=segment_url("change", pk),
    )
