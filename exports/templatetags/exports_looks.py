"""A status as the coloured label of docs/design-components.md, and how long something took."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from exports.models import Refresh, RefreshStep, Run
from exports.reports import sentence
from exports.reports.badges import REFRESHES, STEPS, Look, of_run

register = template.Library()
LABEL = "ccexport/partials/status.html"


@register.simple_tag
def run_status(run: Run) -> SafeString:
    return _label(of_run(run.status, run.reason), run.get_status_display())


@register.simple_tag
def run_sentence(run: Run) -> str:
    """Why a run waits, was skipped or failed, or ended with errors."""
    return sentence.run_sentence(run)


@register.simple_tag
def status_label(status: str, reason: str = "") -> SafeString:
    """The same for a status without its run, as lists have it."""
    return _label(of_run(status, reason), Run.Status(status).label)


@register.simple_tag
def refresh_status(refresh: Refresh) -> SafeString:
    return _label(REFRESHES[Refresh.Status(refresh.status)], refresh.get_status_display())


@register.simple_tag
def step_status(step: RefreshStep) -> SafeString:
    return _label(STEPS[RefreshStep.State(step.state)], step.get_state_display())


@register.filter
def lasted(begin: datetime | None, end: datetime | None) -> str:
    """How long something took, in the two largest units: 4 s, 2 min 10 s, 1 h 5 min."""
    if begin is None or end is None:
        return "–"
    seconds = max(0, round((end - begin).total_seconds()))
    minutes, hours = seconds // 60, seconds // 3600
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes % 60}
    if minutes:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": seconds % 60}
    return _("%(seconds)d s") % {"seconds": seconds}


def _label(look: Look, text: Any) -> SafeString:
    context = {"tone": look.tone, "icon": look.icon, "busy": look.busy, "label": text}
    return render_to_string(LABEL, context)
