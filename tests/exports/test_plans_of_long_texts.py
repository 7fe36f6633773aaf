"""Profiles with a page of text each are planned in as little memory as others."""

from functools import partial

import duckdb
import pytest

from engine.sessions import open_engine
from exports.models import Run
from exports.pipeline.plan import write_with_fallback
from exports.pipeline.work import RunEnded
from exports.plan.build import Request, write_plan
from exports.plan.reader import READER_MEMORY, PlanReader
from exports.runs import start_run
from tests.support.fixtures_exports import work_until_over

from .planning import LIST_ID

TEXTS = 10
TARGETS = ["email", *(f"cf:text_{number}" for number in range(1, TEXTS + 1))]


@pytest.fixture
def long_texts(tmp_path):
    """30,000 profiles of ten texts with 200 letters each, in groups of rows as an import writes them."""
    path = tmp_path / "source.parquet"
    texts = ", ".join(f"repeat(md5((n + {i})::VARCHAR), 7)[:200] AS value_{i}" for i in range(1, TEXTS + 1))
    with duckdb.connect() as duck:
        rows = f"SELECT n::VARCHAR AS profile_id, NULL AS updated_at, 'p' || n || '@example.com' AS value_0, {texts}"
        duck.execute(f"COPY ({rows} FROM range(30_000) AS t(n)) TO '{path}' (ROW_GROUP_SIZE 8192)")
    return path


def _write(source, plan, duck):
    duck.execute(f"CREATE VIEW members AS SELECT file_row_number AS place, * FROM read_parquet('{source}')")
    return write_plan(duck, Request(["members"], TARGETS, [LIST_ID]), plan)


def test_one_thread_plans_what_is_too_much_for_two_and_each_batch_can_be_read_back(long_texts, tmp_path, settings):
    settings.PLAN_MEMORY_LIMIT = "160MB"
    path = tmp_path / "plan.parquet"

    plan = write_with_fallback(partial(_write, long_texts, path), [tmp_path])

    assert plan.counts == {"send": 30_000}
    with open_engine(READER_MEMORY, reach=[path], keep_order=True) as duck:
        ledger = PlanReader(duck, path)
        assert [ledger.contacts(cut.number, "\n")[1] for cut in plan.cuts] == [cut.rows for cut in plan.cuts]


def test_two_threads_alone_would_not_have_had_enough(long_texts, tmp_path):
    """Else the test above shows nothing."""
    with open_engine("64MB", reach=[tmp_path], keep_order=True) as duck, pytest.raises(duckdb.OutOfMemoryException):
        _write(long_texts, tmp_path / "plan.parquet", duck)


def test_too_little_memory_for_one_thread_ends_the_run_with_a_reason(long_texts, tmp_path, settings):
    settings.PLAN_MEMORY_LIMIT = "20MB"
    with pytest.raises(RunEnded) as told:
        write_with_fallback(partial(_write, long_texts, tmp_path / "plan.parquet"), [tmp_path])
    assert (told.value.reason, told.value.details) == ("too_little_memory", {"limit": "20MB"})


def test_a_run_that_can_not_be_planned_says_what_to_do(export, sandbox, bob, settings):
    settings.PLAN_MEMORY_LIMIT = "256KB"
    run = work_until_over(start_run(export, by=bob)[0])
    assert (run.status, run.reason) == (Run.Status.FAILED, "too_little_memory")
    assert sandbox.stats()["imports"] == 0
