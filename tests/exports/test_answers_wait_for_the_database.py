"""What Constant Contact answered exists nowhere else: it is written down when the database is back."""

import pytest
from django.db import OperationalError

from exports.models import Run
from exports.pipeline import work as work_module
from exports.pipeline.work import Lease, Work
from exports.runs import claim_run, start_run

# A connection that failed is thrown away, which ends a transaction around the test.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def work(export, bob, monkeypatch) -> Work:
    monkeypatch.setattr(work_module, "ANSWER_RETRY_GAP", 0.01)
    run = claim_run(start_run(export, by=bob)[0].pk)
    return Work(run, Lease(run))


def test_answer_is_written_once_the_database_is_back(work):
    tries = []

    def write() -> None:
        tries.append(1)
        if len(tries) < 4:
            raise OperationalError("the server closed the connection unexpectedly")
        work.write(calls=7)

    work.keep_answer(write)
    assert (len(tries), Run.objects.get().calls) == (4, 7)


def test_database_that_stays_away_leaves_the_run_to_others(work, monkeypatch):
    monkeypatch.setattr(work_module, "LEASE", work_module.LEASE * 0)

    def write() -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    with pytest.raises(OperationalError):
        work.keep_answer(write)
