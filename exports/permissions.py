"""Who may do what with exports and runs: one function per right, asked by button, page and POST alike.

The documented product's rules: everybody may look at exports; contributors manage every export on a
connection that is shared with them, whoever created it; administrators manage all; viewers change nothing.
"""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Value

from connections.models import Connection
from connections.permissions import can_manage_connections

from .models import Export, Run, Suppression, SuppressionUpload


def can_view_exports(user: Any) -> bool:
    return bool(user.is_active and user.is_staff and user.has_perm("exports.view_export"))


def can_create_exports(user: Any) -> bool:
    """In general: contributors and administrators. The connection they may use is checked with the form."""
    return bool(user.is_active and user.is_staff and user.has_perm("exports.add_export"))


def can_manage(user: Any, export: Export | None = None) -> bool:
    """May `user` edit, preview, duplicate and remove this export? Without one: any at all?"""
    if not can_create_exports(user):
        return False
    if export is None or can_manage_connections(user):
        return True
    if export.connection_id is None:
        return False  # detached: only administrators attach another connection
    return Connection.objects.usable_by(user).filter(pk=export.connection_id).exists()


def can_run(user: Any, export: Export | None = None) -> bool:
    """Running is a right of its own, held by those who may manage the export."""
    return bool(user.has_perm("exports.run_export")) and can_manage(user, export)


def can_decide(user: Any, run: Run) -> bool:
    """May `user` send or discard a plan that a brake holds? Administrators, and the owner of the export while they may
    run it; where the connection says so, never the one who started the run.

    The owner is who created the export; when that account is gone, who changed it last.
    """
    export = run.export
    if not can_run(user, export):
        return False
    if export.connection is not None and export.connection.decided_by_another and run.started_by_id == user.pk:
        return False
    return can_manage_connections(user) or user.pk == (export.created_by_id or export.updated_by_id)


def can_send_plan(user: Any, run: Run) -> bool:
    """May `user` have this plan sent? That of a preview by whoever may run the export; one that a brake holds then
    waits for a decision.
    """
    return can_decide(user, run) if run.status == Run.Status.NEEDS_DECISION else can_run(user, run.export)


def with_rights_of(user: Any, exports: QuerySet[Export]) -> QuerySet[Export]:
    """Annotate each export with what `user` may do, in one query: the answers of can_manage, can_run, can_detach."""
    may_manage: Any = Value(can_create_exports(user))
    if can_create_exports(user) and not can_manage_connections(user):
        may_manage = Exists(Connection.objects.usable_by(user).filter(pk=OuterRef("connection_id")))
    may_run = may_manage if user.has_perm("exports.run_export") else Value(False)
    return exports.annotate(may_manage=may_manage, may_run=may_run, may_detach=Value(can_detach(user)))


def can_detach(user: Any) -> bool:
    """Detaching a connection from an export is an administrator's."""
    return can_manage_connections(user)


def can_schedule_refresh(user: Any) -> bool:
    """The system refresh touches every export: its schedule, and starting it, are an administrator's."""
    return can_manage_connections(user)


def can_erase(user: Any) -> bool:
    """To erase a person touches every source and every export, and cannot be undone: it is an administrator's."""
    return can_manage_connections(user)


def can_view_run(user: Any, run: Run) -> bool:
    return can_view_exports(user)


def can_see_people(user: Any, run: Run) -> bool:
    """Rows of people, with addresses: those who may run the export; a viewer sees counts only."""
    return can_run(user, run.export)


can_view_suppressions = can_view_exports  # how many there are; whom, only makers of exports see
can_suppress = can_create_exports  # for the connections they may use


def can_suppress_everywhere(user: Any) -> bool:
    """For all connections at once: administrators."""
    return can_manage_connections(user)


def can_release(user: Any) -> bool:
    """Who is not to be written to is written to again only when an administrator says so, with a reason."""
    return can_manage_connections(user)


def can_see_suppression(user: Any, row: Suppression | SuppressionUpload) -> bool:
    """Makers of exports see those of all connections and of the ones that they may use."""
    return can_suppress(user) and type(row).objects.seen_by(user).filter(pk=row.pk).exists()


def can_add_upload(user: Any, upload: SuppressionUpload) -> bool:
    """May `user` have the addresses of a file added that was counted, or drop it?"""
    return can_see_suppression(user, upload) and (bool(upload.account_id) or can_suppress_everywhere(user))
