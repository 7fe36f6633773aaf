"""Whether a run may go on: asked when a worker takes it, and right before every call to Constant Contact."""

from __future__ import annotations

from connections.export_users import export_user_problem
from exports.models import Export, Run
from exports.models.configuration import configuration_of

from .outcome import RunEnded


def check_rights(run: Run) -> None:
    """The connection is still there, for the same account, and its export user is still allowed to use it.

    Read anew each time: of a run that asked once in ninety seconds, six imports went out after the connection had
    been taken away. Raises RunEnded.
    """
    configuration = configuration_of(run)
    export = Export.objects.select_related("connection").filter(pk=run.export_id).first()
    connection = export.connection if export is not None else None
    if connection is None or connection.pk != configuration["connection_id"]:
        raise RunEnded(Run.Status.FAILED, "detached_while_open")
    problem = export_user_problem(connection)
    if problem is not None:
        raise RunEnded(Run.Status.FAILED, problem.code, **problem.details)
    if connection.account_id != configuration["account_id"]:
        raise another_account(run)


def another_account(run: Run) -> RunEnded:
    """How a run ends whose connection was given another account."""
    return RunEnded(Run.Status.FAILED, "list_of_another_account", list=configuration_of(run)["list_name"])
