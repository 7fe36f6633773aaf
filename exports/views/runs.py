"""The page of a run: live while it is open, and afterwards the answer to what happened to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

import audit_trail
from connections.permissions import can_manage_connections
from engine.outages import StorageUnavailableError
from exports.destination.fields import label_of, labelled
from exports.messages import run_message
from exports.models import Run
from exports.permissions import can_erase, can_manage, can_run, can_see_people, can_view_run
from exports.plan.reader import LEFT_OUT_COLUMNS, find_person, left_out_rows
from exports.reports import stages
from exports.reports.attention import can_retry, unsent
from exports.reports.badges import batch_badge, run_badge
from exports.reports.events import history_of
from exports.reports.numbers import numbers_of
from exports.reports.person import explain
from exports.reports.sentence import facts_of, notes_of
from exports.runs import cancel_run
from web.csv_download import csv_download
from web.pages import page, record

from .form_scripts import CONTROLS
from .pages import export_url, for_run, home_of, on_post_only, run_url
from .planned import plan_context

# Reasons of runs: what is mended at the connection, at the export, or by another run.
_CONNECTION = frozenset(
    {"reconnect", "connection_unfinished", "export_user_missing", "export_user_inactive", "export_user_not_allowed"}
    | {"forbidden"}
)
_EXPORT = frozenset(
    {"detached", "detached_while_open", "list_of_another_account", "list_gone", "no_list", "no_email_mapping"}
    | {"no_segments", "no_members", "segment_gone", "too_many_profiles", "too_little_memory"}
    | {"rejected", "all_refused"}
)
_AGAIN = frozenset({"cancelled", "some_refused", "counts_disagree", "plan_damaged", "gave_up", "unexpected", "segment"})


@for_run(can_view_run)
@require_safe
def show(request: HttpRequest, run: Run) -> HttpResponse:
    return _page(request, run)


@for_run(can_view_run)
@require_safe
def progress(request: HttpRequest, run: Run) -> HttpResponse:
    """The part of the page that changes while the run is open; without `data-poll` once it is over."""
    return render(request, "exports/run/live.html", _live(request, run))


@for_run(lambda user, run: can_run(user, run.export))
@on_post_only
def cancel(request: HttpRequest, run: Run) -> HttpResponse:
    if cancel_run(run, by=request.user):
        record(request, run.export, _("%(run)s cancelled.") % {"run": run})
        messages.success(request, _("%(run)s is being cancelled: nothing more is sent.") % {"run": run})
    else:
        messages.info(request, _("%(run)s had ended already.") % {"run": run})
    return redirect(home_of(run))


@for_run(can_see_people)
@on_post_only
def person(request: HttpRequest, run: Run) -> HttpResponse:
    """What happened to one person. The address comes in the body of a POST, so that no log of addresses holds it."""
    text = request.POST.get("person", "").strip()
    if not text:
        return redirect(home_of(run))
    audit_trail.record(run.export, "looked_up_person", run=run.pk)
    try:
        outcomes = find_person(run, text)
    except FileNotFoundError:
        return _page(request, run, sought=text, no_plan=True)
    except StorageUnavailableError as error:
        return _page(request, run, sought=text, outage=error)
    found = [(outcome.row, list(explain(outcome, run.export.custom_field_labels))) for outcome in outcomes]
    return _page(request, run, sought=text, found=found)


@for_run(can_see_people)
@require_safe
def left_out(request: HttpRequest, run: Run) -> HttpResponseBase:
    """The left-out profiles as a CSV file, each with its reason."""
    if not run.plan_file:
        messages.warning(
            request,
            _("The plan of this run is no longer kept, or its file is damaged, so its profiles can't be listed."),
        )
        return redirect(home_of(run))
    try:
        answer = csv_download(f"run-{run.pk}-left-out.csv", LEFT_OUT_COLUMNS, left_out_rows(run))
    except FileNotFoundError:
        return render(request, "410.html", status=410)
    except StorageUnavailableError as error:
        messages.error(request, str(error))
        return redirect(home_of(run))
    audit_trail.record(run.export, "downloaded_left_out", run=run.pk)
    return answer


def _page(request: HttpRequest, run: Run, **context: Any) -> HttpResponse:
    context |= {**CONTROLS, **_live(request, run)}
    return page(request, "exports/run/page.html", title=str(run), row=run, **context)


def _live(request: HttpRequest, run: Run) -> dict[str, Any]:
    batches = list(run.batches.all())
    numbers = numbers_of(run, batches)
    is_plan = run.status == Run.Status.PLANNED
    return {
        "run": run,
        "export": run.export,
        "badge": run_badge(run.status, run.reason),
        "export_url": export_url("change", run.export_id),
        "progress_url": run_url("progress", run.pk),
        "stages": stages.stages_of(run, batches),
        "numbers": numbers,
        "parts": numbers.parts(),
        "batches": [
            {
                "batch": batch,
                "badge": batch_badge(batch, is_over=run.finished_at is not None),
                "message": run_message(batch.reason, {}),
            }
            for batch in batches
        ],
        "facts": facts_of(run, numbers),
        "notes": notes_of(run, numbers),
        "step": next_step_of(request.user, run),
        "may_run": can_run(request.user, run.export),
        "to_retry": unsent(run) if can_retry(run) else 0,
        "may_manage": can_manage(request.user, run.export),
        "may_see_people": can_see_people(request.user, run),
        "may_erase": can_erase(request.user),
        "is_plan": is_plan,
        "history": history_of(run),
        "matched": labelled(run.configuration.get("mapping", {}), run.export.custom_field_labels),
        "strict": [label_of(target, run.export.custom_field_labels) for target in run.configuration.get("strict", [])],
        **(plan_context(request, run, batches) if is_plan else {}),
    }


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where the button leads; `is_post` when it changes something."""

    label: str
    url: str
    is_post: bool = False


def next_step_of(user: Any, run: Run) -> NextStep | None:
    """Return the button that helps with why the run waits or ended, if this person may press it."""
    if run.reason in _CONNECTION and run.export.connection_id and can_manage_connections(user):
        address = reverse("admin:connections_connection_change", args=[run.export.connection_id])
        return NextStep(_("Reconnect") if run.reason == "reconnect" else _("Open the connection"), address)
    if run.reason in _EXPORT and can_manage(user, run.export):
        return NextStep(_("Edit export"), export_url("change", run.export_id))
    if run.reason in _AGAIN and not run.is_open and can_run(user, run.export):
        label = _("Retry failed batches") if can_retry(run) else _("Run again")
        return NextStep(label, export_url("run_now", run.export_id), is_post=True)
    if run.reason in ("some_left_out", "some_left_out_and_not_added") and run.plan_file and can_see_people(user, run):
        return NextStep(_("Download left-out profiles"), run_url("left_out", run.pk))
    return None
