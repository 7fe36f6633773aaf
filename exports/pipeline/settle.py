"""SETTLE: compare what was planned with what Constant Contact counted, say the outcome, keep the plan as baseline."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from exports.dispositions import FAULTY
from exports.models import Batch, Run
from exports.plan import storage
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


def outcome(run: Run) -> tuple[str, str, dict[str, int]]:
    """Return the status of a run whose batches are all final, with its reason and the numbers for the sentence."""
    batches = list(run.batches.all())
    accepted = sum(batch.accepted for batch in batches)
    if run.cancel_requested_at is not None:
        return Run.Status.CANCELLED, "cancelled", {"sent": accepted}
    lost = [batch for batch in batches if batch.state != Batch.State.COMPLETED]
    if batches and len(lost) == len(batches):
        return Run.Status.FAILED, "all_refused", {"batches": len(batches)}
    left_out = sum(run.counts.get(kind, 0) for kind in FAULTY)
    not_added = sum(batch.refused + batch.cannot_add for batch in batches)
    if lost:
        return Run.Status.COMPLETED_WITH_ERRORS, "some_refused", {"profiles": sum(batch.rows for batch in lost)}
    if not all(batch.counts_agree for batch in batches):
        return Run.Status.COMPLETED_WITH_ERRORS, "counts_disagree", {"planned": run.to_send}
    if not_added and left_out:
        numbers = {"left_out": left_out, "not_added": not_added}
        return Run.Status.COMPLETED_WITH_ERRORS, "some_left_out_and_not_added", numbers
    if not_added:
        return Run.Status.COMPLETED_WITH_ERRORS, "some_not_added", {"not_added": not_added}
    if left_out:
        return Run.Status.COMPLETED_WITH_ERRORS, "some_left_out", {"left_out": left_out}
    return Run.Status.SUCCEEDED, "", {}


def discard_old_plans(run: Run) -> None:
    """Plans hold personal data: keep those of the retention time, and the baseline however old it is."""
    limit = timezone.now() - timedelta(days=settings.PLAN_RETENTION_DAYS)
    old = Run.objects.filter(export=run.export_id, queued_at__lt=limit).exclude(plan_file="").exclude(pk=run.pk)
    for earlier in old.exclude(status__in=Run.OPEN):
        storage.discard(earlier.plan_file)
        Run.objects.filter(pk=earlier.pk).update(plan_file="")
