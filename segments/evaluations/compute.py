"""Finds out who the members of a segment are now. Of a static one it also stores their keys."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from engine.cancellation import Stopper
from engine.sessions import open_engine, workspace
from segments.members.membership import Membership
from segments.members.query import count_rules, stage
from segments.members.static_keys import KEY, store_kept
from segments.models import Segment


@dataclass(frozen=True)
class Found:
    count: int
    kept: str = ""  # the stored file with their keys
    key: str = ""  # the attribute that these are of


def evaluate(segment: Segment, stopper: Stopper) -> Found:
    """Return how many members the segment's rules give now. Its source, with its address, was read before.

    Raises SourceUnavailableError, RulesInvalidError or StorageUnavailableError.
    """
    if not segment.is_static:
        return Found(count_rules(segment.source, segment.rules, stopper))
    with workspace() as folder, open_engine(reach=[folder]) as duck:
        path = folder / "members.parquet"
        with stopper.reaches(duck.interrupt):
            count = _write_keys(duck, segment, path, stopper)
        return Found(count, store_kept(segment.pk, path), segment.source.key_attribute)


def _write_keys(duck: duckdb.DuckDBPyConnection, segment: Segment, path: Path, stopper: Stopper) -> int:
    who = Membership(segment.source, [segment.rules])
    stage(duck, who, {KEY: segment.source.key_attribute}, "members", stopper=stopper)
    target = str(path).replace("'", "''")
    written = duck.execute(f"COPY (FROM members ORDER BY length({KEY}), {KEY}) TO '{target}' (FORMAT parquet)")
    row = written.fetchone()
    assert row is not None
    return int(row[0])
