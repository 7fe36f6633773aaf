"""Finds out who the members of a segment are now. Of a static one it also stores their keys."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from engine.cancellation import Cancellation
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


def evaluate(segment: Segment, cancellation: Cancellation) -> Found:
    """Return how many members the segment's rules give now. Its source, with its address, was read before.

    Raises SourceUnavailableError, RulesInvalidError or StorageUnavailableError.
    """
    if not segment.is_static:
        return Found(count_rules(segment.source, segment.rules, cancellation))
    with workspace() as folder, open_engine(reach=[folder]) as duck:
        path = folder / "members.parquet"
        with cancellation.on_cancel(duck.interrupt):
            count = _write_keys(duck, segment, path, cancellation)
        return Found(count, store_kept(segment.pk, path), segment.source.key_attribute)


def _write_keys(duck: duckdb.DuckDBPyConnection, segment: Segment, path: Path, cancellation: Cancellation) -> int:
    membership = Membership(segment.source, [segment.rules])
    stage(duck, membership, {KEY: segment.source.key_attribute}, "members", cancellation=cancellation)
    target = str(path).replace("'", "''")
    written = duck.execute(f"COPY (FROM members ORDER BY length({KEY}), {KEY}) TO '{target}' (FORMAT parquet)")
    return int(written.fetchall()[0][0])
