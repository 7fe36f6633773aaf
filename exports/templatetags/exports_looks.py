"""A status as the coloured label of docs/design-components.md."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from exports.looks import Look, of_run
from exports.models import Run

register = template.Library()
LABEL = "ccexport/partials/status.html"


@register.simple_tag
def run_status(run: Run) -> SafeString:
    return _label(of_run(run.status, run.reason), run.get_status_display())


@register.simple_tag
def status_label(status: str, reason: str = "") -> SafeString:
    """The same for a status without its run, as lists have it."""
    return _label(of_run(status, reason), Run.Status(status).label)


def _label(look: Look, text: Any) -> SafeString:
    context = {"tone": look.tone, "icon": look.icon, "busy": look.busy, "label": text}
    return render_to_string(LABEL, context)
