"""Taking an export away, and taking the connection away from an export."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit_trail import changes_of
from engine.files import discard
from exports.models import Export
from exports.plan.overlaps import forget_what_it_overwrote

IN_PROGRESS = _("A run of this export is in progress. Cancel it and wait until it has ended, then remove the export.")


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
