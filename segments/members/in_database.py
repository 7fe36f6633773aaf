"""Counts, shows and stages members that live in a database: what segments.members.query promises, done there."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
from sqlglot import exp

from engine.arrow import keep
from engine.cancellation import Stopper
from engine.sessions import create_numbered_view, open_engine
from jobs.limits import LIMITS, WAITS
from profiles.attributes import Attribute
from profiles.databases.address import DatabaseAddress, address_of
from profiles.databases.columns import Columns
from profiles.databases.session import Session
from profiles.models import ProfileSource
from segments.errors import AttributeMissingError
from segments.rules.compile import compile_each, compile_rules, counts_of
from segments.rules.tree import read_rules

from .membership import Membership, is_kept

PAGE_SECONDS = WAITS.page
STAGE_SECONDS = int(LIMITS.plan.work or 0)


_KEY, _MEETS = "kept_key", "meets_rules"  # columns beside those that were asked for


def stage(
    duck: duckdb.DuckDBPyConnection,
    who: Membership,
    columns: Mapping[str, str],
    view: str,
    updated: str,
    place: str = "",
    stopper: Stopper | None = None,
) -> None:
    address = address_of(who.source)
    stopper = stopper or Stopper(STAGE_SECONDS)
    with address.session(int(stopper.seconds)) as session, stopper.reaches(session.stop):
        there = _columns(session, address)
        wanted = [_text(address, there, name, alias) for alias, name in columns.items()]
        moment = _moment_name(who.source, there) if updated else ""
        if moment:
            wanted.append(_text(address, there, moment, updated))
        query, kept = _profiles(session, address), None
        if who.kept:  # those keys are here and not there: whoever has one is found out here
            wanted += [_text(address, there, who.source.key_attribute, _KEY), _marked(there, who)]
            kept = exp.or_(exp.cast(exp.column(_MEETS), "BOOLEAN"), is_kept(exp.column(_KEY), who.kept))
        else:
            query = query.where(_meets(there, who.rules))
        with session.stream(query.select(*wanted)) as stream:
            table = f"{view} in rows" if place else view
            keep(duck, stream, table, _staged(columns, updated, moment), kept)
    if place:
        create_numbered_view(duck, view, table, place)


def _staged(columns: Mapping[str, str], updated: str, moment: str) -> list[exp.Expr]:
    staged: list[exp.Expr] = [exp.alias_(_as_of_a_file(alias), alias, quoted=True) for alias in columns]
    if updated:
        staged.append(exp.alias_(_moment(updated if moment else ""), updated, quoted=True))
    return staged


def count(who: Membership, stopper: Stopper | None = None) -> int:
    stopper = stopper or Stopper(PAGE_SECONDS)
    if who.kept:
        return _count_here(who, stopper)
    address = address_of(who.source)
    with address.session(int(stopper.seconds)) as session, stopper.reaches(session.stop):
        query = _profiles(session, address).where(_meets(_columns(session, address), who.rules))
        return int(session.rows(query.select(exp.Count(this=exp.Star())))[0][0])


def _count_here(who: Membership, stopper: Stopper) -> int:
    with open_engine() as duck, stopper.reaches(duck.interrupt):
        stage(duck, who, {"key": who.source.key_attribute}, "members", "", stopper=stopper)
        found = duck.execute("SELECT count(*) FROM members").fetchone()
    assert found is not None
    return int(found[0])


def sample(who: Membership, limit: int) -> tuple[list[Attribute], Sequence[tuple[Any, ...]]]:
    """`who` is of one segment: the rules of a dynamic one, or the keys of a static one."""
    address = address_of(who.source)
    with address.session(PAGE_SECONDS) as session:
        there = _columns(session, address)
        attributes = _attributes(who.source, there)
        key = there[_present(address, there, who.source.key_attribute)].text()
        meets: exp.Expr
        if who.kept:
            keys = [exp.Literal.string(one) for one in _first_keys(who, limit)]
            meets = exp.In(this=key.copy(), expressions=keys) if keys else exp.false()
        else:
            meets = _meets(there, who.rules)
        rows = session.rows(_first(session, address, there, attributes, key, meets, limit))
    return attributes, [tuple(value or None for value in row) for row in rows]


def attributes_there(source: ProfileSource) -> list[Attribute]:
    """Return the source's attributes of which the table still has the column."""
    address = address_of(source)
    with address.session(PAGE_SECONDS) as session:
        return _attributes(source, _columns(session, address))


def inspect(
    source: ProfileSource, rules: Any, names: Sequence[str], limit: int, stopper: Stopper
) -> tuple[Sequence[int], Sequence[Sequence[Any]]]:
    """Return two numbers for each rule (see compile.counts_of), and the first profiles that meet all of them."""
    address = address_of(source)
    with address.session(int(stopper.seconds)) as session, stopper.reaches(session.stop):
        there = _columns(session, address)
        steps = compile_each(read_rules(rules, there.attributes()), readings=there)
        numbers = session.rows(_profiles(session, address).select(*counts_of(steps)))[0]
        shown = [Attribute(_present(address, there, name)) for name in names]
        key = there[_present(address, there, source.key_attribute)].text()
        rows = session.rows(_first(session, address, there, shown, key, steps[-1].so_far.copy(), limit))
    return numbers, rows


def _first_keys(who: Membership, limit: int) -> list[str]:
    """Ten times as many as are shown: some may be of profiles that are gone."""
    key = exp.column("key")
    query = exp.select(key).from_(exp.func("read_parquet", exp.Literal.string(str(who.kept[0]))))
    with open_engine() as duck:
        asked = query.order_by(exp.Length(this=key.copy()), key.copy()).limit(10 * limit)
        return [str(one) for (one,) in duck.execute(asked.sql("duckdb")).fetchall()]


def _first(
    session: Session,
    address: DatabaseAddress,
    there: Columns,
    attributes: Sequence[Attribute],
    key: exp.Expr,
    meets: exp.Expr,
    limit: int,
) -> exp.Select:
    """The first profiles that meet a condition, in the order of their key."""
    wanted = [_text(address, there, attribute.name, f"c{place}") for place, attribute in enumerate(attributes)]
    query = _profiles(session, address).where(meets).select(*wanted)
    return query.order_by(exp.Length(this=key), key.copy()).limit(limit)


def _columns(session: Session, address: DatabaseAddress) -> Columns:
    """The columns as they are now: a rule must not compare a text with a number because somebody changed the table."""
    return session.kind.columns(session, address.schema, address.table)


def _attributes(source: ProfileSource, there: Columns) -> list[Attribute]:
    return [attribute for attribute in source.attributes() if attribute.name in there]


def _profiles(session: Session, address: DatabaseAddress) -> exp.Select:
    return exp.Select().from_(session.kind.table(address.schema, address.table))


def _meets(there: Columns, rules: Sequence[Any]) -> exp.Expr:
    """The condition that one of several rules is met; none are met by nobody."""
    conditions = [compile_rules(read_rules(one, there.attributes()), readings=there) for one in rules]
    return exp.or_(*conditions) if conditions else exp.false()


def _marked(there: Columns, who: Membership) -> exp.Expr:
    return exp.alias_(exp.func("COALESCE", _meets(there, who.rules), exp.false()), _MEETS, quoted=True)


def _text(address: DatabaseAddress, there: Columns, name: str, alias: str) -> exp.Expr:
    return exp.alias_(there[_present(address, there, name)].text(), alias, quoted=True)


def _present(address: DatabaseAddress, there: Columns, name: str) -> str:
    if name not in there:
        raise AttributeMissingError(
            "attribute_missing_in_table",
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
