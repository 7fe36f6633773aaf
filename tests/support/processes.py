"""Other processes that work on the test's rows: for what must hold between processes, and when one is killed."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction

ROOT = Path(__file__).resolve().parents[2]
# What a process must share with this one to see the same world.
_SHARED_SETTINGS = (
    "SECRET_KEY",
    "CONSTANT_CONTACT_API_URL",
    "CONSTANT_CONTACT_AUTH_URL",
    "CONSTANT_CONTACT_CLIENT_ID",
    "CONSTANT_CONTACT_CLIENT_SECRET",
    "BASE_URL",
)


class Processes:
    """Starts processes on the rows as they are at the first start, and looks at those rows.

    On PostgreSQL that is the test database itself; on SQLite, whose test database lives in this process's memory,
    a copy in a file, shared by all the processes of one test.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.database_port: int | None = None  # another way to the same PostgreSQL, for a test that closes it
        self._file = folder / "db.sqlite3" if connection.vendor == "sqlite" else None

    def start(self, module: str, *arguments: str) -> "subprocess.Popen[str]":
        """Start `python -m MODULE ARGUMENT…`."""
        if self._file and not self._file.exists():
            self._copy()
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "ccexport.settings",
            "DATABASE_URL": self._url(),
            "VAR_DIR": str(self._folder),
            "STORAGE_URL": f"file://{default_storage.path('')}",
            "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
            **{name: str(getattr(settings, name)) for name in _SHARED_SETTINGS},
        }
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # so that a test can kill it with its children
        )

    def value(self, query: str) -> Any:
        """Return the first column of the first row, as the processes see it."""
        if self._file:
            with closing(sqlite3.connect(self._file)) as reader:
                row = reader.execute(query).fetchone()
        else:
            with connection.cursor() as cursor:
                cursor.execute(query)
                row = cursor.fetchone()
        return row and row[0]

    def change(self, statement: str) -> None:
        """Change the rows that the processes see."""
        if self._file:
            with closing(sqlite3.connect(self._file, timeout=20)) as writer, writer:
                writer.execute(statement)
        else:
            with connection.cursor() as cursor:
                cursor.execute(statement)

    @contextmanager
    def held_up(self, table: str) -> Iterator[None]:
        """Let no process write to `table` meanwhile: each waits at its commit."""
        if self._file:
            with closing(sqlite3.connect(self._file, isolation_level=None)) as writer:
                writer.execute("BEGIN IMMEDIATE")
                yield
                writer.execute("ROLLBACK")
        else:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
                yield

    def _copy(self) -> None:
        connection.ensure_connection()
        with closing(sqlite3.connect(self._file)) as copy:
            connection.connection.backup(copy)
            copy.execute("PRAGMA journal_mode=WAL")

    def _url(self) -> str:
        if self._file:
            return f"sqlite:///{self._file}"
        told = {name: quote(str(connection.settings_dict[name]), safe="") for name in ("USER", "PASSWORD", "NAME")}
        host = quote(str(connection.settings_dict["HOST"]), safe="")
        port = self.database_port or connection.settings_dict["PORT"] or 5432
        return f"postgres://{told['USER']}:{told['PASSWORD']}@{host}:{port}/{told['NAME']}"


@pytest.fixture
def processes(transactional_db: None, tmp_path: Path) -> Processes:
    return Processes(tmp_path)


def at_one_moment(*started: "subprocess.Popen[str]") -> list[str]:
    """Give the word to all processes once each has said "ready"; return what each printed after that."""
    for process in started:
        assert process.stdout
        assert process.stdin
        assert process.stderr
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    return [_output(process) for process in started]


def _output(process: "subprocess.Popen[str]") -> str:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return output


def wait_until(condition: Callable[[], Any], seconds: float = 60) -> None:
    """Return once `condition` holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.02)
