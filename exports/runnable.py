"""Whether an export can run now, and the sentence when it can't."""

from __future__ import annotations

from connections.models import Connection

from .models import Export
from .sentences import Sentence, sentence


class NotRunnableError(Exception):
    """The export can't run now. `sentence` says why and what to do."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code, self.details = code, details
        self.sentence: Sentence = sentence(code, details)

    def __str__(self) -> str:
        return str(self.sentence)


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
