"""Counts, shows, stages and reads out the members of segments.

A file's are read from the source's snapshot by DuckDB; a database is asked itself (segments.members.in_database).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from engine.cancellation import Cancellation
from engine.outages import disk_outages
from engine.sessions import create_numbered_view, create_table, create_view, open_engine
from profiles.attributes import Attribute, AttributeType
from profiles.empty_words import empty_in, profiles_in
from profiles.errors import SourceUnavailableError
from profiles.models import ProfileSource
from profiles.snapshots import snapshot_path
from profiles.value_types import moment_of, text_of
from segments.errors import AttributeMissingError
from segments.models import Segment
from segments.rules.compile import compile_rules
from segments.rules.tree import read_rules

from . import in_database as database_profiles
from .membership import Membership, check_active, is_kept, membership_of

_PIECE = 2000  # rows read at once
_ROW_NUMBER = "file_row_number"  # the engine's own, which an attribute of that name hides


def stage_members(
    duck: duckdb.DuckDBPyConnection, segment: Segment, columns: Mapping[str, str], view: str, *, updated: str = ""
) -> None:
    """Make a temporary view (of a database: table) named `view` with one row per member and one VARCHAR column per
    item of `columns` (alias → attribute), each value exactly as the source has it, null where it is empty.

    With `updated`, the view also has a TIMESTAMP (UTC) of that name: when the source says that the profile was last
    updated, null where it does not. `duck` comes from `open_engine`. Rows are in no particular order.

    Raises SourceUnavailableError, SegmentUnusableError, AttributeMissingError or RulesInvalidError.
    """
    stage_union(duck, [segment], columns, view, updated=updated)


def stage_union(
    duck: duckdb.DuckDBPyConnection,
    segments: Sequence[Segment],
    columns: Mapping[str, str],
    view: str,
    *,
    updated: str = "",
    place: str = "",
    wanted: Mapping[str, AttributeType] | None = None,
    cancellation: Cancellation | None = None,
) -> None:
    """Do what `stage_members` does for all members of `segments`, which share a source: each member is one row.

    With `place`, the view also has a BIGINT of that name, which grows from row to row and is the same for a profile
    each time the view is read. `wanted` says of some columns as what they are wanted: where a file writes its values in
    a way of its own, such as 31.12.2026, they are staged in that of profiles.value_types.text_of.
    """
    check_active(segments)
    membership = membership_of(segments)
    stage(duck, membership, columns, view, updated=updated, place=place, wanted=wanted, cancellation=cancellation)


def stage(
    duck: duckdb.DuckDBPyConnection,
    membership: Membership,
    columns: Mapping[str, str],
    view: str,
    *,
    updated: str = "",
    place: str = "",
    wanted: Mapping[str, AttributeType] | None = None,
    cancellation: Cancellation | None = None,
) -> None:
    """Do what `stage_union` does for whoever is meant. `cancellation` is told how to stop a database that is asked."""
    source = membership.source
    if source.is_in_database:
        database_profiles.stage(duck, membership, columns, view, updated, place, cancellation)
        return
    wanted = wanted or {}
    selected = [
        exp.alias_(_text(source, name, wanted.get(alias)), alias, quoted=True) for alias, name in columns.items()
    ]
    if updated:
        attribute = source.attribute(source.updated_attribute) if source.updated_attribute else None
        moment = moment_of(attribute) if attribute else exp.cast(exp.null(), "TIMESTAMP")
        selected.append(exp.alias_(moment, updated, quoted=True))
    hidden = place and source.attribute(_ROW_NUMBER)
    if place and not hidden:
        selected.append(exp.alias_(exp.column(_ROW_NUMBER), place, quoted=True))
    with snapshot_path(source) as path, readable(source):
        query = _members(membership, path).select(*selected)
        if hidden:
            create_table(duck, f"{view} in rows", query)
            create_numbered_view(duck, view, f"{view} in rows", place)
        else:
            create_view(duck, view, query)


def count_rules(source: ProfileSource, rules: Any, cancellation: Cancellation | None = None) -> int:
    """Return how many profiles of the source meet the rules.

    Raises SourceUnavailableError or RulesInvalidError.
    """
    return _count(Membership(source, [rules]), cancellation)


def count_members(segment: Segment) -> int:
    """Return how many members the segment has now.

    Raises SourceUnavailableError, SegmentUnusableError or RulesInvalidError.
    """
    return _count(membership_of([segment]))


def _count(membership: Membership, cancellation: Cancellation | None = None) -> int:
    if membership.source.is_in_database:
        return database_profiles.count(membership, cancellation)
    with snapshot_path(membership.source) as path:
        query = _members(membership, path).select(exp.Count(this=exp.Star()))
        return int(rows_of(membership.source, query, cancellation)[0][0])


def sample_members(segment: Segment, limit: int = 100) -> tuple[list[Attribute], Sequence[tuple[Any, ...]]]:
    """Return the source's attributes and the first members in the order of their key, as texts.

    Raises SourceUnavailableError, SegmentUnusableError or RulesInvalidError.
    """
    source, membership = segment.source, membership_of([segment])
    if source.is_in_database:
        return database_profiles.sample(membership, limit)
    attributes = source.attributes()
    with snapshot_path(source) as path:
        query = _members(membership, path).select(*(column(attribute.name) for attribute in attributes))
        return attributes, rows_of(source, by_key(source, query).limit(limit))


def read_members(segment: Segment) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Return the names of the source's attributes and all members in the order of their key.

    However many they are, few are in memory at once. Raises what `sample_members` does, and StorageUnavailableError,
    here or when the first one is read.
    """
    source = segment.source
    attributes = database_profiles.present_attributes(source) if source.is_in_database else source.attributes()
    names = [attribute.name for attribute in attributes]
    return names, _rows(segment, names)


