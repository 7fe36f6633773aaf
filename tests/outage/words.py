"""What the product says of everybody in a run, read as its own pages read it: from the plan and the rows of batches."""

from __future__ import annotations

from collections.abc import Iterator

from exports.models import Batch, Run
from exports.plan.dispositions import Disposition
from exports.plan.reader import open_plan
from tests.outage.audit import Said, Word

EVERYBODY = 10**9
NOT_KNOWN = (Batch.State.SENDING, Batch.State.SENT, Batch.State.UNKNOWN)


def words_of(run: Run) -> Iterator[Word]:
    """What is said of everybody who was sent or found unchanged. Of a run without a plan nothing is said of anybody."""
    if not run.plan_file:
        return
    batches = {batch.number: batch for batch in run.batches.all()}
    with open_plan(run) as ledger:
        for row in ledger.sample(Disposition.UNCHANGED, EVERYBODY):
            yield Word(row.email, Said.THERE)
        for row in ledger.sample(Disposition.SEND, EVERYBODY):
            yield Word(row.email, *_of_batch(batches[row.batch or 0]))


def _of_batch(batch: Batch) -> tuple[Said, int, int]:
    if batch.is_confirmed:
        return Said.THERE, batch.number, batch.accepted
    if batch.state == Batch.State.COMPLETED:
        return Said.COUNTED, batch.number, batch.accepted
    said = Said.UNKNOWN if batch.state in NOT_KNOWN else Said.NOT_THERE
    return said, batch.number, 0
