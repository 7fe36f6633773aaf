"""The lease of a system refresh: in every write, so that a worker that was frozen for too long writes nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from exports.models import Refresh
from jobs.limits import LIMITS

LEASE = timedelta(seconds=LIMITS.refresh.lease or 0)


class LeaseLostError(Exception):
    """Another worker has taken the refresh, or it is over; this one must not touch it again."""


@contextmanager
def held(refresh: Refresh, **columns: Any) -> Iterator[None]:
    """What is written in the block is written by the holder of the refresh, or not at all. Renews the lease.

    `columns` of the refresh are written with it. Its row stays locked until the end of the block, so nobody can take it
    over in between. Raises LeaseLostError.
    """
    mine = Refresh.objects.filter(pk=refresh.pk, lease=refresh.lease, status=Refresh.Status.RUNNING)
    with transaction.atomic():
        if not mine.update(**{"lease_until": timezone.now() + LEASE, **columns}):
            raise LeaseLostError
        yield
