"""A preview: the plan of a run, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from engine.outages import StorageUnavailableError
from exports.destination.fields import in_order, label_of
from exports.models import Batch, Run
from exports.permissions import can_run, can_see_people
from exports.pipeline.estimate import estimate
from exports.plan.dispositions import REPORTED, Disposition
from exports.plan.outdated import changes_since
from exports.plan.payloads import values_of
from exports.plan.reader import PlanReader, open_plan
from exports.runs import NotRunnableError, PlanOutdatedError, send_planned
from web.pages import record

from .pages import for_run, home_of, on_post_only

SAMPLE = 5
EXAMPLES = 3


@for_run(lambda user, run: can_run(user, run.export))
@on_post_only
def send(request: HttpRequest, run: Run) -> HttpResponse:
    """Send exactly the plan that is on the page."""
    try:
        begun, started = send_planned(run, by=request.user)
    except PlanOutdatedError as error:
        messages.warning(request, " ".join([_("This preview is out of date."), outdated(error.changes)]))
        return redirect(home_of(run))
    except NotRunnableError as error:
        messages.error(request, str(error))
        return redirect(home_of(run))
    if started:
        record(request, run.export, _("%(run)s started.") % {"run": begun})
        messages.success(request, _("%(run)s started: it sends exactly the plan you saw.") % {"run": begun})
    else:
        messages.info(request, _("%(run)s is already in progress.") % {"run": begun})
    return redirect(home_of(begun))


def plan_context(request: HttpRequest, run: Run, batches: Sequence[Batch]) -> dict[str, Any]:
    """What the page of a preview shows besides the counts. Rows of people only to who may see them."""
    changes = changes_since(run)
    context: dict[str, Any] = {
        "estimate": estimate(batches),
        "is_current": not changes,
        "outdated": outdated(changes) if changes else "",
        "is_checked_when_sent": not run.plan_inputs,
        "bytes": sum(batch.body_bytes for batch in batches),
        "sample": [],
        "examples": [],
    }
    if not can_see_people(request.user, run):
        return context
    try:
        with open_plan(run) as plan:
            headers = {batch.number: batch.header for batch in batches}
            sent = [
                (row, values_of(row.payload, headers.get(row.batch or 0) or ())) for row in plan.sample("send", SAMPLE)
            ]
            context |= {"columns": _columns(run, (values for _row, values in sent)), "examples": _examples(run, plan)}
            context["sample"] = [
                (row, [{"label": label, "value": values.get(target, "")} for target, label in context["columns"]])
                for row, values in sent
            ]
    except FileNotFoundError:
        context["plan_is_gone"] = True
    except StorageUnavailableError as error:
        context["plan_is_away"] = error
    return context


def outdated(changes: Sequence[str]) -> str:
    """What changed since the preview, and what to do."""
    return " ".join([*changes, _("Preview again to see what would be sent now.")])


def _columns(run: Run, rows: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """The targets that the sample has values for, in the order of the data matching, with their labels."""
    present = {target for values in rows for target in values}
    custom = run.export.custom_field_labels
    return [
        (target, label_of(target, custom))
        for target, _attribute in in_order(run.configuration["mapping"])
        if target in present
    ]


def _examples(run: Run, plan: PlanReader) -> list[dict[str, Any]]:
    """For each reason, some of those it leaves out, with the field at fault."""
    custom = run.export.custom_field_labels
    shown = []
    for kind, target, count in plan.reasons():
        if kind in REPORTED:
            field = label_of(target, custom) if target else ""
            rows = plan.sample(kind, EXAMPLES, target or None)
            shown.append({"kind": kind, "label": Disposition(kind).label, "field": field, "count": count, "rows": rows})
    return shown
