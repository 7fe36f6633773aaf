"""Counts, shows and stages members that live in a database: what segments.members promises, done there."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import duckdb
from django.utils.translation import gettext_noop as _
from sqlglot import exp

from segments.attributes import Attribute
from segments.compile import compile_rules
from segments.errors import AttributeMissingError
from segments.models import ProfileSource, Segment
from segments.rules import read_rules

from .address import DatabaseAddress, address_of
from .connecting import Session
from .reading import Columns

PAGE_SECONDS = 25  # somebody waits, and a web server waits for no longer than 30
STAGE_SECONDS = 20 * 60


def stage(
    duck: duckdb.DuckDBPyConnection, segment: Segment, columns: Mapping[str, str], view: str, updated: str
) -> None:
    address = address_of(segment.source)
    with address.session(STAGE_SECONDS) as session:
        there = _columns(session, address)
        wanted = [_text(address, there, name, alias) for alias, name in columns.items()]
        moment = _moment_name(segment.source, there) if updated else ""
        if moment:
            wanted.append(_text(address, there, moment, updated))
        query = _members(session, address, there, segment.rules).select(*wanted)
        staged = [exp.alias_(_as_of_a_file(alias), alias, quoted=True) for alias in columns]
        if updated:
            staged.append(exp.alias_(_moment(updated if moment else ""), updated, quoted=True))
        with session.stream(query) as stream:
            keep(duck, stream, view, staged)


def keep(duck: duckdb.DuckDBPyConnection, stream: Any, table: str, columns: Sequence[exp.Expr]) -> None:
    """Read an Arrow stream into a temporary table: it can be read once, and a table as often as one likes."""
    arriving = f"arriving_{uuid4().hex}"
    duck.register(arriving, stream)
    try:
        created = exp.Create(
            this=exp.to_identifier(table, quoted=True),
            kind="TABLE",
            replace=True,
            expression=exp.select(*columns).from_(exp.to_table(arriving)),
            properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        )
        duck.execute(created.sql("duckdb"))
    finally:
        duck.unregister(arriving)


def count(source: ProfileSource, rules: Any) -> int:
    address = address_of(source)
    with address.session(PAGE_SECONDS) as session:
        query = _members(session, address, _columns(session, address), rules)
        return int(session.rows(query.select(exp.Count(this=exp.Star())))[0][0])


def sample(segment: Segment, limit: int) -> tuple[list[Attribute], Sequence[tuple[Any, ...]]]:
    address = address_of(segment.source)
    with address.session(PAGE_SECONDS) as session:
        there = _columns(session, address)
        attributes = [attribute for attribute in segment.source.attributes() if attribute.name in there]
        names = [attribute.name for attribute in attributes]
        wanted = [_text(address, there, name, f"c{place}") for place, name in enumerate(names)]
        key = there[_present(address, there, segment.source.key_attribute)].text()
        query = _members(session, address, there, segment.rules).select(*wanted)
        rows = session.rows(query.order_by(exp.Length(this=key), key.copy()).limit(limit))
    return attributes, [tuple(value or None for value in row) for row in rows]


def _columns(session: Session, address: DatabaseAddress) -> Columns:
    """The columns as they are now: a rule must not compare a text with a number because somebody changed the table."""
    return session.kind.columns(session, address.schema, address.table)


def _members(session: Session, address: DatabaseAddress, there: Columns, rules: Any) -> exp.Select:
    condition = compile_rules(read_rules(rules, there.attributes()), readings=there)
    return exp.Select().from_(session.kind.table(address.schema, address.table)).where(condition)


def _text(address: DatabaseAddress, there: Columns, name: str, alias: str) -> exp.Expr:
    return exp.alias_(there[_present(address, there, name)].text(), alias, quoted=True)


def _present(address: DatabaseAddress, there: Columns, name: str) -> str:
    if name not in there:
        raise AttributeMissingError(
            _(
                "The table “%(table)s” of the profile source “%(source)s” has no column “%(attribute)s” that may be "
                "read. Match another attribute, or ask the database's administrator about it."
            ),
            table=str(address),
            source=address.source.name,
            attribute=name,
        )
    return name


def _as_of_a_file(alias: str) -> exp.Expr:
    return exp.Nullif(this=exp.column(alias, quoted=True), expression=exp.Literal.string(""))


def _moment_name(source: ProfileSource, there: Columns) -> str:
    """The column of the last update, where there is one and it holds moments."""
    name = source.updated_attribute
    is_moment = name in there and Attribute(name, there[name].type).is_temporal
    return name if is_moment else ""


def _moment(column: str) -> exp.Expr:
    if not column:
        return exp.cast(exp.null(), "TIMESTAMP")
    moment = exp.TryCast(this=exp.column(column, quoted=True), to=exp.DataType.build("TIMESTAMPTZ"))
    return exp.AtTimeZone(this=moment, zone=exp.Literal.string("UTC"))
