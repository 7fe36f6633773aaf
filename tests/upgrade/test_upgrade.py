"""A database that commit e047fd8 filled is upgraded, and everything is found. What that means: after_upgrade.py."""

import os
import subprocess
import sys
import uuid
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from tests.support.processes import ROOT
from tests.upgrade.loading import KEYS, load_dump, unpack_files


@contextmanager
def database_of_its_own(var):
    """The address of an empty database on the server of the tests; on SQLite, of the dump itself."""
    if connection.vendor == "sqlite":
        load_dump(var / "db.sqlite3")
        yield f"sqlite:///{var / 'db.sqlite3'}"
        return
    server = urlsplit(os.environ["DATABASE_URL"])
    name = f"upgrade_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server._replace(scheme="postgresql", path="/postgres").geturl(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield server._replace(path=f"/{name}").geturl()
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def run(environment, *command):
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}", pytrace=False)


def test_everything_is_found_after_an_upgrade(tmp_path):
    old = tmp_path / "old.sqlite3"
    load_dump(old)
    unpack_files(tmp_path)
    with database_of_its_own(tmp_path) as address:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
        own |= KEYS | {
            "VAR_DIR": str(tmp_path),
            "DATABASE_URL": address,
            "OLD_DATABASE": str(old),
            "LOG_LEVEL": "ERROR",
        }
        own |= {"DJANGO_SETTINGS_MODULE": "ccexport.settings"}
        if connection.vendor != "sqlite":
            run(own, "-m", "tests.upgrade.loading", str(old))
        run(own, "manage.py", "migrate", "--verbosity", "0")
        run(own, "-m", "pytest", "-q", "-p", "no:xdist", "--tb=short", "tests/upgrade/after_upgrade.py")
