"""Databases with profiles in them: a PostgreSQL server where there is one, and SQLite everywhere."""

import os
import sqlite3
import uuid

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from profiles.models import DatabaseAddress, ProfileSource

from . import sqlite_database  # noqa: F401  (registers its kind)

LOCAL = "postgres://exporter_test:exporter_test@127.0.0.1:5432/postgres"  # what tests/run makes


def _server() -> dict:
    for name in ("TEST_DATABASE_URL", "DATABASE_URL"):
        if os.environ.get(name, "").startswith("postgres"):
            return conninfo_to_dict(os.environ[name])
    return conninfo_to_dict(LOCAL)


@pytest.fixture(scope="session")
def postgres_options():
    """What one enters to reach a database of this session's own on a PostgreSQL server."""
    server = {**_server(), "dbname": "postgres"}
    name = f"profiles_{uuid.uuid4().hex[:12]}"
    try:
        admin = psycopg.connect(make_conninfo(**server, connect_timeout=3), autocommit=True)
    except psycopg.OperationalError:
        pytest.skip("No PostgreSQL server for profile sources: name one with TEST_DATABASE_URL.")
    with admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield {
        "host": server["host"],
        "port": server.get("port", "5432"),
        "database": name,
        "user": server["user"],
        "password": server.get("password", ""),
        "sslmode": "prefer",
        "certificate": "",
    }
    with psycopg.connect(make_conninfo(**server), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def postgres(postgres_options):
    """A session in which a test makes its tables, in a schema that is its own."""
    options = postgres_options
    names = {"dbname": options["database"], "user": options["user"], "password": options["password"]}
    schema = f"s{uuid.uuid4().hex[:8]}"
    with psycopg.connect(host=options["host"], port=options["port"], autocommit=True, **names) as session:
        session.execute(sql.SQL("CREATE SCHEMA {0}").format(sql.Identifier(schema)))
        session.execute(sql.SQL("SET search_path = {0}").format(sql.Identifier(schema)))
        session.schema = schema
        yield session
        session.execute(sql.SQL("DROP SCHEMA {0} CASCADE").format(sql.Identifier(schema)))


@pytest.fixture
def sqlite_file(tmp_path):
    return tmp_path / "profiles.sqlite"


@pytest.fixture
def database_source(db):
    """Make a source of a table, described already."""

    def _make(kind, options, table, *, schema="", name="People", key="id", updated="", refreshed=True):
        from profiles.databases.refreshing import ask_refresh
        from profiles.tasks import refresh_source

        source = ProfileSource.objects.create(name=name, kind=kind, key_attribute=key, updated_attribute=updated)
        address = DatabaseAddress(source=source, schema=schema, table=table)
        address.options = {name: value for name, value in options.items() if name != "password"}
        address.hide({"password": options.get("password", "")})
        address.save()
        if refreshed:
            ask_refresh(source)
            refresh_source(source.pk)
            assert str(DatabaseAddress.objects.get(source=source).problem) == ""
        return ProfileSource.objects.get(pk=source.pk)

    return _make


@pytest.fixture
def postgres_source(postgres, postgres_options, database_source):
    def _make(table, **about):
        return database_source("postgresql", postgres_options, table, schema=postgres.schema, **about)

    return _make


@pytest.fixture
def sqlite_source(sqlite_file, database_source):
    def _make(table, **about):
        return database_source("sqlite", {"file": str(sqlite_file)}, table, **about)

    return _make


@pytest.fixture
def sqlite(sqlite_file):
    with sqlite3.connect(sqlite_file, isolation_level=None) as session:
        yield session
    session.close()
