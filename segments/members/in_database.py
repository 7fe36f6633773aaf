"""Counts, shows and stages members that live in a database: what segments.members.query promises, done there."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb
from sqlglot import exp

from engine.arrow import keep
from engine.cancellation import Cancellation
from engine.sessions import create_numbered_view, only_row, open_engine
from jobs.limits import LIMITS, WAITS
from profiles.attributes import Attribute
from profiles.databases.columns import Columns
from profiles.databases.session import Session, session_of
from profiles.models import DatabaseAddress, ProfileSource
from segments.errors import AttributeMissingError
from segments.rules.compile import compile_each, compile_rules, counts_of
from segments.rules.tree import read_rules

from .membership import Membership, is_kept

PAGE_SECONDS = WAITS.page
STAGE_SECONDS = int(LIMITS.plan.work or 0)


_KEY, _MEETS = "kept_key", "meets_rules"  # columns beside those that were asked for


def stage(
    duck: duckdb.DuckDBPyConnection,
    membership: Membership,
    columns: Mapping[str, str],
    view: str,
    updated: str,
    place: str = "",
    cancellation: Cancellation | None = None,
) -> None:
    address = membership.source.address()
    cancellation = cancellation or Cancellation(STAGE_SECONDS)
    with session_of(address, int(cancellation.seconds)) as session, cancellation.on_cancel(session.stop):
        table_columns = _columns(session, address)
        wanted = [_text(address, table_columns, name, alias) for alias, name in columns.items()]
        moment = _moment_name(membership.source, table_columns) if updated else ""
        if moment:
            wanted.append(_text(address, table_columns, moment, updated))
        query, kept = _profiles(session, address), None
        if membership.kept:  # those keys are here and not there: whoever has one is found out here
            wanted.append(_text(address, table_columns, membership.source.key_attribute, _KEY))
            meets = exp.func("COALESCE", _meets(table_columns, membership.rules), exp.false())
            wanted.append(exp.alias_(meets, _MEETS, quoted=True))
            kept = exp.or_(exp.cast(exp.column(_MEETS), "BOOLEAN"), is_kept(exp.column(_KEY), membership.kept))
        else:
            query = query.where(_meets(table_columns, membership.rules))
        with session.stream(query.select(*wanted)) as stream:
            table = f"{view} in rows" if place else view
            keep(duck, stream, table, _staged_columns(columns, updated, moment), kept)
    if place:
        create_numbered_view(duck, view, table, place)


def _staged_columns(columns: Mapping[str, str], updated: str, moment: str) -> list[exp.Expr]:
    """As a file would have them: what is empty is null."""
    nothing = exp.Literal.string("")
    staged: list[exp.Expr] = [
        exp.alias_(exp.Nullif(this=exp.column(alias, quoted=True), expression=nothing.copy()), alias, quoted=True)
        for alias in columns
    ]
    if updated:
        staged.append(exp.alias_(_moment(updated if moment else ""), updated, quoted=True))
    return staged


def count(membership: Membership, cancellation: Cancellation | None = None) -> int:
    cancellation = cancellation or Cancellation(PAGE_SECONDS)
    if membership.kept:
        return _count_here(membership, cancellation)
    address = membership.source.address()
    with session_of(address, int(cancellation.seconds)) as session, cancellation.on_cancel(session.stop):
        query = _profiles(session, address).where(_meets(_columns(session, address), membership.rules))
        return int(session.rows(query.select(exp.Count(this=exp.Star())))[0][0])


def _count_here(membership: Membership, cancellation: Cancellation) -> int:
    with open_engine() as duck, cancellation.on_cancel(duck.interrupt):
        stage(duck, membership, {"key": membership.source.key_attribute}, "members", "", cancellation=cancellation)
        return int(only_row(duck, exp.select(exp.Count(this=exp.Star())).from_("members"))[0])


def sample(membership: Membership, limit: int) -> tuple[list[Attribute], Sequence[tuple[Any, ...]]]:
    """`membership` is of one segment: the rules of a dynamic one, or the keys of a static one."""
    address = membership.source.address()
    with session_of(address, PAGE_SECONDS) as session:
        columns = _columns(session, address)
        attributes = _attributes(membership.source, columns)
        key = columns[_present(address, columns, membership.source.key_attribute)].text()
        meets: exp.Expr
        if membership.kept:
            keys = [exp.Literal.string(one) for one in _first_keys(membership, limit)]
            meets = exp.In(this=key.copy(), expressions=keys) if keys else exp.false()
        else:
            meets = _meets(columns, membership.rules)
        rows = session.rows(_first(session, address, columns, attributes, key, meets, limit))
    return attributes, [tuple(value or None for value in row) for row in rows]


def present_attributes(source: ProfileSource) -> list[Attribute]:
    """Return the source's attributes of which the table still has the column."""
    address = source.address()
    with session_of(address, PAGE_SECONDS) as session:
        return _attributes(source, _columns(session, address))


