"""The form of an export: add, edit, duplicate, or look at it without the right to change it.

Not the stock admin's views: those run inside a transaction, and saving asks Constant Contact about the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.models import Connection
from exports.destination import fields as destination_fields
from exports.destination.account import AccountError
from exports.destination.field_types import NEW_TYPES
from exports.destination.lists import others_writing_to
from exports.editing.saving import ChangedMeanwhileError, Size, save_export, sends_everyone_again, size_of
from exports.forms.export_form import ExportForm
from exports.forms.matching import NEW, PERSON, Row
from exports.models import Export
from exports.people.roster import roster_of
from exports.permissions import can_create_exports, can_detach, can_manage, can_run, can_view_exports
from exports.plan.overlaps import exports_sharing
from segments.deletion import SegmentGoneError
from web.pages import allowed, page, record
from web.races import saved

from .actions import begin_run
from .form_scripts import CONTROLS, for_scripts
from .pages import export_url, for_export, home_of

CHANGED_MEANWHILE = gettext_lazy(
    "Somebody else saved this export while you had it open, so your change is not saved yet. "
    "Everything you entered is still here: save again to replace theirs, or cancel to keep it."
)
SENDS_EVERYONE = gettext_lazy(
    "The list, the data matching or the type of a custom field changed, so the next run sends everyone, not only "
    "changes."
)


@allowed(can_create_exports)
def add(request: HttpRequest) -> HttpResponse:
    return _edit(request, title=_("Add export"))


@for_export(can_manage)
def duplicate(request: HttpRequest, export: Export) -> HttpResponse:
    """A new export that starts from another one. Nothing exists until it is saved."""
    return _edit(request, title=_("Duplicate export"), like=export)


@for_export(lambda user, export: can_view_exports(user))
def change(request: HttpRequest, export: Export) -> HttpResponse:
    """Edit an export; without the right to, look at it."""
    if can_manage(request.user, export):
        return _edit(request, title=export.name, export=export)
    if request.method == "POST":
        raise PermissionDenied
    return _view(request, export)


def _edit(
    request: HttpRequest, *, title: str, export: Export | None = None, like: Export | None = None
) -> HttpResponse:
    form = ExportForm(request.POST if request.method == "POST" else None, user=request.user, export=export, like=like)
    if request.method == "POST" and form.is_valid():
        try:
            kept = saved(form, lambda: save_export(form.draft, export, seen=form.seen, by=request.user))
        except AccountError as error:
            form.refuse(error)
        except SegmentGoneError as error:
            form.add_error("segments", str(error))
        except ChangedMeanwhileError:
            form.add_error(None, CHANGED_MEANWHILE)
        else:
            if kept is not None:
                return _saved(request, kept, is_new=export is None)
    return page(
        request, "exports/edit.html", title=title, model=Export, row=export, **_context(request, form, export or like)
    )


def _saved(request: HttpRequest, export: Export, *, is_new: bool) -> HttpResponse:
    record(request, export, _("Saved."), ADDITION if is_new else CHANGE)
    message = _("The export “%(name)s” is saved. Saving does not run it.") % {"name": export.name}
    messages.success(request, message)
    if sends_everyone_again(export):
        messages.info(request, SENDS_EVERYONE)
    if size_of(export.segments.all()).is_over:
        messages.warning(request, _("The segments have more profiles than an export can have: runs will be skipped."))
    if request.POST.get("then") == "preview" and can_run(request.user, export):
        return begin_run(request, export, preview=True)
    return redirect(home_of(export))


def _context(request: HttpRequest, form: ExportForm, shown: Export | None) -> dict[str, Any]:
    """What the page of the form needs. `shown`: the export it was filled from, if any."""
    export = form.export
    return {
        "form": form,
        "export": export,
        "seen": export.updated_at.isoformat() if export else "",
        "list_name": shown.list_name if shown and form["list_id"].value() == shown.list_id else "",
        "has_connection": Connection.objects.usable_by(request.user).exists(),
        "add_connection": admin.site.add_page(request, "connections.Connection"),  # type: ignore[attr-defined]
        "add_segment": admin.site.add_page(request, "segments.Segment"),  # type: ignore[attr-defined]
        "pattern": Row(),
        "target_groups": destination_fields.choices(),
        "field_types": NEW_TYPES,
        "new": NEW,
        "person": PERSON,
        "segments": form.all_segments,
        "size": Size(0, settings.MAX_PROFILES_PER_EXPORT),
        "addresses": {"account": export_url("account"), "create": export_url("create_list")},
        "cancel": export_url("changelist"),
        **for_scripts(form),
        **CONTROLS,
        **(_about(request, export) if export else {}),
    }


def _view(request: HttpRequest, export: Export) -> HttpResponse:
    segments = list(export.segments.select_related("source"))
    return page(
        request,
        "exports/view.html",
        title=export.name,
        row=export,
        export=export,
        matched=[
            (
                destination_fields.label_of(target, export.custom_field_labels),
                attribute,
                target == destination_fields.EMAIL or target in export.strict_targets,
            )
            for target, attribute in destination_fields.in_order(export.mapping)
        ],
        segments=segments,
        size=size_of(segments),
        close=export_url("changelist"),
        **_about(request, export),
    )


def _about(request: HttpRequest, export: Export) -> dict[str, Any]:
    """What is said about an export beside its settings: its last runs, and what one may do with it."""
    runs = export.runs.filter(preview=False).select_related("started_by")
    same_list = others_writing_to(export.list_id, export.list_account_id, apart_from=export)
    return {
        "runs": runs[:5],
        "list_read_at": _list_read_at(export),
        "open_run": export.runs.open().first(),
        "overlaps": same_list,
        "sharing": _sharing(export, same_list),
        "may_run": can_run(request.user, export),
        "may_manage": can_manage(request.user, export),
        "may_detach": can_detach(request.user) and export.connection_id is not None,
    }


def _list_read_at(export: Export) -> datetime | None:
    """Of when the list is as it was read back last; until then no page promises who is left alone."""
    known = roster_of(export.list_account_id, export.list_id)
    return known.read_at if known is not None else None


def _sharing(export: Export, same_list: Sequence[Export]) -> list[dict[str, str]]:
    """Exports to other lists of the account that fill some of the same fields, with the labels of these."""
    sharing = exports_sharing(export.list_account_id, export.mapping, apart_from=export)
    return [
        {
            "name": other.name,
            "fields": _(", ").join(
                destination_fields.label_of(field, export.custom_field_labels) for field in sorted(fields)
            ),
        }
        for other, fields in sharing.items()
        if other not in same_list
    ]
