"""Sessions with a database: opened, ended in time, closed."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from threading import Lock, Timer
from typing import Any

import duckdb
from adbc_driver_manager import AdbcConnection, AdbcDatabase, AdbcStatement, Error
from sqlglot import exp

from jobs.limits import WAITS
from profiles.models import DatabaseAddress

from .errors import DatabaseError, explained
from .kinds import Database, kind_of

HANDLES = 16
HANDLE_SECONDS = WAITS.handle


class Session:
    """One session that only reads. It is used by one thread, and ends `seconds` after it was opened."""

    def __init__(self, kind: Database, dialect: str, connection: AdbcConnection, seconds: int) -> None:
        self.kind = kind
        self._dialect = dialect
        self.seconds = seconds
        self._connection = connection
        self._statement: AdbcStatement | None = None
        self._is_over = False
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    @contextmanager
    def stream(self, query: exp.Expr) -> Iterator[Any]:
        """Run the query and give its rows as an Arrow stream (`__arrow_c_stream__`), good within the block."""
        with AdbcStatement(self._connection) as statement:
            self._statement = statement
            try:
                self._refuse_if_over()
                options = self.kind.stream_options()
                if options:
                    statement.set_options(**options)
                statement.set_sql_query(self.kind.query(query, self._dialect))
                stream, _count = statement.execute_query()
                try:
                    yield stream
                finally:
                    stream.release()
            finally:
                self._statement = None
        self._refuse_if_over()

    def rows(self, query: exp.Expr) -> list[tuple[Any, ...]]:
        """Return the answer of a query, which has to be a small one."""
        with self.stream(query) as answer, _reader(os.getpid()).cursor() as duck:
            duck.register("answer", answer)
            return duck.execute("FROM answer").fetchall()

    def columns(self, query: exp.Expr) -> list[tuple[str, str]]:
        """Return the names of an answer's columns and their types, as DuckDB calls them."""
        with self.stream(query) as answer, _reader(os.getpid()).cursor() as duck:
            duck.register("answer", answer)
            return [(name, type) for name, type, *_rest in duck.execute("DESCRIBE FROM answer").fetchall()]

    def stop(self) -> None:
        """End what is running, from another thread. After that the session is of no use."""
        self._end()

    def close(self) -> None:
        self._timer.cancel()
        self._connection.close()

    def _end(self) -> None:
        self._is_over = True
        statement = self._statement
        if statement is not None:
            with suppress(Error):  # it has just ended, or its driver cannot stop it: then the server's own limit counts
                statement.cancel()

    def _refuse_if_over(self) -> None:
        if self._is_over:
            raise DatabaseError("database_too_long", seconds=self.seconds)


@cache
def _reader(pid: int) -> duckdb.DuckDBPyConnection:
    """Return this process's own engine for reading small answers: to start one for each costs more than they do."""
    duck = duckdb.connect(config={"threads": 1, "memory_limit": "64MB"})
    duck.execute("SET enable_external_access = false")
    return duck


@contextmanager
def open_session(code: str, entered: Mapping[str, str], table: str, seconds: int) -> Iterator[Session]:
    """Open a session for the time of the block. `table` is what sentences call what is read.

    Raises DatabaseError, also for what goes wrong in the block.
    """
    kind = kind_of(code)
    entered = {**{field.name: field.initial for field in kind.fields}, **entered}  # a row may be older than a field
    server = entered.get(kind.server_field, "")
    with explained(server=server, table=table, seconds=seconds):
        connection = AdbcConnection(_handle(kind, kind.options(entered)))
        session = Session(kind, kind.dialect_of(entered), connection, seconds)
        try:
            kind.prepare(session)
            yield session
        except Error:
            session._refuse_if_over()  # the reason is ours, whatever the driver calls it
            raise
        finally:
            session.close()


@contextmanager
def session_of(address: DatabaseAddress, seconds: int) -> Iterator[Session]:
    """Do what `open_session` does for a stored address. Raises SourceUnavailableError too."""
    with open_session(address.source.kind, address.entered(), str(address), seconds) as session:
        yield session


_handles: OrderedDict[Any, tuple[float, AdbcDatabase]] = OrderedDict()
_lock = Lock()


def _handle(kind: Database, options: dict[str, str]) -> AdbcDatabase:
    """Return the driver's handle for these options: the one of a moment ago, or a new one.

    Making one costs PostgreSQL's driver more than counting a hundred thousand rows. Not shared with forked processes:
    most drivers are written in Go, which does not survive a fork. So no process may open a session before it forks.
    """
    key = (os.getpid(), kind.code, tuple(sorted(options.items())))
    with _lock:
        made, handle = _handles.pop(key, (0.0, None))
        if handle is not None and time.monotonic() - made <= HANDLE_SECONDS:
            _handles[key] = made, handle
            return handle
    try:
        driver = kind.driver()
    except ImportError:
        raise DatabaseError("driver_missing", kind=str(kind.label), requirements=kind.requirements) from None
    handle = AdbcDatabase(driver=driver, **options)  # not under the lock: a server that is down would make all wait
    with _lock:
        _handles[key] = time.monotonic(), handle
        while len(_handles) > HANDLES:
            _handles.popitem(last=False)
    return handle
