"""What can be done with an export from the list: one button, and a menu of the rest.

Most rows offer the same, so the HTML of each kind of row is made once, and the row's own numbers are put into it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from exports.models import Run
from web.badges import icon

from .cells import NOTHING, address

PK, RUN = "number-of-the-export", "number-of-the-run"
LINK = '<a class="cc-menu__item{}" href="{}">{}{}</a>'
# The buttons belong to the form of exports/list/after.html: a form can't lie inside the one around the list.
BUTTON = '<button type="submit" form="row-form" class="cc-menu__item{}" formaction="{}">{}{}</button>'


class _Offered(NamedTuple):
    """What tells the rows apart in which something else is offered."""

    is_running: bool
    is_held: bool  # its last run needs a decision
    may_run: bool
    may_manage: bool
    may_detach: bool


@admin.display(description=gettext_lazy("Actions"))
def row_actions(export: Any) -> SafeString:
    running = export.run_status in Run.OPEN
    connected = export.connection_id is not None
    held = export.run_status == Run.Status.NEEDS_DECISION
    offered = _Offered(running, held, export.may_run and connected, export.may_manage, export.may_detach and connected)
    first, menu = _made(offered, get_language())
    name = {"name": export.name}
    label = _("Open the run of “%(name)s” in progress") if running else _("Run “%(name)s” now")
    if held:
        label = _("Open the run of “%(name)s” that needs a decision")
    html = format_html(
        '<div class="cc-row-actions">{}<button type="button" class="cc-button cc-button--small cc-button--quiet" '
        'popovertarget="menu-{}" aria-label="{}">{}</button><div class="cc-menu" id="menu-{}" popover>{}</div></div>',
        format_html(first, label % name) if first else NOTHING,
        export.pk,
        _("More actions for “%(name)s”") % name,
        icon("more_horiz"),
        export.pk,
        menu,
    )
    return mark_safe(html.replace(PK, str(export.pk)).replace(RUN, str(export.run_pk)))  # noqa: S308 - numbers


@lru_cache(maxsize=64)
def _made(offered: _Offered, language: str) -> tuple[str, SafeString]:
    """The first button, with a place for its label, and the items of the menu; in the language of the moment."""
    return _first(offered), format_html_join("", "{}", ([item] for item in _items(offered)))


def _first(offered: _Offered) -> str:
    if offered.is_running or offered.is_held:
        target, image, text = address("exports_run_change", RUN), icon("visibility"), _("Open the run")
        return f'<a class="cc-button cc-button--small" href="{target}" aria-label="{{}}">{image}{text}</a>'
    if offered.may_run:
        target, image, text = address("exports_export_run_now", PK), icon("play_arrow"), _("Run now")
        return (
            f'<button type="submit" form="row-form" class="cc-button cc-button--small" formaction="{target}" '
            f'aria-label="{{}}">{image}{text}</button>'
        )
    return ""


def _items(offered: _Offered) -> list[SafeString]:
    schedule = f"{reverse('admin:exports_export_schedule')}?export={PK}"
    manage, run = offered.may_manage, offered.may_run
    # (offered, kind, address, icon, label)
    items = (
        (manage, LINK, address("exports_export_change", PK), "edit", _("Edit")),
        (run and offered.is_held, BUTTON, address("exports_export_run_now", PK), "play_arrow", _("Run now")),
        (not manage, LINK, address("exports_export_change", PK), "visibility", _("View")),
        (run and not offered.is_running, BUTTON, address("exports_export_preview", PK), "preview", _("Preview")),
        (manage, LINK, address("exports_export_duplicate", PK), "content_copy", _("Create duplicate")),
        (manage, LINK, schedule, "event_repeat", _("Schedule")),
        (run and offered.is_running, BUTTON, address("exports_run_cancel", RUN), "block", _("Cancel run")),
        (offered.may_detach, LINK, address("exports_export_detach", PK), "link_off", _("Detach connection")),
        (manage, LINK, address("exports_export_delete", PK), "delete", _("Remove")),
    )
    return [
        format_html(kind, " cc-menu__item--danger" if image == "delete" else "", target, icon(image), label)
        for is_offered, kind, target, image, label in items
        if is_offered
    ]
