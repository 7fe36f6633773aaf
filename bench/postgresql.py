"""Profiles that stay in PostgreSQL: a count beside the bare statement, and a stream of four columns with its memory."""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from profiles.databases.describing import describe_table
from profiles.databases.session import session_of
from profiles.models import DatabaseAddress, ProfileSource
from segments.members.query import count_rules

DEFAULT = "postgres://exporter_test:exporter_test@127.0.0.1:5432/postgres"  # what tests/run makes
COUNTS = 15  # of each kind, taking turns
MOST_RATIO, MOST_BYTES = 1.2, 300 * 1000 * 1000
RULES = {"op": "and", "rules": [{"attribute": "country", "operator": "equals", "value": "Germany"}]}
BARE = """SELECT COUNT(*) FROM "public"."people" WHERE "country" = 'Germany'"""
STREAMED = {"k": "id", "value_0": "email", "value_1": "first_name", "value_2": "country"}
MAKE = """
    CREATE TABLE people AS SELECT i AS id, 'person' || i || '@example.com' AS email, 'First' || i % 1000 AS first_name,
           'Last' || i AS last_name, (ARRAY['France', 'Germany', 'Spain', 'Italy'])[1 + i % 4] AS country,
           timestamp '2020-01-01' + i * interval '1 minute' AS updated, i % 3 = 0 AS newsletter,
           (i % 100000)::numeric / 100 AS spent, repeat('never read ', 10) AS notes
    FROM generate_series(1, {rows}) AS i
"""


@dataclass
class InPostgreSQL:
    """What was measured: seconds (of counts the median), bytes, and the statements that were seen on the server."""

    rows: int
    bare: float  # the bare statement in a session of its own, as psql does it, and as we do
    within: float  # the bare statement in a session that is open
    counted: float
    session: float  # of `counted`, what opening a session and looking at the columns take
    streamed: float
    peak: int
    statement: str
    mistakes: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return self.counted / self.bare

    def told(self) -> str:
        return (
            f"count {1000 * self.counted:.0f} ms, of it {1000 * self.session:.0f} ms to open a session; "
            f"the bare statement in a session of its own {1000 * self.bare:.0f} ms: {self.ratio:.2f} ×, "
            f"in an open one {1000 * self.within:.0f} ms: {self.counted / self.within:.2f} ×; "
            f"stream of the key and 3 columns {self.streamed:.2f} s, {self.peak / 1e6:.0f} MB at most; "
            f"it read {self.statement}"
        )


def measure_postgresql(rows: int) -> InPostgreSQL | None:
    """Measure a table of so many rows, made for this and dropped again; None where there is no server.

    The server is that of PROFILES_URL.
    """
    server: dict[str, Any] = conninfo_to_dict(os.environ.get("PROFILES_URL") or DEFAULT)
    try:
        admin = psycopg.connect(make_conninfo(**server, connect_timeout=3), autocommit=True)
    except psycopg.OperationalError:
        return None
    with admin, _database(admin, server) as bare:
        bare.execute(MAKE.format(rows=rows))
        bare.execute("VACUUM ANALYZE people")
        return _measure(_source_of(bare, server), bare, rows)


@contextmanager
def _database(admin: psycopg.Connection, server: dict[str, Any]) -> Iterator[psycopg.Connection]:
    name = f"bench_{uuid.uuid4().hex[:12]}"
    admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        with psycopg.connect(make_conninfo(**{**server, "dbname": name}), autocommit=True) as session:
            yield session
    finally:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _source_of(bare: psycopg.Connection, server: dict[str, Any]) -> ProfileSource:
    source = ProfileSource.objects.create(name="In PostgreSQL", kind="postgresql", key_attribute="id")
    address = DatabaseAddress(source=source, schema="public", table="people")
    address.options = {
        "host": server.get("host", "127.0.0.1"),
        "port": str(server.get("port", "5432")),
        "database": bare.info.dbname,
        "user": server["user"],
        "sslmode": "prefer",
        "certificate": "",
    }
    address.hide({"password": server.get("password", "")})
    address.save()
    described = describe_table(address, "id", "")
    source.columns = [attribute.as_json() for attribute in described.attributes]
    source.row_count = described.rows
    source.save()
    return source


def _measure(source: ProfileSource, bare: psycopg.Connection, rows: int) -> InPostgreSQL:
    times: dict[str, list[float]] = {"bare": [], "within": [], "counted": [], "session": []}
    found = set()
    for _turn in range(COUNTS):
        times["bare"].append(_seconds(lambda: found.add(_count_in_its_own(bare))))
        times["within"].append(_seconds(lambda: found.add(_bare_count(bare))))
        times["counted"].append(_seconds(lambda: found.add(count_rules(source, RULES))))
        times["session"].append(_seconds(lambda: _open(source)))
    with _Statements(bare) as statements:
        streamed = _stream(source)
    medians = {name: statistics.median(each) for name, each in times.items()}
    measured = InPostgreSQL(
        rows,
        bare=medians["bare"],
        within=medians["within"],
        counted=medians["counted"],
        session=medians["session"],
        streamed=streamed["seconds"],
        peak=int(streamed["peak"]),
        statement=statements.seen(),
    )
    measured.mistakes += _mistakes(measured, found, int(streamed["rows"]))
    return measured


def _count_in_its_own(bare: psycopg.Connection) -> int:
    told = {**bare.info.get_parameters(), "password": bare.info.password}
    with psycopg.connect(make_conninfo(**told)) as session:
        return _bare_count(session)


def _bare_count(bare: psycopg.Connection) -> int:
    (count,) = bare.execute(BARE).fetchone() or (0,)
    return int(count)


def _open(source: ProfileSource) -> None:
    with session_of(source.database, 10) as session:
        session.kind.columns(session, "public", "people")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _stream(source: ProfileSource) -> dict[str, float]:
    """Stage the profiles as a plan does, in a process of its own, whose memory is looked at."""
    command = (sys.executable, "-m", "bench.postgresql_stream", str(source.pk), json.dumps(STREAMED))
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


class _Statements:
    """Notes the statements of others that the server is busy with."""

    def __init__(self, bare: psycopg.Connection) -> None:
        self._bare = bare
        self._over = threading.Event()
        self._seen: set[str] = set()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> "_Statements":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self._thread.join()

    def seen(self) -> str:
        return "; ".join(sorted(self._seen)) or "nothing that was seen"

    def _look_on(self) -> None:
        others = """SELECT query FROM pg_stat_activity WHERE query LIKE 'COPY%FROM "public"."people"%'"""
        while not self._over.wait(0.01):
            self._seen |= {query for (query,) in self._bare.execute(others)}


def _mistakes(measured: InPostgreSQL, counts: set[int], streamed: int) -> Iterator[str]:
    if counts != {measured.rows // 4 + (1 if measured.rows % 4 else 0)}:
        yield f"Profiles counted in PostgreSQL: {sorted(counts)}."
    if streamed != measured.rows:
        yield f"{streamed} of {measured.rows} profiles were streamed."
    if measured.ratio > MOST_RATIO and measured.bare > 0.05:  # of a small table, the session is the most of it
        yield f"A count took {measured.ratio:.2f} × the bare statement, more than {MOST_RATIO}."
    if measured.peak > MOST_BYTES:
        yield f"The stream took {measured.peak / 1e6:.0f} MB, more than {MOST_BYTES / 1e6:.0f}."
    if any(column in measured.statement for column in ("notes", "last_name", "spent", "*")):
        yield f"More than the columns asked for left the database: {measured.statement}"
