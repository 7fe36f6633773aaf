"""Profiles that stay in PostgreSQL: a count beside the bare statement, and a stream of four columns with its memory."""

import json
import os
import statistics
import uuid
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bench.processes import child, repeating, seconds_of
from bench.table import Line
from bench.trial import Trial
from profiles.databases.describing import describe_table
from profiles.databases.session import session_of
from profiles.models import DatabaseAddress, ProfileSource
from segments.members.query import count_rules

DEFAULT = "postgres://exporter_test:exporter_test@127.0.0.1:5432/postgres"  # what tests/run makes
COUNTS = 15  # of each kind, taking turns
MAX_RATIO, MAX_BYTES = 1.2, 300 * 1000 * 1000
RULES = {"op": "and", "rules": [{"attribute": "country", "operator": "equals", "value": "Germany"}]}
BARE = """SELECT COUNT(*) FROM "public"."people" WHERE "country" = 'Germany'"""
OTHERS = """SELECT query FROM pg_stat_activity WHERE query LIKE 'COPY%FROM "public"."people"%'"""
STREAMED = {"k": "id", "value_0": "email", "value_1": "first_name", "value_2": "country"}
MAKE = """
    CREATE TABLE people AS SELECT i AS id, 'person' || i || '@example.com' AS email, 'First' || i % 1000 AS first_name,
           'Last' || i AS last_name, (ARRAY['France', 'Germany', 'Spain', 'Italy'])[1 + i % 4] AS country,
           timestamp '2020-01-01' + i * interval '1 minute' AS updated, i % 3 = 0 AS newsletter,
           (i % 100000)::numeric / 100 AS spent, repeat('never read ', 10) AS notes
    FROM generate_series(1, {rows}) AS i
"""


def measure_postgresql(trial: Trial) -> None:
    """Measure a table on the server of PROFILES_URL, made for this and dropped again."""
    server: dict[str, Any] = conninfo_to_dict(os.environ.get("PROFILES_URL") or DEFAULT)
    try:
        admin = psycopg.connect(make_conninfo(**server, connect_timeout=3), autocommit=True)
    except psycopg.OperationalError:
        return trial.add(Line("Profiles in PostgreSQL", note="no server: name one with PROFILES_URL"))
    name = f"bench_{uuid.uuid4().hex[:12]}"
    with admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            address = make_conninfo(**server | {"dbname": name})
            with psycopg.connect(address, autocommit=True) as bare:
                bare.execute(MAKE.format(rows=trial.n))
                bare.execute("VACUUM ANALYZE people")
                trial.add(*_measure(_source_of(bare, server), bare, address, trial.n))
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _source_of(bare: psycopg.Connection, server: dict[str, Any]) -> ProfileSource:
    source = ProfileSource.objects.create(name="In PostgreSQL", kind="postgresql", key_attribute="id")
    address = DatabaseAddress(source=source, schema="public", table="people")
    place = {"host": server.get("host", "127.0.0.1"), "port": str(server.get("port", "5432"))}
    whose = {"database": bare.info.dbname, "user": server["user"], "sslmode": "prefer", "certificate": ""}
    address.options = place | whose
    address.hide({"password": server.get("password", "")})
    address.save()
    described = describe_table(address, "id", "")
    source.columns = [attribute.as_json() for attribute in described.attributes]
    source.row_count = described.rows
    source.save()
    return source


def _measure(source: ProfileSource, bare: psycopg.Connection, address: str, rows: int) -> tuple[Line, list[str]]:
    found: set[object] = set()

    def count_within(session: psycopg.Connection = bare) -> None:
        found.update(session.execute(BARE).fetchone() or ())

    def count_as_psql_does() -> None:
        with psycopg.connect(address) as session:
            count_within(session)

    def count_ours() -> None:
        found.add(count_rules(source, RULES))

    def open_session() -> None:
        with session_of(source.database, 10) as session:
            session.kind.columns(session, "public", "people")

    works = (count_as_psql_does, count_within, count_ours, open_session)
    turns = [[seconds_of(work) for work in works] for _turn in range(COUNTS)]
    own, within, ours, session = map(statistics.median, zip(*turns, strict=True))
    seen: set[str] = set()
    with repeating(lambda: seen.update(query for (query,) in bare.execute(OTHERS)), 0.01):
        # As a plan does, in a process of its own, whose memory is looked at.
        streamed = child("stream", str(source.pk), json.dumps(STREAMED))
    statement = "; ".join(sorted(seen)) or "nothing that was seen"
    note = (
        f"count {1000 * ours:.0f} ms, of it {1000 * session:.0f} ms to open a session; "
        f"the bare statement in a session of its own {1000 * own:.0f} ms: {ours / own:.2f} ×, "
        f"in an open one {1000 * within:.0f} ms: {ours / within:.2f} ×; "
        f"stream of the key and 3 columns {streamed['seconds']:.2f} s, {streamed['peak'] / 1e6:.0f} MB at most; "
        f"it read {statement}"
    )
    ratio, peak, left = ours / own, streamed["peak"], ("notes", "last_name", "spent", "*")
    checks = [
        (found == {rows // 4 + bool(rows % 4)}, f"Profiles counted in PostgreSQL: {found}."),
        (streamed["rows"] == rows, f"{streamed['rows']} of {rows} profiles were streamed."),
        # Of a small table, the session is the most of it.
        (ratio <= MAX_RATIO or own < 0.05, f"A count took {ratio:.2f} × the bare statement, more than {MAX_RATIO}."),
        (peak <= MAX_BYTES, f"The stream took {peak / 1e6:.0f} MB, more than {MAX_BYTES / 1e6:.0f}."),
        (not any(map(statement.count, left)), f"More than the columns asked for left the database: {statement}"),
    ]
    numbers = {"rate": rows / streamed["seconds"], "peak": peak, "ratio": ratio}
    return Line(f"{rows:,} profiles in PostgreSQL", note, numbers), [wrong for is_well, wrong in checks if not is_well]
