"""The plan of a run by name: who is new to the list, whose values change and from what, who is left out and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

import audit_trail
from engine.outages import StorageUnavailableError
from exports.destination.fields import label_of
from exports.models import Run
from exports.permissions import can_run, can_see_people
from exports.plan.by_name import Chosen, Kind, Named, open_by_name
from exports.plan.dispositions import KEPT_OUT, NO_CANDIDATES, Disposition
from exports.plan.outdated import changes_since
from exports.plan.reader import PersonOutcome, outcome_of
from exports.reports.numbers import numbers_of
from exports.reports.person import explain
from web.csv_download import csv_download
from web.pages import page

from .form_scripts import CONTROLS
from .pages import for_run, home_of, run_url
from .planned import outdated

SHOWN = 50
TONES = {
    Kind.ADDED: "success",
    Kind.CHANGED: "info",
    Kind.REMOVED: "danger",
    Kind.STAYS: "neutral",
    Kind.LEFT_OUT: "warning",
    Kind.UNCHANGED: "neutral",
}
WAITING = (Run.Status.PLANNED, Run.Status.NEEDS_DECISION)
COLUMNS = ("what", "email", "profile_id", "why", "field", "before", "after")


@for_run(can_see_people)
def show(request: HttpRequest, run: Run) -> HttpResponse:
    """Some of the plan's rows. The text that is sought comes in the body of a POST: no log of addresses holds it."""
    asked, chosen = _asked(request)
    context: dict[str, Any] = {}
    try:
        with open_by_name(run) as plan:
            counts = plan.choose(chosen)
            pages = max(1, -(-counts.found // SHOWN))
            number = min(max(1, _number(asked.get("page"))), pages)
            rows = plan.rows((number - 1) * SHOWN, SHOWN)
            context |= {"counts": counts, "pages": pages, "number": number, "knows_list": plan.knows_list}
    except FileNotFoundError:
        context["plan_is_gone"] = True
    except StorageUnavailableError as error:
        context["plan_is_away"] = error
    else:
        audit_trail.record(run.export, "saw_people", run=run.pk)
        context |= {
            "rows": [_shown(run, named) for named in rows],
            "kinds": [(kind, kind.label, counts.by_kind[kind]) for kind in Kind],
            "reasons": [(kind, Disposition(kind).label, count) for kind, count in counts.by_disposition.items()],
        }
    changes = changes_since(run) if run.status in WAITING else []
    numbers = numbers_of(run)
    return page(
        request,
        "exports/run/people.html",
        title=_("By name"),
        row=run,
        run=run,
        chosen=chosen,
        is_waiting=run.status in WAITING,
        is_sendable=run.status == Run.Status.PLANNED and (numbers.to_send or numbers.to_remove) and not changes,
        outdated=outdated(changes) if changes else "",
        may_run=can_run(request.user, run.export),
        **CONTROLS,
        **context,
    )


@for_run(can_see_people)
def download(request: HttpRequest, run: Run) -> HttpResponseBase:
    """The rows that were chosen as a CSV file: whoever has several changed values has a line for each."""
    _asked_for, chosen = _asked(request)
    if not run.plan_file:
        return redirect(run_url("people", run.pk))  # which says that it is no longer kept
    try:
        answer = csv_download(f"run-{run.pk}-by-name.csv", COLUMNS, _lines(run, chosen))
    except FileNotFoundError:
        return render(request, "410.html", status=410)
    except StorageUnavailableError as error:
        messages.error(request, str(error))
        return redirect(home_of(run))
    audit_trail.record(run.export, "downloaded_people", run=run.pk)
    return answer


def _asked(request: HttpRequest) -> tuple[Mapping[str, str], Chosen]:
    asked = request.POST if request.method == "POST" else request.GET
    text = request.POST.get("text", "").strip()[:320]
    kind = asked.get("kind", "")
    why = asked.get("why", "")
    return asked, Chosen(kind if kind in Kind.values else "", why if why in Disposition.values else "", text)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 1


def _shown(run: Run, named: Named) -> dict[str, Any]:
    custom, kind = run.export.custom_field_labels, Kind(named.kind)
    is_sent = named.row.disposition == Disposition.SEND
    return {
        "place": named.place,
        "kind": kind.label,
        "tone": TONES[kind],
        "email": named.row.email,
        "profile_id": named.row.profile_id,
        "is_sent": is_sent,
        "is_changed": kind == Kind.CHANGED,
        "earlier": named.earlier,
        "changes": [(label_of(each.target, custom), each) for each in named.changes],
        "values": [(label_of(target, custom), value) for target, value in named.values.items() if target != "email"],
        "messages": [] if is_sent else list(explain(outcome_of(run, named.row), custom)),
    }


def _lines(run: Run, chosen: Chosen) -> Iterator[Sequence[Any]]:
    custom = run.export.custom_field_labels
    with open_by_name(run) as plan:
        plan.choose(chosen)
        for named in plan.all_rows():
            kind = Kind(named.kind)
            who = (kind.label, named.row.email, named.row.profile_id, _why(run, named))
            if kind == Kind.CHANGED and named.earlier is not None:
                pairs = [(label_of(each.target, custom), each.before, each.after) for each in named.changes]
            else:
                pairs = [(label_of(to, custom), "", value) for to, value in named.values.items() if to != "email"]
            for pair in pairs or [("", "", "")]:
                yield (*who, *pair)


def _why(run: Run, named: Named) -> str:
    """In a word why somebody is not sent, with the field at fault; in a sentence since when somebody is kept out."""
    row = named.row
    if row.disposition == Disposition.SEND:
        return ""
    if row.disposition in (*KEPT_OUT, *NO_CANDIDATES):
        return " ".join(message.happened for message in explain(PersonOutcome(row, None), {}))
    label = str(Disposition(row.disposition).label)
    is_of_value = row.disposition in (Disposition.TOO_LONG, Disposition.INVALID_VALUE)
    return f"{label}: {label_of(row.reason, run.export.custom_field_labels)}" if is_of_value else label
