"""The engine reaches nothing but its own files, and leaves nothing behind."""

import os
from pathlib import Path

import duckdb
import pytest

from engine.sessions import ABANDONED, open_engine, scratch, sweep_scratch


@pytest.fixture(autouse=True)
def _var(settings, tmp_path):
    settings.VAR = tmp_path / "var"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/segments-engine.parquet'",
        "ATTACH '/tmp/segments-engine.db'",
        "LOAD httpfs",
        "INSTALL httpfs",
        "SELECT * FROM read_parquet('https://example.com/x.parquet')",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET memory_limit = '8GB'",
    ],
)
def test_the_engine_reaches_no_other_file_no_network_and_no_setting(query):
    with open_engine() as duck, pytest.raises(duckdb.Error):
        duck.execute(query)


def test_the_engine_reaches_what_it_is_given(tmp_path):
    folder, file = tmp_path / "a folder", tmp_path / "file.csv"
    folder.mkdir()
    file.write_text("id\n1\n")

    with open_engine(reach=[folder, file]) as duck:
        duck.execute("COPY (SELECT 42 AS x) TO $path", {"path": str(folder / "x.parquet")})
        assert duck.execute("SELECT * FROM read_csv($path)", {"path": str(file)}).fetchall() == [(1,)]
    assert (folder / "x.parquet").exists()


def test_the_engine_has_the_memory_it_is_given(settings):
    settings.PLAN_MEMORY_LIMIT = "100MB"

    def buffers(*limit):
        with open_engine(*limit) as duck:
            text = duck.execute("SELECT value FROM duckdb_settings() WHERE name = 'memory_limit'").fetchone()[0]
            return float(text.removesuffix(" MiB"))

    assert buffers() < 100
    assert buffers("200MB") == pytest.approx(2 * buffers(), rel=0.01)


def test_the_engine_leaves_nothing_behind():
    with open_engine() as duck:
        duck.execute("CREATE TABLE t AS SELECT md5(range::VARCHAR) AS x FROM range(100000)")

    assert list(scratch().iterdir()) == []


def test_what_a_killed_process_left_is_swept_after_a_day():
    left: Path = scratch() / "left"
    left.mkdir()
    fresh: Path = scratch() / "fresh"
    fresh.mkdir()
    old = fresh.stat().st_mtime - ABANDONED - 1
    os.utime(left, (old, old))

    sweep_scratch()

    assert list(scratch().iterdir()) == [fresh]
