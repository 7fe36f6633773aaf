"""Why is this person on a list, or not? One address, answered for every list that somebody may look into."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

import audit_trail
from engine.outages import StorageUnavailableError
from exports.destination.fields import label_of
from exports.models import Export
from exports.permissions import can_erase, can_run
from exports.reports.badges import batch_badge, run_badge
from exports.reports.person import explain
from exports.reports.why import OfExport, OfList, OfSource, Sent, why
from web.pages import allowed, page

from .form_scripts import CONTROLS


@allowed(can_run)
def show(request: HttpRequest) -> HttpResponse:
    """The address comes in the body of a POST, so that no log of addresses holds it."""
    text = request.POST.get("address", "").strip()[:320] if request.method == "POST" else ""
    first = request.POST.get("first", "")
    context: dict[str, Any] = {}
    if text:
        try:
            answer = why(request.user, text, int(first) if first.isdecimal() and len(first) < 9 else 0)
        except StorageUnavailableError as error:
            context["outage"] = error
        else:
            for found in answer.lists:
                for each in found.exports:
                    audit_trail.record(each.export, "asked_why")
            context |= {"answer": answer, "lists": [_list(found) for found in answer.lists]}
            context["may_erase"] = can_erase(request.user)
    title = _("Why is this person (not) on the list?")
    return page(request, "exports/why/page.html", title=title, model=Export, text=text, **CONTROLS, **context)


def _list(found: OfList) -> dict[str, Any]:
    tone = {True: "success", False: "neutral", None: "warning"}[found.is_on]
    return {
        "found": found,
        "tone": tone,
        "badge": {True: _("On the list"), False: _("Not on the list"), None: _("Not known")}[found.is_on],
        "exports": [_export(each) for each in found.exports],
    }


def _export(each: OfExport) -> dict[str, Any]:
    custom = each.export.custom_field_labels
    return {
        "export": each.export,
        "run": each.run,
        "badge": run_badge(each.run.status, each.run.reason) if each.run else "",
        "outcomes": [list(explain(outcome, custom)) for outcome in each.outcomes],
        "sent": _sent(each.sent, custom) if each.sent else None,
        "sources": [_source(found) for found in each.sources],
        "consent_attribute": each.export.consent_attribute,
        "consent": each.consent,
    }


def _sent(sent: Sent, custom: dict[str, str]) -> dict[str, Any]:
    return {
        "run": sent.run,
        "batch": sent.batch,
        "badge": batch_badge(sent.batch, is_over=sent.run.finished_at is not None),
        "values": [(label_of(target, custom), value) for target, value in sent.values.items()],
    }


def _source(found: OfSource) -> dict[str, Any]:
    return {
        "source": found.source,
        "problem": found.problem,
        "profiles": found.profiles,
    }
