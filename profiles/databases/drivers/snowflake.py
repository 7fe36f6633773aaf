"""Snowflake through adbc-driver-snowflake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from sqlglot import exp

from jobs.limits import WAITS
from profiles.databases.kinds import Field

from .warehouses import Warehouse

if TYPE_CHECKING:
    from profiles.databases.session import Session

LOGIN_SECONDS = WAITS.log_in

_MOMENT = "YYYY-MM-DD HH24:MI:SS.FF3TZH:TZM"
_OPTION = "adbc.snowflake.sql."
_CLIENT = f"{_OPTION}client_option."
_KEY_PAIR, _TOKEN, _PASSWORD = "auth_jwt", "auth_pat", "auth_snowflake"
_SECRET = {
    _KEY_PAIR: f"{_CLIENT}jwt_private_key_pkcs8_value",
    _TOKEN: f"{_CLIENT}auth_token",
    _PASSWORD: "password",
}


class Snowflake(Warehouse):
    code = "snowflake"
    label = "Snowflake"
    description = _("A table or view in Snowflake, asked through a warehouse of your account.")
    icon = "ac_unit"
    package = "adbc_driver_snowflake"
    requirements = "requirements-snowflake.txt"
    dialect = "snowflake"
    server_field = "account"
    schema_field = Field("schema", _("Schema"), _("As Snowflake shows it, usually in capital letters; the table too."))
    fields = (
        Field(
            "account",
            _("Account identifier"),
            _("Organization and account as in the address of Snowflake, for example myorg-account1."),
            pattern="[A-Za-z0-9._-]+",
        ),
        Field("warehouse", _("Warehouse"), _("The warehouse that answers queries and is billed for it.")),
        Field("database", _("Database")),
        Field("role", _("Role"), _("Optional: use a read-only role."), required=False),
        Field("user", _("User")),
        Field(
            "auth_type",
            _("Sign in with"),
            initial=_KEY_PAIR,
            choices=(
                (_KEY_PAIR, _("A private key")),
                (_TOKEN, _("A programmatic access token")),
                (_PASSWORD, _("A password")),
            ),
        ),
        Field(
            "secret",
            _("Private key, token or password"),
            _("A private key as PEM (PKCS #8), from its BEGIN line to its END line."),
            secret=True,
            long=True,
        ),
        Field(
            "passphrase", _("Passphrase of the private key"), _("Only if it is encrypted."), secret=True, required=False
        ),
    )

    def options(self, entered: Mapping[str, str]) -> dict[str, str]:
        options = {
            f"{_OPTION}account": entered["account"],
            f"{_OPTION}warehouse": entered["warehouse"],
            f"{_OPTION}db": entered["database"],
            f"{_OPTION}role": entered.get("role", ""),
            "username": entered["user"],
            f"{_OPTION}auth_type": entered["auth_type"],
            _SECRET[entered["auth_type"]]: entered.get("secret", "").strip(),
            f"{_CLIENT}login_timeout": f"{LOGIN_SECONDS}s",
            f"{_CLIENT}app_name": "Constant Contact exports",
        }
        if entered["auth_type"] == _KEY_PAIR:
            options[f"{_CLIENT}jwt_private_key_pkcs8_password"] = entered.get("passphrase", "")
        return {name: value for name, value in options.items() if value}

    def prepare(self, session: Session) -> None:
        session_settings = {
            "STATEMENT_TIMEOUT_IN_SECONDS": exp.Literal.number(session.seconds),
            "TIMEZONE": exp.Literal.string("UTC"),
            "TIMESTAMP_TZ_OUTPUT_FORMAT": exp.Literal.string(_MOMENT),
            "TIMESTAMP_LTZ_OUTPUT_FORMAT": exp.Literal.string(_MOMENT),
        }
        for name, value in session_settings.items():
            item = exp.SetItem(this=exp.EQ(this=exp.column(name), expression=value))
            session.rows(exp.Alter(kind="SESSION", actions=[exp.AlterSession(expressions=[item])]))

    def stream_options(self) -> dict[str, str | int]:
        # The driver's own are 200 batches and 10 streams at once, several hundred megabytes.
        return {
            "adbc.rpc.result_queue_size": "4",
            "adbc.snowflake.rpc.prefetch_concurrency": "2",
            "adbc.snowflake.statement.query_tag": "Constant Contact exports",
        }
