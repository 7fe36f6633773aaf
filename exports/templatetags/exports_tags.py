"""The status of runs, refreshes and their steps as badges: `{{ run|run_badge }}`."""

from __future__ import annotations

from django import template

from exports.models import Refresh, RefreshStep, Run
from exports.reports import badges, sentence
from web.badges import Badge

register = template.Library()


@register.filter
def run_badge(run: Run) -> Badge:
    return badges.run_badge(run.status, run.reason)


@register.filter
def run_sentence(run: Run) -> str:
    """Why a run waits, was skipped or failed, or ended with errors."""
    return sentence.run_sentence(run)


@register.filter
def refresh_badge(refresh: Refresh) -> Badge:
    return badges.refresh_badge(refresh.status)


@register.filter
def step_badge(step: RefreshStep) -> Badge:
    return badges.step_badge(step.state)
