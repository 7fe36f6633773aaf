"""The status of runs, refreshes and their steps as badges (`{{ run|run_badge }}`), and why a run ended."""

from __future__ import annotations

from django import template

from exports.models import Run
from exports.reports import badges, sentence
from web.badges import Badge

register = template.Library()
register.filter(badges.refresh_badge)
register.filter(badges.step_badge)
register.filter(sentence.run_sentence)


@register.filter
def run_badge(run: Run) -> Badge:
    return badges.run_badge(run.status, run.reason)
