"""Holds on to a claimed run while its worker lives, however long a single call or query takes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection as database
from django.db import transaction

from exports.models import Run
from exports.runs import LEASE, renew_lease
from logs import in_this_context

logger = logging.getLogger(__name__)


class LeaseLostError(Exception):
    """Another worker has taken the run; this one must not touch it again."""


class Lease:
    """Whether the run is still ours: asked before every call to Constant Contact and in every write."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.over = threading.Event()

    def check(self, **columns: Any) -> None:
        """Renew the lease, and write `columns` into the run. Raises LeaseLostError."""
        if not renew_lease(self.run, **columns):
            raise LeaseLostError

    @contextmanager
    def writing(self, **columns: Any) -> Iterator[None]:
        """What is written inside is written by the holder of the run, or not at all. Raises LeaseLostError.

        The run's row stays locked until the end of the block, so nobody can take the run over in between: a worker
        that was frozen for longer than its lease would else overwrite what its successor has found out.
        """
        with transaction.atomic():
            self.check(**columns)
            yield

    def keep(self) -> None:
        """Renew now and then until the work is over. A process that is killed takes this thread with it."""
        try:
            while not self.over.wait(LEASE.total_seconds() / 4):
                try:
                    renew_lease(self.run)
                except Exception as error:
                    # The work goes on: three more tries before the lease lapses, and every write asks anew.
                    logger.warning("run %s: its lease could not be renewed: %s", self.run.pk, type(error).__name__)
                    database.close()
        finally:
            database.close()


@contextmanager
def kept_lease(run: Run) -> Iterator[Lease]:
    """Renew the run's lease in the background for as long as the block runs."""
    lease = Lease(run)
    keeper = threading.Thread(target=in_this_context(lease.keep), name=f"lease of run {run.pk}", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        lease.over.set()
