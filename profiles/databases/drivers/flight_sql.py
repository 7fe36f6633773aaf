"""Whatever speaks Arrow Flight SQL, through adbc-driver-flightsql."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from sqlglot import exp

from jobs.limits import WAITS
from profiles.databases.kinds import CERTIFICATE, HOST, PORT, Field

from .warehouses import Warehouse

if TYPE_CHECKING:
    from profiles.databases.session import Session

CONNECT_SECONDS = WAITS.connect

_OPTION = "adbc.flight.sql."
_CLIENT = f"{_OPTION}client_option."


class FlightSQL(Warehouse):
    code = "flightsql"
    label = "Flight SQL"
    description = _("A table or view of a server that speaks Arrow Flight SQL, such as GizmoSQL.")
    icon = "flight"
    package = "adbc_driver_flightsql"
    requirements = "requirements-flightsql.txt"
    dialect = "duckdb"
    schema_field = Field(
        "schema", _("Schema"), _("Where the table is; catalog.schema if that is needed."), required=False
    )
    fields = (
        HOST,
        replace(PORT, initial="31337"),
        Field(
            "dialect",
            _("Kind of server"),
            _("It decides how queries are written."),
            initial="duckdb",
            choices=(
                ("duckdb", "GizmoSQL (DuckDB)"),
                ("doris", "Apache Doris"),
                ("starrocks", "StarRocks"),
                ("postgres", _("Another one that writes SQL as PostgreSQL does")),
            ),
        ),
        Field("user", _("User"), _("Use a read-only user."), required=False),
        Field(
            "password", _("Password or token"), _("Without a user it is sent as a token."), secret=True, required=False
        ),
        Field(
            "tls",
            _("Encryption (TLS)"),
            initial="verify",
            choices=(
                ("verify", _("Required, with a verified certificate")),
                ("require", _("Required")),
                ("none", _("None")),
            ),
        ),
        CERTIFICATE,
    )

    def options(self, entered: Mapping[str, str]) -> dict[str, str]:
        scheme = "grpc" if entered["tls"] == "none" else "grpc+tls"
        user, password = entered.get("user", ""), entered.get("password", "")
        options = {
            "uri": f"{scheme}://{entered['host']}:{entered['port']}",
            "username": user,
            "password": password if user else "",
            f"{_OPTION}authorization_header": f"Bearer {password}" if password and not user else "",
            f"{_CLIENT}tls_skip_verify": "true" if entered["tls"] == "require" else "",
            f"{_CLIENT}tls_root_certs": entered.get("certificate", "") if entered["tls"] == "verify" else "",
            f"{_OPTION}rpc.timeout_seconds.connect": str(CONNECT_SECONDS),
        }
        return {name: value for name, value in options.items() if value}

    def dialect_of(self, entered: Mapping[str, str]) -> str:
        return entered["dialect"]

    def prepare(self, session: Session) -> None:
        """The protocol has no settings that every server knows: what is ended here is cancelled there."""
        session.rows(exp.select(exp.alias_(exp.Literal.number(1), "one")))

    def stream_options(self) -> dict[str, str | int]:
        return {"adbc.rpc.result_queue_size": "4"}
