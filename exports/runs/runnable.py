"""Whether an export can run now, and why not."""

from __future__ import annotations

from connections.models import Connection
from exports.models import Export
from web.messages import MessageError


class NotRunnableError(MessageError):
    """The export can't run now. `message` says why and what to do; `reason` and `details` are kept with a run."""

    def __init__(self, reason: str, **details: object) -> None:
        super().__init__(f"run.{reason}", **details)
        self.reason, self.details = reason, details


def check_runnable(export: Export) -> None:
    """Raise NotRunnableError unless the export is complete and its connection can be used."""
    connection = export.connection
    if connection is None:
        raise NotRunnableError("detached")
    if connection.state == Connection.State.NEEDS_RECONNECTING:
        raise NotRunnableError("reconnect", connection=connection.display_name)
    if connection.state != Connection.State.CONNECTED or connection.saved_at is None:
        raise NotRunnableError("connection_unfinished", connection=connection.display_name)
    if export.list_account_id and export.list_account_id != connection.account_id:
        raise NotRunnableError("list_of_another_account", list=export.list_name or export.list_id)
    if not export.list_id:
        raise NotRunnableError("no_list")
    if not export.mapping.get("email"):
        raise NotRunnableError("no_email_mapping")
    if not export.segments.exists():
        raise NotRunnableError("no_segments")
