"""BigQuery through adbc-driver-bigquery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from sqlglot import exp

from profiles.databases.kinds import Field

from .warehouses import Warehouse

if TYPE_CHECKING:
    from profiles.databases.session import Session

_OPTION = "adbc.bigquery.sql."


class BigQuery(Warehouse):
    code = "bigquery"
    label = "BigQuery"
    description = _("A table or view in Google BigQuery. Google bills the queries to your project.")
    icon = "query_stats"
    package = "adbc_driver_bigquery"
    requirements = "requirements-bigquery.txt"
    dialect = "bigquery"
    server_field = "project"
    schema_field = Field(
        "schema", _("Dataset"), _("The dataset that the table is in; project.dataset if it is in another project.")
    )
    fields = (
        Field(
            "project",
            _("Project ID"),
            _("The project that is billed for queries, for example my-project-123."),
            pattern="[A-Za-z0-9.:_-]+",
        ),
        Field(
            "location",
            _("Location"),
            _("Optional: where the dataset is, for example EU or us-east1."),
            required=False,
            pattern="[A-Za-z0-9-]*",
        ),
        Field(
            "credentials",
            _("Key of a service account"),
            _("The whole JSON file of the key. Its roles: BigQuery Job User and BigQuery Data Viewer."),
            secret=True,
            long=True,
            # Other kinds of credentials name programs to run and addresses to fetch.
            pattern=r'\s*\{(?s:.*)"type"\s*:\s*"service_account"(?s:.*)\}\s*',
            complaint=_("This is no key of a service account. Open the JSON file of the key, and paste all of it."),
        ),
    )

    def options(self, entered: Mapping[str, str]) -> dict[str, str]:
        options = {
            f"{_OPTION}project_id": entered["project"],
            f"{_OPTION}location": entered.get("location", ""),
            f"{_OPTION}auth_type": f"{_OPTION}auth_type.json_credential_string",
            f"{_OPTION}auth_credentials": entered.get("credentials", ""),
        }
        return {name: value for name, value in options.items() if value}

    def prepare(self, session: Session) -> None:
        """It has no sessions to prepare: moments are in UTC, and what is ended here is cancelled there."""
        session.rows(exp.select(exp.Literal.number(1)))

    def stream_options(self) -> dict[str, str | int]:
        # The driver's own are 200 batches and 10 streams at once, several hundred megabytes.
        return {f"{_OPTION}query.result_buffer_size": 4, f"{_OPTION}query.prefetch_concurrency": 2}
