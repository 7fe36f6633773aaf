"""Holds on to a claimed run while its worker lives, however long a single call or query takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error
from django.db import connection as database

from exports.models import Run
from exports.runs import LEASE, renew_lease


class LeaseLostError(Exception):
    """Another worker has taken the run; this one must not touch it again."""


class Lease:
    """Whether the run is still ours; asked before every call to Constant Contact."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.over = threading.Event()

    def check(self) -> None:
        """Renew the lease. Raises LeaseLostError."""
        if not renew_lease(self.run):
            raise LeaseLostError

    def keep(self) -> None:
        """Renew now and then until the work is over. A process that is killed takes this thread with it."""
        try:
            while not self.over.wait(LEASE.total_seconds() / 4):
                self._renew_once()
        finally:
            database.close()

    def _renew_once(self) -> None:
        try:
            renew_lease(self.run)
        except Error:  # away for a moment: three more tries before the lease lapses
            database.close()


@contextmanager
def kept_lease(run: Run) -> Iterator[Lease]:
    """Renew the run's lease in the background for as long as the block runs."""
    lease = Lease(run)
    keeper = threading.Thread(target=lease.keep, name=f"lease of run {run.pk}", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        lease.over.set()
