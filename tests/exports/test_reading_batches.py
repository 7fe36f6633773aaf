"""A batch is read back from the plan whole and in its order, in the memory that a worker gives to it."""

import duckdb

from engine.sessions import open_engine
from exports.plan.build import write_rows
from exports.plan.reader import READER_MEMORY, PlanReader

ROWS = 27_000  # a batch of wide profiles: 4 MB


def test_batches_of_four_megabytes_are_read_in_little_memory(tmp_path):
    path = tmp_path / "plan.parquet"
    with duckdb.connect() as duck:
        payload = "lpad(n::VARCHAR, 8, '0') || repeat(md5(n::VARCHAR), 4) || 'é,\"x\"'"
        write_rows(duck, f"SELECT n // {ROWS} + 1 AS batch, {payload} AS payload FROM range({6 * ROWS}) AS t(n)", path)
    with open_engine(READER_MEMORY, reach=[path], keep_order=True) as engine:
        ledger = PlanReader(engine, path)
        for batch in (*range(1, 7), *range(1, 7)):
            body, count = ledger.contacts(batch, "\n")
            lines = body.decode().split("\n")
            assert count == len(lines) == ROWS
            assert [int(line[:8]) for line in lines] == list(range((batch - 1) * ROWS, batch * ROWS))


def test_a_batch_that_is_not_there_is_empty(tmp_path):
    path = tmp_path / "plan.parquet"
    with duckdb.connect() as duck:
        write_rows(duck, "SELECT 1 AS batch, '{}' AS payload", path)
    with open_engine(READER_MEMORY, reach=[path]) as engine:
        assert PlanReader(engine, path).contacts(2, ",") == (b"", 0)
