"""SETTLE: compare what was planned with what Constant Contact counted, say the outcome, keep the plan as baseline."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from engine.files import discard
from exports.models import Run
from exports.reports.outcome import outcome
from exports.runs import finish_run

from .outcome import Pause
from .work import Work


def settle_run(work: Work) -> Pause | None:
    """End the run with its outcome. What follows may be repeated without harm."""
    run = work.run
    run.refresh_from_db()
    status, reason, details = outcome(run)
    if finish_run(run, status, reason=reason, details=details):
        discard_old_plans(run)
    return None


def discard_old_plans(run: Run) -> None:
    """Plans hold personal data: keep those of the retention time, and the baseline however old it is."""
    limit = timezone.now() - timedelta(days=settings.PLAN_RETENTION_DAYS)
    old = Run.objects.filter(export=run.export_id, queued_at__lt=limit).exclude(plan_file="").exclude(pk=run.pk)
    for earlier in old.exclude(status__in=Run.OPEN):
        discard(earlier.plan_file)
        Run.objects.filter(pk=earlier.pk).update(plan_file="")
