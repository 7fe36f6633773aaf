"""The one button beside the sentence of a run that waits, failed or was skipped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from connections.permissions import can_manage_connections
from exports.models import Run
from exports.permissions import can_manage, can_run, can_see_people
from exports.reports.attention import can_retry

from .pages import export_url, run_url

_CONNECTION = frozenset(
    {"reconnect", "connection_unfinished", "export_user_missing", "export_user_inactive", "export_user_not_allowed"}
    | {"forbidden"}
)
_EXPORT = frozenset(
    {"detached", "detached_while_open", "list_of_another_account", "list_gone", "no_list", "no_email_mapping"}
    | {"no_segments", "no_members", "segment_gone", "too_many_profiles", "too_little_memory"}
    | {"rejected", "all_refused"}
)
_AGAIN = frozenset({"cancelled", "some_refused", "counts_disagree", "plan_damaged", "gave_up", "unexpected", "segment"})


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where the button leads; `is_post` when it changes something."""

    label: str | Promise
    url: str
    is_post: bool = False


def next_step_of(user: Any, run: Run) -> NextStep | None:
    """Return the button that helps with why the run waits or ended, if this person may press it."""
    if run.reason in _CONNECTION and run.export.connection_id and can_manage_connections(user):
        address = reverse("admin:connections_connection_change", args=[run.export.connection_id])
        return NextStep(_("Reconnect") if run.reason == "reconnect" else _("Open the connection"), address)
    if run.reason in _EXPORT and can_manage(user, run.export):
        return NextStep(_("Edit export"), export_url("change", run.export_id))
    if run.reason in _AGAIN and not run.is_open and can_run(user, run.export):
        label = _("Retry failed batches") if can_retry(run) else _("Run again")
        return NextStep(label, export_url("run_now", run.export_id), is_post=True)
    if run.reason in ("some_left_out", "some_left_out_and_not_added") and run.plan_file and can_see_people(user, run):
        return NextStep(_("Download left-out profiles"), run_url("left_out", run.pk))
    return None
