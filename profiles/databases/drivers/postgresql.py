"""PostgreSQL through adbc-driver-postgresql."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import make_conninfo
from sqlglot import exp

from jobs.limits import WAITS
from profiles.attributes import AttributeType
from profiles.blanks import BLANKS
from profiles.databases.columns import Column, Columns
from profiles.databases.errors import DatabaseError
from profiles.databases.kinds import CERTIFICATE, HOST, PORT, Database, Field

if TYPE_CHECKING:
    from profiles.databases.session import Session

CONNECT_SECONDS = WAITS.connect
BATCH_BYTES = 1024 * 1024

_TYPES = {
    **dict.fromkeys(("int2", "int4", "int8"), AttributeType.WHOLE),
    **dict.fromkeys(("numeric", "float4", "float8"), AttributeType.NUMBER),
    "bool": AttributeType.BOOLEAN,
    "date": AttributeType.DATE,
    **dict.fromkeys(("timestamp", "timestamptz"), AttributeType.MOMENT),
}
_INFINITE = ("infinity", "-infinity")
_NOTHING = {
    **dict.fromkeys(("numeric", "float4", "float8"), ("nan",)),
    **dict.fromkeys(("date", "timestamp", "timestamptz"), _INFINITE),
    **dict.fromkeys(("json", "jsonb"), ("null",)),
}
_SQL_TYPES = {
    "numeric": "DECIMAL",
    "float4": "FLOAT",
    "float8": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
}
_PLAIN = {*_TYPES, "text", "varchar"} - {"float4"}

# Constant text; the names come in as literals. A domain is what it is made of.
_COLUMNS = """
    SELECT a.attname, COALESCE(b.typname, t.typname),
           HAS_SCHEMA_PRIVILEGE(n.oid, 'USAGE') AND HAS_COLUMN_PRIVILEGE(c.oid, a.attnum, 'SELECT'),
           d.datctype NOT IN ('C', 'POSIX'),
           EXISTS (SELECT 1 FROM pg_catalog.pg_collation WHERE collname = 'und-x-icu'),
           GETDATABASEENCODING() = 'UTF8'
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_database AS d ON d.datname = CURRENT_DATABASE()
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
    JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_type AS b ON b.oid = t.typbasetype
    WHERE n.nspname = :schema AND c.relname = :name AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""


class PostgreSQL(Database):
    code = "postgresql"
    label = "PostgreSQL"
    description = _("A table or view in a PostgreSQL database.")
    icon = "database"
    package = "adbc_driver_postgresql"
    requirements = "requirements.txt"
    dialect = "postgres"
    fields = (
        HOST,
        replace(PORT, initial="5432"),
        Field("database", _("Database")),
        Field("user", _("User"), _("Use a read-only user.")),
        Field("password", _("Password"), secret=True, required=False),
        Field(
            "sslmode",
            _("Encryption (TLS)"),
            initial="require",
            choices=(
                ("verify-full", _("Required, with a verified certificate")),
                ("require", _("Required")),
                ("prefer", _("If the server offers it")),
                ("disable", _("None")),
            ),
        ),
        CERTIFICATE,
    )

    def options(self, entered: Mapping[str, str]) -> dict[str, str]:
        return {
            "uri": make_conninfo(
                host=entered["host"],
                port=entered["port"],
                dbname=entered["database"],
                user=entered["user"],
                password=entered.get("password", ""),
                sslmode=entered["sslmode"],
                sslrootcert=_certificates(entered.get("certificate", ""))
                if entered["sslmode"] == "verify-full"
                else "",
                connect_timeout=CONNECT_SECONDS,
                client_encoding="UTF8",
                application_name="Constant Contact exports",
            )
        }

    def prepare(self, session: Session) -> None:
        settings = {
            "statement_timeout": str(session.seconds * 1000),
            "default_transaction_read_only": "on",
            "search_path": "pg_catalog",
            "timezone": "UTC",
            "datestyle": "ISO, YMD",
            "extra_float_digits": "1",  # the shortest digits that mean the same number
            "standard_conforming_strings": "on",  # sqlglot writes literals so
        }
        calls = [exp.func("SET_CONFIG", *map(exp.Literal.string, item), exp.false()) for item in settings.items()]
        session.rows(exp.select(*calls))

    def stream_options(self) -> dict[str, str | int]:
        return {"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)}

    def columns(self, session: Session, schema: str, name: str) -> Columns:
        names = {"schema": exp.Literal.string(schema), "name": exp.Literal.string(name)}
        found = session.rows(exp.replace_placeholders(_columns_query(), **names))
        table = f"{schema}.{name}"
        if not found:
            raise DatabaseError("table_missing", table=table)
        knows_letters, has_unicode, is_unicode = found[0][3:]
        blanks = BLANKS if is_unicode else " "  # the others do not exist in every other encoding
        columns = [
            Column(
                name,
                _TYPES.get(type, AttributeType.TEXT),
                is_plain=type in _PLAIN,
                blanks=blanks,
                nothing=_NOTHING.get(type, ()),
                sql_type=_SQL_TYPES.get(type, ""),
                has_exponents=type in {"float4", "float8"},
            )
            for name, type, may_read, *_rest in found
            if may_read
        ]
        if not columns:
            raise DatabaseError("table_no_rights", table=table)
        # Named always: a column may have a collation of its own that knows but the letters of English.
        return Columns(columns, "default" if knows_letters or not (has_unicode and is_unicode) else "und-x-icu")


@cache
def _columns_query() -> exp.Select:
    """Parsed once: to do it for each count would cost more than the query itself."""
    return exp.maybe_parse(_COLUMNS, into=exp.Select, dialect="postgres")


def _certificates(pem: str) -> str:
    """Return the path of a file with the certificates to check the server's with."""
    if not pem.strip():
        return certifi.where()
    directory = Path(settings.VAR) / "certificates"
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{sha256(pem.encode()).hexdigest()}.pem"
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=directory, delete=False) as file:
            file.write(pem)
        Path(file.name).replace(path)  # whole or not at all: another process may be reading it
    return str(path)
