"""Counts, shows and stages the members of a segment.

A file's are read from the source's snapshot by DuckDB; a database is asked itself (segments.databases.profiles).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from sqlglot import exp

from .attributes import Attribute
from .compile import compile_rules
from .databases import profiles as database_profiles
from .engine import open_engine
from .errors import AttributeMissingError, SegmentError, SourceUnavailableError
from .models import ProfileSource, Segment
from .readings import moment_of
from .rules import read_rules
from .snapshots import snapshot_path


def stage_members(
    duck: duckdb.DuckDBPyConnection, segment: Segment, columns: Mapping[str, str], view: str, *, updated: str = ""
) -> None:
    """Make a temporary view (of a database: table) named `view` with one row per member and one VARCHAR column per
    item of `columns` (alias → attribute), each value exactly as the source has it, null where it is empty.

    With `updated`, the view also has a TIMESTAMP (UTC) of that name: when the source says that the profile was last
    updated, null where it does not. `duck` comes from `open_engine`. Rows are in no particular order.

    Raises SourceUnavailableError, AttributeMissingError or RulesInvalidError.
    """
    source = segment.source
    if source.is_in_database:
        database_profiles.stage(duck, segment, columns, view, updated)
        return
    wanted = [exp.alias_(_column(source, name), alias, quoted=True) for alias, name in columns.items()]
    if updated:
        wanted.append(exp.alias_(_moment(source), updated, quoted=True))
    with snapshot_path(source) as path:
        query = _members(source, segment.rules, path).select(*wanted)
        staged = exp.Create(
            this=exp.to_identifier(view, quoted=True),
            kind="VIEW",
            replace=True,
            expression=query,
            properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        )
        with _readable(source):
            duck.execute(staged.sql("duckdb"))


def count_rules(source: ProfileSource, rules: Any) -> int:
    """Return how many profiles of the source meet the rules.

    Raises SourceUnavailableError or RulesInvalidError.
    """
    if source.is_in_database:
        return database_profiles.count(source, rules)
    with snapshot_path(source) as path:
        query = _members(source, rules, path).select(exp.Count(this=exp.Star()))
        return int(_rows(source, query)[0][0])


def count_members(segment: Segment) -> int:
    """Return how many members the segment has now. Raises SourceUnavailableError or RulesInvalidError."""
    return count_rules(segment.source, segment.rules)


def recount(segment: Segment) -> None:
    """Store how many members the segment has now, or why that cannot be told."""
    count, problem = None, {}
    try:
        count = count_members(segment)
    except SegmentError as error:
        problem = error.sentence.as_json()
    now = timezone.now()
    Segment.objects.filter(pk=segment.pk).update(member_count=count, counted_at=now, stored_problem=problem)


def sample_members(segment: Segment, limit: int = 100) -> tuple[list[Attribute], Sequence[tuple[Any, ...]]]:
    """Return the source's attributes and the first members in the order of their key, as texts.

    Raises SourceUnavailableError or RulesInvalidError.
    """
    source = segment.source
    if source.is_in_database:
        return database_profiles.sample(segment, limit)
    attributes = source.attributes()
    key = exp.column(source.key_attribute, quoted=True)
    with snapshot_path(source) as path:
        query = _members(source, segment.rules, path).select(*(_named(attribute.name) for attribute in attributes))
        return attributes, _rows(source, query.order_by(exp.Length(this=key), key.copy()).limit(limit))


def _members(source: ProfileSource, rules: Any, path: Path) -> exp.Select:
    condition = compile_rules(read_rules(rules, source.attributes()))
    return exp.Select().from_(exp.func("read_parquet", exp.Literal.string(str(path)))).where(condition)


def _named(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _column(source: ProfileSource, name: str) -> exp.Column:
    if source.attribute(name) is None:
        raise AttributeMissingError(
            _(
                "The profile source “%(source)s” has no attribute “%(attribute)s”. "
                "Match another one, or upload a file with it."
            ),
            source=source.name,
            attribute=name,
        )
    return _named(name)


def _moment(source: ProfileSource) -> exp.Expr:
    attribute = source.attribute(source.updated_attribute) if source.updated_attribute else None
    return moment_of(attribute) if attribute else exp.cast(exp.null(), "TIMESTAMP")


def _rows(source: ProfileSource, query: exp.Select) -> Sequence[tuple[Any, ...]]:
    with open_engine() as duck, _readable(source):
        return duck.execute(query.sql("duckdb")).fetchall()


@contextmanager
def _readable(source: ProfileSource) -> Iterator[None]:
    try:
        yield
    except (duckdb.IOException, duckdb.InvalidInputException):
        raise SourceUnavailableError(
            _("The stored profiles of “%(source)s” are damaged. Upload the file again."), source=source.name
        ) from None