def inspect(
    source: ProfileSource, rules: Any, names: Sequence[str], limit: int, cancellation: Cancellation
) -> tuple[Sequence[int], Sequence[Sequence[Any]]]:
    """Return two numbers for each rule (see compile.counts_of), and the first profiles that meet all of them."""
    address = source.address()
    with session_of(address, int(cancellation.seconds)) as session, cancellation.on_cancel(session.stop):
        columns = _columns(session, address)
        steps = compile_each(read_rules(rules, columns.attributes()), values=columns)
        numbers = session.rows(_profiles(session, address).select(*counts_of(steps)))[0]
        shown = [Attribute(_present(address, columns, name)) for name in names]
        key = columns[_present(address, columns, source.key_attribute)].text()
        rows = session.rows(_first(session, address, columns, shown, key, steps[-1].so_far.copy(), limit))
    return numbers, rows


def of_address(
    source: ProfileSource,
    attribute: str,
    email: str,
    names: Sequence[str],
    asked: Callable[[Sequence[Attribute], Columns], list[exp.Expr]],
    limit: int,
    cancellation: Cancellation | None = None,
) -> Sequence[tuple[Any, ...]]:
    """Return the key, the attributes `names` and what is `asked` of the profiles whose `attribute` is an address."""
    address, cancellation = source.address(), cancellation or Cancellation(PAGE_SECONDS)
    with session_of(address, int(cancellation.seconds)) as session, cancellation.on_cancel(session.stop):
        columns = _columns(session, address)
        if attribute not in columns:
            return []
        nothing = exp.Literal.string("")  # of a column that the table has no longer
        wanted = [
            _text(address, columns, name, f"c{place}") if name in columns else exp.alias_(nothing.copy(), f"c{place}")
            for place, name in enumerate(names)
        ]
        key = _text(address, columns, source.key_attribute, "key")
        text = exp.Trim(
            this=columns[attribute].text(), expression=exp.Literal.string(columns[attribute].blanks), position="BOTH"
        )
        is_address = exp.Lower(this=text).eq(exp.Literal.string(email))
        query = _profiles(session, address).where(is_address).limit(limit)
        return session.rows(query.select(key, *wanted, *asked(columns.attributes(), columns)))


def _first_keys(membership: Membership, limit: int) -> list[str]:
    """Ten times as many as are shown: some may be of profiles that are gone."""
    key = exp.column("key")
    query = exp.select(key).from_(exp.func("read_parquet", exp.Literal.string(str(membership.kept[0]))))
    with open_engine() as duck:
        ordered = query.order_by(exp.Length(this=key.copy()), key.copy()).limit(10 * limit)
        return [str(one) for (one,) in duck.execute(ordered.sql("duckdb")).fetchall()]


def _first(
    session: Session,
    address: DatabaseAddress,
    columns: Columns,
    attributes: Sequence[Attribute],
    key: exp.Expr,
    meets: exp.Expr,
    limit: int,
) -> exp.Select:
    """The first profiles that meet a condition, in the order of their key."""
    wanted = [_text(address, columns, attribute.name, f"c{place}") for place, attribute in enumerate(attributes)]
    query = _profiles(session, address).where(meets).select(*wanted)
    return query.order_by(exp.Length(this=key), key.copy()).limit(limit)


def _columns(session: Session, address: DatabaseAddress) -> Columns:
    """The columns as they are now: a rule must not compare a text with a number because somebody changed the table."""
    return session.kind.columns(session, address.schema, address.table)


def _attributes(source: ProfileSource, columns: Columns) -> list[Attribute]:
    return [attribute for attribute in source.attributes() if attribute.name in columns]


def _profiles(session: Session, address: DatabaseAddress) -> exp.Select:
    return exp.Select().from_(session.kind.table(address.schema, address.table))


def _meets(columns: Columns, rules: Sequence[Any]) -> exp.Expr:
    """The condition that one of several rules is met; none are met by nobody."""
    conditions = [compile_rules(read_rules(one, columns.attributes()), values=columns) for one in rules]
    return exp.or_(*conditions) if conditions else exp.false()


def _text(address: DatabaseAddress, columns: Columns, name: str, alias: str) -> exp.Expr:
    return exp.alias_(columns[_present(address, columns, name)].text(), alias, quoted=True)


def _present(address: DatabaseAddress, columns: Columns, name: str) -> str:
    if name not in columns:
        raise AttributeMissingError(
            "attribute_missing_in_table", table=str(address), source=address.source.name, attribute=name
        )
    return name


def _moment_name(source: ProfileSource, columns: Columns) -> str:
    """The column of the last update, where there is one and it holds moments."""
    name = source.updated_attribute
    is_moment = name in columns and Attribute(name, columns[name].type).is_temporal
    return name if is_moment else ""


def _moment(column: str) -> exp.Expr:
    if not column:
        return exp.cast(exp.null(), "TIMESTAMP")
    moment = exp.TryCast(this=exp.column(column, quoted=True), to=exp.DataType.build("TIMESTAMPTZ"))
    return exp.AtTimeZone(this=moment, zone=exp.Literal.string("UTC"))
