"""How exports depend on a connection: what stands in the way of removing it, and what another account changes."""

from __future__ import annotations

import logging
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from connections.dependents import Dependent
from connections.models import Connection
from exports.destination import lists
from exports.destination.account import AccountError
from exports.models import Export, Run

from .removal import detach, remove_export

logger = logging.getLogger(__name__)


class ExportsOnConnection:
    """Tells the page that removes a connection which exports use it."""

    def of(self, connection: Connection) -> list[Dependent]:
        exports = Export.objects.filter(connection=connection)
        running = set(Run.objects.open().filter(export__in=exports).values_list("export_id", flat=True))
        return [_dependent(export, is_running=export.pk in running) for export in exports]


def _dependent(export: Export, *, is_running: bool) -> Dependent:
    def detach_it(by: Any) -> None:
        detach(export, by=by)

    def remove_it(by: Any) -> None:
        remove_export(export)

    return Dependent(
        id=f"export-{export.pk}",
        name=export.name,
        url=reverse("admin:exports_export_change", args=[export.pk]),
        detach=detach_it,
        remove=remove_it,
        note=_("A run is in progress. Detaching the connection stops it.") if is_running else "",
    )


def check_lists_again(sender: Any, connection: Connection, **kwargs: Any) -> None:
    """A connection leads to another account now: look there for the list of each export that uses it.

    A list that is not found keeps its former account, and so its export refuses to run and says why.
    """
    for export in Export.objects.filter(connection=connection).exclude(list_account_id=connection.account_id):
        try:
            found = lists.find(connection, export.list_id)
        except AccountError:
            logger.info("The list of export %s is not in the account its connection leads to now.", export.pk)
            continue
        Export.objects.filter(pk=export.pk, list_id=export.list_id).update(
            list_account_id=connection.account_id, list_name=found.name
        )
