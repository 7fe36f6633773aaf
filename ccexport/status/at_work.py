"""Whether somebody works at something long, as the rows say: an import or an evaluation may take many minutes."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from exports.models import Run
from profiles.models import DatabaseAddress, ProfileImport
from segments.models import Evaluation


def somebody_works(within: timedelta) -> bool:
    """Does anybody hold a claim that has not run out, or was anything long brought to its end `within` this time?

    A worker renews its claim while it works; that of one that died or was stopped runs out in two minutes.
    """
    now = timezone.now()
    held, ended = Q(claimed_until__gt=now), Q(finished_at__gt=now - within)
    return (
        Evaluation.objects.filter(held & Q(status=Evaluation.Status.RUNNING) | ended).exists()
        or ProfileImport.objects.filter(held & Q(state=ProfileImport.State.RUNNING) | ended).exists()
        or Run.objects.open().filter(lease_until__gt=now).exists()
        or DatabaseAddress.objects.filter(refresh_claimed_until__gt=now).exists()
    )
