"""A preview: the plan of a run, before anything is sent."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from engine.outages import StorageUnavailableError
from exports.destination.fields import in_order, label_of
from exports.models import Batch, Export, Run
from exports.people.automations import automations_of
from exports.permissions import can_manage, can_run, can_see_people
from exports.pipeline.estimate import estimate
from exports.plan.dispositions import REPORTED, Disposition
from exports.plan.newcomers import newcomers_of
from exports.plan.outdated import changes_since
from exports.plan.reader import PlanReader, Row, open_plan
from exports.reports.meters import Planned, meters_of
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
    changes, planned = changes_since(run), _planned(run, batches)
    context: dict[str, Any] = {
        "estimate": estimate(batches),
        **limits_context(request, run.export, planned),
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
            sent = [(row, _values(row, headers)) for row in plan.sample("send", SAMPLE)]
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


def limits_context(request: HttpRequest, export: Export, planned: Planned | None = None) -> dict[str, Any]:
    """What is left of the limits, and the automations of the list: of the account only to who may use it."""
    may_use = can_manage(request.user, export)
    newcomers = planned.newcomers if planned else None
    limit = export.connection.max_automation_starts if export.connection else None
    return {
        "meters": meters_of(export.connection if may_use else None, planned),
        "automations": automations_of(export.connection, export.list_id) if may_use else None,
        "newcomers": newcomers,
        "starts_limit": limit,
        "has_too_many_starts": limit is not None and newcomers is not None and newcomers > limit,
    }


def last_plan(export: Export) -> Planned | None:
    """Return what the last run of the export would take, while that is a plan which was not sent."""
    run = export.runs.order_by("-pk").first()
    if run is None or run.status not in (Run.Status.PLANNED, Run.Status.NEEDS_DECISION):
        return None
    return _planned(run, list(run.batches.all()))


def _planned(run: Run, batches: Sequence[Batch]) -> Planned:
    """What the plan takes. How many are new is not known while the storage is away."""
    newcomers = None
    with suppress(StorageUnavailableError):
        newcomers = newcomers_of(run)
    return Planned(run, estimate(batches).calls, len(batches), newcomers)


def outdated(changes: Sequence[str]) -> str:
    """What changed since the preview, and what to do."""
    return " ".join([*changes, _("Preview again to see what would be sent now.")])


def _values(row: Row, headers: dict[int, list[str]]) -> dict[str, Any]:
    """The values of one contact by target, read from what would be sent."""
    header = headers.get(row.batch or 0) or []
    if header:
        return dict(zip(header, next(csv.reader([row.payload])), strict=False))
    return dict(json.loads(row.payload))


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