def _rows(segment: Segment, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    columns = {f"c{place}": name for place, name in enumerate(names)}
    order = exp.column("key")  # staged by itself: one that was chosen anew may not be among the known attributes yet
    with open_engine() as duck, readable(segment.source):
        stage(duck, membership_of([segment]), {**columns, "key": segment.source.key_attribute}, "members")
        query = exp.select(*columns).from_("members").order_by(exp.Length(this=order), order.copy())
        cursor = duck.execute(query.sql("duckdb"))
        while rows := cursor.fetchmany(_PIECE):
            yield from rows


def by_key(source: ProfileSource, query: exp.Select) -> exp.Select:
    """Return the query with its rows in the order of their key: 9 comes before 10."""
    key = column(source.key_attribute)
    return query.order_by(exp.Length(this=key), key.copy())


def _members(membership: Membership, path: Path) -> exp.Select:
    attributes = membership.source.attributes()
    conditions = [compile_rules(read_rules(rules, attributes)) for rules in membership.rules]
    if membership.kept:
        conditions.append(is_kept(column(membership.source.key_attribute), membership.kept))
    return profiles_of(membership.source, path).where(exp.or_(*conditions))


def profiles_of(source: ProfileSource, path: Path) -> exp.Select:
    """Return a query of the source's snapshot at `path` that selects nothing yet."""
    beside = [] if source.attribute(_ROW_NUMBER) else [_ROW_NUMBER]
    return exp.Select().from_(profiles_in(path, empty_in(source.attributes()), beside=beside))


def column(name: str) -> exp.Column:
    """Return the column of an attribute in a snapshot."""
    return exp.column(name, quoted=True)


def _text(source: ProfileSource, name: str, wanted: AttributeType | None) -> exp.Expr:
    attribute = source.attribute(name)
    if attribute is None:
        raise AttributeMissingError("attribute_missing", source=source.name, attribute=name)
    return column(name) if name == source.key_attribute else text_of(attribute, wanted)


def rows_of(
    source: ProfileSource, query: exp.Select, cancellation: Cancellation | None = None
) -> Sequence[tuple[Any, ...]]:
    """Return the answer of a query of the source's snapshot. `cancellation` is told how to stop it."""
    with open_engine() as duck, readable(source), (cancellation or Cancellation(0)).on_cancel(duck.interrupt):
        return duck.execute(query.sql("duckdb")).fetchall()


@contextmanager
def readable(source: ProfileSource) -> Iterator[None]:
    """Turn what the engine says about a file that cannot be read into a sentence about its source."""
    try:
        with disk_outages():
            yield
    except (duckdb.IOException, duckdb.InvalidInputException):
        raise SourceUnavailableError("profiles_damaged", source=source.name) from None
