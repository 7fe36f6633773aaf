"""The list of runs, read-only, and the addresses of our own pages about runs and refreshes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from exports.models import Refresh, Run
from exports.permissions import can_view_exports
from exports.reports.badges import run_badge
from exports.reports.numbers import numbers_of, with_numbers
from exports.reports.sentence import headline
from exports.views import by_name, planned, runs, schedule, to_me, undo
from web.model_admin import OwnPages


@admin.register(Run)
class RunAdmin(OwnPages):
    """Runs are made by running exports, and changed by nobody."""

    may_view = staticmethod(can_view_exports)
    list_display = ("number", "export_name", "state_label", "outcome", "started", "took")
    list_display_links = None
    list_select_related = ("export", "started_by")
    list_filter = (("export", RelatedDropdownFilter), ("status", ChoicesDropdownFilter))
    list_filter_submit = True
    list_filter_sheet = True
    search_fields = ("export__name",)
    search_help_text = _("Search by export")
    list_fullwidth = True
    list_per_page = 50
    actions = None
    ordering = ("-pk",)
    pages = (
        ("<int:pk>/change/", runs.show, "change"),
        ("<int:pk>/progress/", runs.progress, "progress"),
        ("<int:pk>/cancel/", runs.cancel, "cancel"),
        ("<int:pk>/person/", runs.person, "person"),
        ("<int:pk>/left-out/", runs.left_out, "left_out"),
        ("<int:pk>/send/", planned.send, "send"),
        ("<int:pk>/discard/", planned.discard, "discard"),
        ("<int:pk>/undo/", undo.undo, "undo"),
        ("<int:pk>/removed/", undo.removed, "removed"),
        ("<int:pk>/people/", by_name.show, "people"),
        ("<int:pk>/people/download/", by_name.download, "people_download"),
        ("<int:pk>/to-me/", to_me.send, "to_me"),
    )

    class Media:
        css = {"all": ["exports/exports.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        return with_numbers(super().get_queryset(request))

    @admin.display(description=_("Run"), ordering="pk")
    def number(self, run: Run) -> SafeString:
        address = reverse("admin:exports_run_change", args=[run.pk])
        return format_html('<a class="cc-link" href="{}">{}</a>', address, run)

    @admin.display(description=_("Export"), ordering="export__name")
    def export_name(self, run: Run) -> str:
        return run.export.name

    @admin.display(description=_("Status"), ordering="status")
    def state_label(self, run: Run) -> SafeString:
        return run_badge(run.status, run.reason).render()

    @admin.display(description=_("Accepted by Constant Contact"), ordering="accepted")
    def outcome(self, run: Any) -> SafeString:
        numbers = numbers_of(run)
        return render_to_string("exports/list/outcome.html", {"numbers": numbers, "headline": headline(run, numbers)})

    @admin.display(description=_("Started"), ordering="queued_at")
    def started(self, run: Run) -> SafeString:
        return render_to_string("exports/list/started.html", {"run": run})

    @admin.display(description=_("Took"))
    def took(self, run: Run) -> SafeString:
        return render_to_string("exports/list/took.html", {"run": run})


@admin.register(Refresh)
class RefreshAdmin(OwnPages):
    """System › Schedule, whose list is a page of our own."""

    may_view = staticmethod(can_view_exports)
    pages = (
        ("", schedule.show, "changelist"),
        ("now/", schedule.refresh_now, "now"),
        ("<int:pk>/change/", schedule.show_refresh, "change"),
    )
