"""What every stage is given: the claimed run, its lease, and the client of its connection."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections
from django.db.models import F

from connections.clients import client_for
from constant_contact import ConstantContact
from exports.models import Run
from exports.models.configuration import configuration_of
from exports.runs import LEASE
from jobs.limits import LIMITS

from .lease import Lease
from .rights import check_rights

logger = logging.getLogger(__name__)

ANSWER_RETRY_GAP = 0.5  # seconds


class Work:
    def __init__(self, run: Run, lease: Lease) -> None:
        self.run = run
        self.lease = lease
        # Then the run is put down, so that runs take turns and a deployment waits no longer.
        self.ends_at = time.monotonic() + (LIMITS.run.work or 0)

    @property
    def time_is_up(self) -> bool:
        return time.monotonic() >= self.ends_at

    @cached_property
    def client(self) -> ConstantContact:
        """The client of the run's connection, for the account that the run was planned for and no other."""
        connection = self.run.export.connection
        assert connection is not None, "checked before any stage"
        account_id = configuration_of(self.run)["account_id"]
        return client_for(connection, for_page=False, account_id=account_id, spent=self._before_call)

    def write(self, **columns: Any) -> None:
        """Write columns of the run, in its row and here. Raises LeaseLostError."""
        self.lease.check(**columns)
        for name, value in columns.items():
            setattr(self.run, name, value)

    def keep_answer(self, write: Callable[[], None]) -> None:
        """Write down what Constant Contact answered, also when the database is away for a moment.

        The answer exists nowhere else: without it the batch would be sent again. After the length of a lease somebody
        else has the run. Raises LeaseLostError, and what the database raised last.
        """
        give_up_at = time.monotonic() + LEASE.total_seconds()
        while True:
            try:
                return write()
            except (OperationalError, InterfaceError) as error:
                if time.monotonic() > give_up_at:
                    raise
                logger.warning("run %s: an answer waits for the database: %s", self.run.pk, type(error).__name__)
                close_old_connections()
                time.sleep(ANSWER_RETRY_GAP)

    def _before_call(self) -> None:
        """Right before every request, when its turn has come: is the run ours, and does everybody still allow it?

        Up to twenty seconds may have passed since the turn was asked for. Raises LeaseLostError and RunEnded.
        """
        check_rights(self.run)
        self.lease.check(calls=F("calls") + 1)
