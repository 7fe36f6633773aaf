"""Apache Spark and Databricks through adbc-driver-spark, which speaks Spark Connect.

Why that one: docs/decisions/0009-drivers-of-warehouses.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from sqlglot import exp

from profiles.databases.kinds import HOST, PORT, Field

from .warehouses import Warehouse

if TYPE_CHECKING:
    from profiles.databases.session import Session

_OPTION = "adbc.spark."


class Spark(Warehouse):
    code = "spark"
    label = "Spark / Databricks"
    description = _("A table or view in Apache Spark or Databricks, reached through Spark Connect.")
    icon = "bolt"
    package = "adbc_driver_spark"
    requirements = "requirements-spark.txt"
    dialect = "spark"
    schema_field = Field(
        "schema", _("Schema"), _("Where the table is, for example default; in Unity Catalog catalog.schema.")
    )
    fields = (
        replace(
            HOST, help=_("The server of Spark Connect, or the address of the Databricks workspace without https://.")
        ),
        replace(PORT, help=_("Usually 15002; 443 for Databricks."), initial="15002"),
        Field(
            "cluster",
            _("Cluster ID"),
            _("Only for Databricks: the ID of the cluster, for example 0123-456789-abcdefgh."),
            required=False,
            pattern="[A-Za-z0-9-]*",
        ),
        Field("user", _("User"), _("Optional: the name that Spark keeps for this session."), required=False),
        Field("token", _("Token"), _("For Databricks, a personal access token."), secret=True, required=False),
        Field(
            "tls",
            _("Encryption (TLS)"),
            initial="verify",
            choices=(("verify", _("Required, with a verified certificate")), ("none", _("None"))),
        ),
    )

    def options(self, entered: Mapping[str, str]) -> dict[str, str]:
        options = {
            "uri": f"sc://{entered['host']}:{entered['port']}",
            f"{_OPTION}tls.enabled": "false" if entered["tls"] == "none" else "true",
            "password": entered.get("token", ""),
            "username": entered.get("user", ""),
            f"{_OPTION}headers.x-databricks-cluster-id": entered.get("cluster", ""),
        }
        return {name: value for name, value in options.items() if value}

    def prepare(self, session: Session) -> None:
        session_settings = {
            "spark.sql.session.timeZone": "UTC",
            # sqlglot writes literals so: were backslashes letters, a quote after one would end a literal.
            "spark.sql.parser.escapedStringLiterals": "false",
            "spark.sql.parser.quotedRegexColumnNames": "false",
        }
        for name, value in session_settings.items():
            session.rows(exp.Command(this="SET", expression=f"{name}={value}"))
