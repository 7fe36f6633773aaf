"""The bodies of the imports, each read from the plan while the one before is on its way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from constant_contact import MisalignedColumnsError, csv_body_of, csv_header, json_body_of
from exports.models import Batch, Run
from exports.models.configuration import configuration_of
from exports.plan.reader import PlanReader, open_plan

from .outcome import RunEnded


class Bodies:
    """Reads one batch ahead, in a thread of its own: reading and sending take about as long as each other."""

    def __init__(self, run: Run, plan: PlanReader, reader: ThreadPoolExecutor) -> None:
        self._run, self._plan, self._reader = run, plan, reader
        self._separator = "\n" if run.encoding == Run.Encoding.CSV else ","
        self._ahead: dict[int, Future[tuple[bytes, int]]] = {}

    def of(self, batch: Batch) -> bytes:
        """Return the body of the import of `batch`. Raises RunEnded when the plan doesn't hold what it should,
        and when values would land in other fields than their own."""
        reading = self._ahead.pop(batch.number, None) or self._read(batch.number)
        self.expect(batch.number + 1)
        contacts, count = reading.result()
        if count != batch.rows:
            raise RunEnded(Run.Status.FAILED, "plan_damaged")
        if self._run.encoding == Run.Encoding.CSV:
            try:
                return csv_body_of(contacts, count, csv_header(batch.header))
            except MisalignedColumnsError as error:
                raise RunEnded(Run.Status.FAILED, "columns_differ", batch=batch.number) from error
        return json_body_of(contacts, count, [configuration_of(self._run)["list_id"]])

    def expect(self, number: int) -> None:
        """Begin to read the batch that will be asked for next."""
        self._ahead = {number: self._read(number)}

    def _read(self, number: int) -> Future[tuple[bytes, int]]:
        return self._reader.submit(self._plan.contacts, number, self._separator)


@contextmanager
def open_bodies(run: Run) -> Iterator[Bodies]:
    """Open the plan of a run for sending. Raises RunEnded when it is gone."""
    try:
        with open_plan(run) as plan, ThreadPoolExecutor(1, f"plan of run {run.pk}") as reader:
            yield Bodies(run, plan, reader)
    except FileNotFoundError as error:
        raise RunEnded(Run.Status.FAILED, "plan_damaged") from error
