"""A PostgreSQL server that only the script uses, so that it can be stopped in earnest; and a gate in front of it.

Without PostgreSQL's programs the server of TEST_DATABASE_URL takes its place: the gate can be shut all the same.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import Protocol

import psycopg

from tests.support.gate import Gate

NAME = "exporter_outages"


class Server(Protocol):
    host: str
    port: int
    user: str
    password: str
    name: str
    can_stop: bool

    def throw_away(self) -> None: ...


class OwnServer:
    """Made by initdb in a folder of its own, thrown away with it. Raises LookupError where it can't be made."""

    can_stop = True
    host, user, password, name = "127.0.0.1", "exporter", "", NAME

    def __init__(self) -> None:
        self._programs = _programs()
        self._folder = Path(tempfile.mkdtemp(prefix="outage-postgresql-"))
        self._as_user: list[str] = []
        if os.getuid() == 0:  # the server refuses to run as root
            owner = pwd.getpwnam("postgres")
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
            self._as_user = ["runuser", "-u", "postgres", "--"]
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self._run("initdb", "--auth=trust", "--no-sync", f"--username={self.user}", "--encoding=UTF8", "--locale=C")
        self.start()
        with psycopg.connect(
            host=self.host, port=self.port, user=self.user, dbname="postgres", autocommit=True
        ) as session:
            session.execute(f"CREATE DATABASE {self.name}")

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", "--wait", "--silent", "--log", log, "--options", options)

    def stop(self) -> None:
        """End it as a machine that loses its power does: nobody is asked, nothing is finished."""
        self._run("pg_ctl", "stop", "--mode=immediate", "--silent")

    def throw_away(self) -> None:
        try:
            self.stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        place = ["--pgdata", str(self._folder / "data")]
        command = [*self._as_user, str(self._programs / program), *arguments, *place]
        done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")


class OthersServer:
    """A database of our own on a server that others use too: it is never stopped."""

    can_stop = False

    def __init__(self, url: str) -> None:
        self._url = url
        self.name = f"{NAME}_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(url, autocommit=True) as session:
            info = session.info
            self.host, self.port, self.user, self.password = info.host, info.port, info.user, info.password
            session.execute(f'CREATE DATABASE "{self.name}"')

    def throw_away(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as session:
            session.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')


class Database:
    """The database, which this process reaches directly and the workers through a gate."""

    def __init__(self) -> None:
        self.server = _find()
        self._gate = Gate(self.server.host, self.server.port)

    @property
    def url(self) -> str:
        return self._url(self.server.port)

    @property
    def gate_url(self) -> str:
        return self._url(self._gate.port)

    def away(self, seconds: float) -> None:
        """Shut the gate: who is connected is thrown out, nobody else gets in."""
        self._gate.shut()
        try:
            time.sleep(seconds)
        finally:
            self._gate.open()

    def stopped(self, seconds: float) -> None:
        """Stop the server itself. Only where it `can_stop`."""
        assert isinstance(self.server, OwnServer)
        self.server.stop()
        try:
            time.sleep(seconds)
        finally:
            self.server.start()

    def throw_away(self) -> None:
        self._gate.shut()
        self.server.throw_away()

    def _url(self, port: int) -> str:
        server = self.server
        return f"postgres://{server.user}:{server.password}@{server.host}:{port}/{server.name}"


def _find() -> OwnServer | OthersServer:
    try:
        return OwnServer()
    except LookupError as error:
        url = os.environ.get("TEST_DATABASE_URL")
        if url is None:
            raise SystemExit(f"{error} Install PostgreSQL, or name a server in TEST_DATABASE_URL.") from error
        return OthersServer(url)


def _programs() -> Path:
    """Debian keeps them away from PATH."""
    found = shutil.which("initdb")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in [Path(found).resolve().parent] if found else installed:
        if (folder / "initdb").exists():
            return folder
    raise LookupError("There is no initdb on this machine.")
