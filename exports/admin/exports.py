"""The list of exports, and the addresses of our own pages about an export."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from connections.models import Connection
from exports.models import Export, RefreshSchedule, Run
from exports.permissions import can_manage, can_run, can_view_exports, with_rights_of
from exports.views import account, bulk, editing, schedule_exports
from exports.views.actions import detach_connection, preview, remove, run_everyone, run_now
from web.model_admin import OwnPages

from . import cells, menu
from .rows import table


@admin.register(Export)
class ExportAdmin(OwnPages):
    """Everybody may look; what else a person may do is asked of exports.permissions, row by row."""

    may_view = staticmethod(can_view_exports)
    may_edit = staticmethod(can_manage)
    list_display = (
        "name_link",
        "last_run",
        "timetable",
        "connection_used",
        "your_permissions",
        "updated",
        "row_actions",
    )
    name_link = staticmethod(cells.name_link)
    last_run = staticmethod(cells.last_run)
    timetable = staticmethod(cells.timetable)
    connection_used = staticmethod(cells.connection_used)
    updated = staticmethod(cells.updated)
    row_actions = staticmethod(menu.row_actions)
    list_display_links = None  # the name is a link already
    search_fields = ("name", "connection__display_name")
    search_help_text = _("Search by export, connection or type")
    list_fullwidth = True
    list_after_template = "exports/list/after.html"
    actions = ("run_selected", "schedule_selected", "remove_selected")
    ordering = ("name",)
    pages = (
        ("add/", editing.add, "add"),
        ("schedule/", schedule_exports.schedule, "schedule"),
        ("run-all/", bulk.run_all, "run_all"),
        ("account/", account.account, "account"),
        ("account/lists/", account.create_list, "create_list"),
        ("<int:pk>/change/", editing.change, "change"),
        ("<int:pk>/duplicate/", editing.duplicate, "duplicate"),
        ("<int:pk>/run/", run_now, "run_now"),
        ("<int:pk>/run-everyone/", run_everyone, "run_everyone"),
        ("<int:pk>/preview/", preview, "preview"),
        ("<int:pk>/detach/", detach_connection, "detach"),
        ("<int:pk>/delete/", remove, "delete"),
    )

    class Media:
        css = {"all": ["exports/exports.css", "exports/schedule.css"]}
        js = ["ccexport/menu.js"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answer: HttpResponse = super().changelist_view(
            request, {"may_run_all": can_run(request.user), **(extra_context or {})}
        )
        if isinstance(answer, TemplateResponse) and answer.context_data and "cl" in answer.context_data:
            answer.context_data |= table(answer.context_data["cl"])
        return answer

    def get_queryset(self, request: HttpRequest) -> QuerySet[Export]:
        """With the last run that really happened, and what this person may do: a constant number of queries."""
        latest = Run.objects.filter(export=OuterRef("pk"), preview=False).exclude(trigger=Run.Trigger.TO_ME)
        latest = latest.order_by("-pk")
        columns = ("pk", "status", "reason", "queued_at", "scheduled_for", "trigger", "started_by__username")
        rows = super().get_queryset(request).select_related("connection", "updated_by", "schedule")
        rows = rows.annotate(**{f"run_{name}": Subquery(latest.values(name)[:1]) for name in columns})
        happened = latest.exclude(status=Run.Status.SKIPPED)
        rows = rows.annotate(**{f"ran_{name}": Subquery(happened.values(name)[:1]) for name in ("pk", "queued_at")})
        refresh = RefreshSchedule.objects.filter(is_on=True)
        rows = rows.annotate(refresh_at=Subquery(refresh.values("next_run_at")[:1]))
        return with_rights_of(request.user, rows)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Export], search_term: str
    ) -> tuple[QuerySet[Export], bool]:
        """Types are searched by what people call them."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        words = search_term.casefold()
        kinds = [kind for kind, label in Connection.Kind.choices if words and words in str(label).casefold()]
        if kinds:
            found |= queryset.filter(Q(connection__kind__in=kinds))
        return found, may_repeat

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Bulk actions for those who may manage exports at all; each row is asked again when one is done."""
        offered = super().get_actions(request)
        offered.pop("delete_selected", None)
        return offered if can_manage(request.user) else {}

    @admin.action(description=_("Run the selected exports"))
    def run_selected(self, request: HttpRequest, selected: QuerySet[Export]) -> None:
        bulk.run(request, selected)

    @admin.action(description=_("Schedule the selected exports"))
    def schedule_selected(self, request: HttpRequest, selected: QuerySet[Export]) -> HttpResponse:
        return schedule_exports.open_pane(list(selected))

    @admin.action(description=_("Remove the selected exports"))
    def remove_selected(self, request: HttpRequest, selected: QuerySet[Export]) -> HttpResponse | None:
        return bulk.remove(request, selected)

    @admin.display(description=_("Your permissions"), ordering="may_manage")
    def your_permissions(self, export: Any) -> str:
        return str(_("Edit and run") if export.may_manage else _("View only"))
