"""Taking away an export, or its connection; and what exports do when their connection goes or leads elsewhere."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit_trail import changes_of
from connections.dependents import Dependent
from connections.models import Connection
from engine.files import discard
from exports.destination import lists
from exports.destination.account import AccountError
from exports.models import Export, Run
from exports.plan.overlaps import forget_what_it_overwrote

logger = logging.getLogger(__name__)

IN_PROGRESS = gettext_lazy(
    "A run of this export is in progress. Cancel it and wait until it has ended, then remove the export."
)


class RunInProgressError(ValueError):
    """An export can't be removed while it runs: the answer of Constant Contact would find no run to belong to."""


def remove_export(export: Export) -> None:
    """Delete the export with its runs and their plans; lists at Constant Contact stay as they are.

    Raises RunInProgressError.
    """
    with transaction.atomic():
        locked = Export.objects.select_for_update().filter(pk=export.pk)
        if not locked.exists():
            return  # somebody else was quicker
        if export.runs.open().exists():
            raise RunInProgressError(IN_PROGRESS)
        forget_what_it_overwrote(export)
        plans = list(export.runs.exclude(plan_file="").values_list("plan_file", flat=True))
        plans += export.runs.exclude(removal_file="").values_list("removal_file", flat=True)
        Export.objects.get(pk=export.pk).delete()
        for plan in plans:
            transaction.on_commit(partial(discard, plan))


def detach(export: Export, *, by: Any) -> bool:
    """Take the connection away: the export keeps its settings and can't run until it gets another one.

    A run in progress ends with its next step. True when it was this call that detached it.
    """
    attached = Export.objects.filter(pk=export.pk, connection__isnull=False)
    with changes_of(export, by=by):
        return bool(attached.update(connection=None, updated_at=timezone.now(), updated_by=by))


class ExportsOnConnection:
    """Tells the page that removes a connection which exports use it."""

    def of(self, connection: Connection) -> list[Dependent]:
        exports = Export.objects.filter(connection=connection)
        running = set(Run.objects.open().filter(export__in=exports).values_list("export_id", flat=True))
        return [_dependent(export, is_running=export.pk in running) for export in exports]


def _dependent(export: Export, *, is_running: bool) -> Dependent:
    return Dependent(
        id=f"export-{export.pk}",
        name=export.name,
        url=reverse("admin:exports_export_change", args=[export.pk]),
        detach=lambda by: detach(export, by=by),
        remove=lambda by: remove_export(export),
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
