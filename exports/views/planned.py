"""A plan before anything of it is sent: of a preview, or of a run that a brake holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from engine.outages import StorageUnavailableError
from exports.brakes.measure import sentences_of
from exports.destination.fields import in_order, label_of
from exports.models import Batch, Export, Run
from exports.models.run import NO_CANDIDATES
from exports.people.automations import automations_of
from exports.permissions import can_decide, can_manage, can_see_people, can_send_plan
from exports.pipeline.estimate import estimate
from exports.plan.dispositions import REPORTED, Disposition
from exports.plan.newcomers import newcomers_of
from exports.plan.outdated import changes_since
from exports.plan.payloads import values_of
from exports.plan.reader import PlanReader, open_plan
from exports.reports.meters import Planned, meters_of
from exports.runs import NotRunnableError, PlanOutdatedError, discard_run, send_planned
from web.pages import record

from .pages import for_run, home_of, on_post_only

SAMPLE = 5
EXAMPLES = 3


@for_run(can_send_plan)
@on_post_only
def send(request: HttpRequest, run: Run) -> HttpResponse:
    """Send exactly the plan that is on the page. Who may decide about it has done so by that."""
    if not sum(run.counts.values()):
        messages.info(request, _("There is nothing to send."))
        return redirect(home_of(run))
    if request.POST.get("plan", run.plan_file) != run.plan_file:
        messages.warning(request, _("The plan was made anew since you opened the page. Look at it before you send it."))
        return redirect(home_of(run))
    try:
        begun, started = send_planned(run, by=request.user, decides=can_decide(request.user, run))
    except PlanOutdatedError as error:
        is_held = run.status == Run.Status.NEEDS_DECISION
        said = _("This plan is out of date, so it can't be sent.") if is_held else _("This preview is out of date.")
        messages.warning(request, " ".join([said, outdated(error.changes, is_held=is_held)]))
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


@for_run(can_decide)
@on_post_only
def discard(request: HttpRequest, run: Run) -> HttpResponse:
    """End a run that a brake holds: its plan is never sent."""
    if discard_run(run, by=request.user):
        record(request, run.export, _("%(run)s: its plan was discarded.") % {"run": run})
        messages.success(request, _("The plan of %(run)s is discarded: it is never sent.") % {"run": run})
    else:
        messages.info(request, _("%(run)s needs no decision any more.") % {"run": run})
    return redirect(home_of(run))


def plan_context(request: HttpRequest, run: Run, batches: Sequence[Batch]) -> dict[str, Any]:
    """What the page of a preview shows besides the counts. Rows of people only to who may see them."""
    changes, planned = changes_since(run), _planned(run, batches)
    context: dict[str, Any] = {
        "estimate": estimate(batches),
        **limits_context(request, run.export, planned),
        "is_current": not changes,
        "outdated": outdated(changes, is_held=run.status == Run.Status.NEEDS_DECISION) if changes else "",
        "is_worth_sending": any(run.counts.get(kind) for kind in (Disposition.SEND, *NO_CANDIDATES)),
        "is_checked_when_sent": not run.plan_inputs,
        "brakes": sentences_of(run),
        "may_send_plan": can_send_plan(request.user, run),
        "may_decide": can_decide(request.user, run),
        "is_to_be_decided_by_another": _is_to_be_decided_by_another(request.user, run),
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


def _is_to_be_decided_by_another(user: Any, run: Run) -> bool:
    """Whether it is for having started the run that this person may not decide."""
    connection = run.export.connection
    return bool(connection and connection.decided_by_another and run.started_by_id == user.pk)


def outdated(changes: Sequence[str], *, is_held: bool = False) -> str:
    """What changed since the plan was made, and what to do."""
    if is_held:
        return " ".join([*changes, _("Run the export again: it makes a new plan, and this one is over.")])
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
