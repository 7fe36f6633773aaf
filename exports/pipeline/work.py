"""What the stages share: the claimed run, its lease and its client, how a stage ends, what is asked before it goes on.

The lease is held while the worker lives, however long a single call or query takes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, transaction
from django.db import connection as database
from django.db.models import F
from django.utils import timezone

from connections.clients import client_for
from connections.export_users import export_user_problem
from constant_contact import ConstantContact, RejectedError
from constant_contact.client import MembershipCount
from exports.models import Export, Run
from exports.models.configuration import configuration_of
from exports.runs import LEASE, renew_lease
from jobs.limits import LIMITS
from logs import in_this_context

logger = logging.getLogger(__name__)

ANSWER_RETRY_GAP = 0.5  # seconds
# Stages whose calls ask what Constant Contact knows and change nothing there.
READING = (Run.Stage.READ, Run.Stage.CHECK)


@dataclass(frozen=True, slots=True)
class Pause:
    """The run has to wait; `moved`: it made progress, so that its attempts count anew."""

    until: datetime
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    moved: bool = True


class RunEnded(Exception):
    """The run is over, with a status and why (a code of exports.messages and its details)."""

    def __init__(self, status: str, reason: str = "", **details: Any) -> None:
        super().__init__(reason)
        self.status, self.reason, self.details = status, reason, details


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


class Work:
    """What every stage is given: the claimed run, its lease, and the client of its connection."""

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
        reading = {"reading_calls": F("reading_calls") + 1} if self.run.stage in READING else {}
        self.lease.check(calls=F("calls") + 1, **reading)


def check_rights(run: Run) -> None:
    """The connection is still there, for the same account, and its export user is still allowed to use it.

    Read anew each time: of a run that asked once in ninety seconds, six imports went out after the connection had
    been taken away. Raises RunEnded.
    """
    configuration = configuration_of(run)
    export = Export.objects.select_related("connection").filter(pk=run.export_id).first()
    connection = export.connection if export is not None else None
    if connection is None or connection.pk != configuration["connection_id"]:
        raise RunEnded(Run.Status.FAILED, "detached_while_open")
    problem = export_user_problem(connection)
    if problem is not None:
        raise RunEnded(Run.Status.FAILED, problem.code, **problem.details)
    if connection.account_id != configuration["account_id"]:
        raise another_account(run)


def another_account(run: Run) -> RunEnded:
    """How a run ends whose connection was given another account."""
    return RunEnded(Run.Status.FAILED, "list_of_another_account", list=configuration_of(run)["list_name"])


def check_list(work: Work) -> None:
    """Ask whether the list is still there, once a run. Raises RunEnded when it is gone."""
    if work.run.list_checked_at is None:
        check_list_again(work)


def check_list_again(work: Work, membership_count: MembershipCount | None = None) -> None:
    """Ask anew: an import was refused, or a job failed, as it happens when a list is deleted meanwhile.

    `membership_count`: who of the list is counted as well (Run.list_members), which takes Constant Contact longer.
    """
    configuration = configuration_of(work.run)
    gone = RunEnded(Run.Status.FAILED, "list_gone", list=configuration["list_name"])
    try:
        contact_list = work.client.contact_list(configuration["list_id"], membership_count)
    except RejectedError as error:
        if error.not_found:
            raise gone from error
        raise
    if contact_list.deleted_at is not None:
        raise gone
    counted = {"list_members": contact_list.membership_count} if membership_count else {}
    work.write(list_checked_at=timezone.now(), **counted)
