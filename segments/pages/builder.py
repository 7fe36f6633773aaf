"""The page on which a segment is built, and what its scripts ask while somebody builds."""

import json
import re
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from unfold.widgets import CHECKBOX_CLASSES, INPUT_CLASSES, SELECT_CLASSES

import audit_trail
from engine.cancellation import StoppedError
from profiles.models import ProfileSource
from profiles.pages.links import source_url
from segments.errors import RulesInvalidError
from segments.evaluations.lifecycle import start_evaluation
from segments.members.live_count import Question, inspect_rules
from segments.models import Evaluation, Segment, everybody
from segments.permissions import can_edit_segments
from segments.rules.operators import OPERATORS
from web.messages import MessageError
from web.pages import allowed, page, record
from web.races import ChangedMeanwhileError, saved

from .links import segment_url
from .segment_form import CHANGED, SegmentForm

_GLANCES = 60 * 60  # seconds: within them, further samples of the same profiles are the same look at them


@allowed(can_edit_segments)
def add(request: HttpRequest) -> HttpResponseBase:
    """Make a segment. `?source=` chooses where its profiles come from."""
    # Where there is no choice, nobody has to choose.
    sources = ProfileSource.objects.filter(refreshed_at__isnull=False).values_list("pk", flat=True)[:2]
    only_source = sources[0] if len(sources) == 1 else None
    initial = {"source": request.GET.get("source") or only_source, "rules": everybody()}
    made = Segment(created_by=_person(request), state=Segment.State.INACTIVE)
    form = SegmentForm(request.POST or None, initial=initial, instance=made)
    return _save(request, form) or _edit(request, form, None)


@allowed(can_edit_segments)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change what a segment is called and whom it means."""
    stored = Segment.objects.select_related("source")
    form = SegmentForm(request.POST or None, instance=get_object_or_404(stored, pk=pk))
    return _save(request, form) or _edit(request, form, get_object_or_404(stored.all(), pk=pk))


def _person(request: HttpRequest) -> Any:
    return request.user


def _save(request: HttpRequest, form: SegmentForm) -> HttpResponseBase | None:
    """Save a form that was sent and is right; None: it is to be shown (again).

    "Save" makes a draft, and is offered for what is inactive. "Run" also activates and evaluates (documented).
    """
    is_new = form.instance.pk is None
    if request.method != "POST" or not form.is_valid():
        return None
    runs = "draft" not in request.POST or form.instance.is_active
    try:
        segment = saved(form, lambda: _keep(form, runs, request.user))
    except ChangedMeanwhileError:
        form.add_error(None, CHANGED)
        return None
    if segment is None:
        return None
    record(request, segment, _("Added.") if is_new else _("Changed."), ADDITION if is_new else CHANGE)
    message = (
        _("The segment “%(name)s” is saved. Its members are being counted.")
        if runs
        else _("“%(name)s” is saved as a draft. Run it to count its members and to use it in exports.")
    )
    messages.success(request, message % {"name": segment.name})
    return redirect(segment_url("change", segment.pk))


def _keep(form: SegmentForm, runs: bool, by: Any) -> Segment:
    """Write what was entered, and nothing else: an evaluation may just be writing what it found.

    Raises ChangedMeanwhileError, or IntegrityError when the name was taken or the source deleted a moment ago.
    """
    segment: Segment = form.save(commit=False)
    columns = {name: getattr(segment, name) for name in form.Meta.fields}
    if runs:
        columns["state"] = segment.state = Segment.State.ACTIVE
    if "source" in form.changed_data:  # members of another source are none of this one
        columns |= {"kept_members": "", "kept_key": ""}
    with transaction.atomic():
        if segment.pk is None:
            segment.save()
        else:
            _overwrite(segment, columns)
        if runs:
            start_evaluation(segment, trigger=Evaluation.Trigger.RUN, by=by, restart=True)
    return segment


def _overwrite(segment: Segment, columns: dict[str, Any]) -> None:
    """Write over the version that the form was filled from, and over no other. Raises ChangedMeanwhileError."""
    now = timezone.now()
    with audit_trail.changes_of(segment):
        unchanged = Segment.objects.filter(pk=segment.pk, updated_at=segment.updated_at)
        if not unchanged.update(updated_at=now, **columns):
            raise ChangedMeanwhileError
    segment.updated_at = now


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
        problems=[
            {"rule": problem.rule, "path": problem.path, "text": str(problem.message)} for problem in form.problems
        ],
        may_be_draft=segment is None or not segment.is_active,
        cancel=segment_url("change", segment.pk) if segment else segment_url("changelist"),
    )


def _operators() -> dict[str, list[dict[str, Any]]]:
    """What the builder offers for each type of attribute."""
    return {
        str(type): [
            {
                "code": operator.code,
                "label": str(operator.label),
                "takes": operator.operand,
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
def inspect(request: HttpRequest) -> JsonResponse:
    """Count the profiles that rules mean which nobody has saved yet, and show some. Changes nothing."""
    try:
        data = json.loads(request.body)
        # What the page calls itself is a short word.
        if not re.fullmatch("[A-Za-z0-9.-]{1,64}", str(data["page"])):
            raise ValueError("page")
        question = Question(_person(request).pk, str(data["page"]), int(data["number"]))
        source = get_object_or_404(ProfileSource, pk=int(data["source"]))
        found = inspect_rules(source, data["rules"], question)
    except RulesInvalidError:
        return JsonResponse({"incomplete": True})
    except StoppedError:
        return JsonResponse({"superseded": True})
    except MessageError as error:
        return JsonResponse({"problem": str(error)})
    except (ValueError, TypeError, KeyError):
        return JsonResponse({"incomplete": True}, status=400)
    if found.rows and cache.add(f"saw:{question.user_id}:{source.pk}", True, _GLANCES):
        audit_trail.record(source, "saw_sample")
    return JsonResponse(
        {
            "count": found.count,
            "profiles": source.row_count,
            "rules": [{"alone": alone, "soFar": so_far} for alone, so_far in found.counts],
            "attributes": found.attributes,
            "rows": found.rows,
        }
    )
