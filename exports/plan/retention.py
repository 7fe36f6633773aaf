"""How long plans are kept: they hold personal data."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from engine.files import discard, discard_old
from exports.models import Export, Run


def sweep_plans() -> None:
    """Delete the plans whose retention time is over, and files of no run; with a plan goes what tells whom its run took
    off the list. Raises StorageUnavailableError.

    A baseline is kept however old it is: without it everybody is sent again.
    """
    limit = timezone.now() - timedelta(days=settings.PLAN_RETENTION_DAYS)
    baselines = Export.objects.exclude(baseline=None).values("baseline")
    old = Run.objects.filter(queued_at__lt=limit).exclude(plan_file="").exclude(pk__in=baselines)
    for run in old.exclude(status__in=Run.OPEN).only("plan_file"):
        # First the name: what can't be deleted now is a file of no run tomorrow.
        if Run.objects.filter(pk=run.pk, plan_file=run.plan_file).exclude(pk__in=baselines).update(plan_file=""):
            discard(run.plan_file)
    forgotten = Run.objects.filter(queued_at__lt=limit).exclude(removal_file="").exclude(status__in=Run.OPEN)
    for run in forgotten.exclude(pk__in=baselines).only("removal_file"):
        Run.objects.filter(pk=run.pk).update(removal_file="")
        discard(run.removal_file)
    discard_old("removals", apart_from=Run.objects.exclude(removal_file="").values_list("removal_file", flat=True))
    discard_old("plans", apart_from=Run.objects.exclude(plan_file="").values_list("plan_file", flat=True))
