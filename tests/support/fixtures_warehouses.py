"""Warehouses with profiles in them, where there are any: a Flight SQL server of our own, and Spark if one is named."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlglot import exp

SERVER = Path(__file__).with_name("flight_sql_server.py")
PEOPLE = "people"
# What cannot be tried here, by kind, and what it would take.
MISSING = {}
if not (find_spec("adbc_driver_flightsql") and find_spec("pyarrow")):
    MISSING["flightsql"] = "No Flight SQL here: pip install -r requirements-flightsql.txt pyarrow."
if not (os.environ.get("TEST_SPARK_CONNECT") and find_spec("adbc_driver_spark")):
    MISSING["spark"] = "No Spark here: pip install -r requirements-spark.txt; TEST_SPARK_CONNECT=host:port of a server."


def table_of(names, types, rows, dialect):
    """Return the statements that make a table of these rows of texts: columns of SQL's standard types."""
    columns = [
        exp.ColumnDef(this=exp.to_identifier(name, quoted=True), kind=exp.DataType.build(type))
        for name, type in zip(names, types, strict=True)
    ]
    table = exp.to_table(PEOPLE)
    yield exp.Create(this=exp.Schema(this=table, expressions=columns), kind="TABLE").sql(dialect)
    for row in rows:
        values = [
            exp.cast(exp.null() if value is None else exp.Literal.string(value), type)
            for value, type in zip(row, types, strict=True)
        ]
        yield exp.insert(exp.select(*values), table).sql(dialect)


@pytest.fixture
def flight_sql_source(tmp_path, database_source):
    """Make a source of rows behind a Flight SQL server that answers with DuckDB."""
    import duckdb

    servers = []

    def _make(names, types, rows, **about):
        from .flight_sql_server import PASSWORD, USER

        file = tmp_path / "profiles.duckdb"
        with duckdb.connect(str(file)) as duck:
            for statement in table_of(names, types, rows, "duckdb"):
                duck.execute(statement)
        server = subprocess.Popen([sys.executable, str(SERVER), str(file), "0"], stdout=subprocess.PIPE, text=True)
        servers.append(server)
        options = {"host": "127.0.0.1", "port": server.stdout.readline().strip(), "dialect": "duckdb"}
        options |= {"user": USER, "password": PASSWORD, "tls": "none", "certificate": ""}
        return database_source("flightsql", options, PEOPLE, schema="main", **about)

    yield _make
    for server in servers:
        server.kill()
        server.wait()
        server.stdout.close()


@pytest.fixture(scope="session")
def spark_server():
    """Where a Spark Connect server is, as host and port."""
    host, _colon, port = os.environ["TEST_SPARK_CONNECT"].rpartition(":")
    return {"host": host, "port": port, "cluster": "", "user": "", "tls": "none"}


@pytest.fixture(scope="session")
def spark_tables(spark_server):
    """Make each table once: that takes Spark half a minute."""
    made = {}

    def _make(names, types, rows):
        from profiles.databases.session import open_session

        wanted = (tuple(names), tuple(types), tuple(map(tuple, rows)))
        if wanted not in made:
            made[wanted] = schema = f"test_{os.getpid()}_{len(made)}"
            statements = [f"CREATE DATABASE {schema}", f"USE {schema}", *_in_one(names, types, rows)]
            with open_session("spark", spark_server, PEOPLE, 300) as session:
                for statement in statements:
                    with session.stream(exp.Command(this=statement)):
                        pass
        return made[wanted]

    return _make


def _in_one(names, types, rows):
    create, *inserts = table_of(names, types, rows, "spark")
    first, *others = inserts
    yield create
    yield " UNION ALL ".join([first, *(insert[insert.index("SELECT") :] for insert in others)])


@pytest.fixture
def spark_source(spark_server, spark_tables, database_source):
    def _make(names, types, rows, **about):
        return database_source("spark", spark_server, PEOPLE, schema=spark_tables(names, types, rows), **about)

    return _make
