"""Profile sources and segments in the admin: the lists, and the addresses of our own pages about a row."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from . import segment_views, source_tiles, source_views
from .databases import views as database_views
from .models import ProfileImport, ProfileSource, Segment
from .pages import View
from .permissions import can_edit_segments, can_edit_sources, can_view_segments, can_view_sources
from .wording import in_short


@admin.register(ProfileSource)
class ProfileSourceAdmin(ModelAdmin):
    """All pages but the list and the history are our own."""

    list_display = ("the_name", "status", "profiles", "attributes_told", "segments_told", "refreshed")
    list_display_links = None  # the name is a link already
    search_fields = ("name", "file_name")
    search_help_text = _("Search by name or file")
    actions = None
    list_fullwidth = True

    class Media:
        css = {"all": ["segments/segments.css"]}

    def get_urls(self) -> list[URLPattern]:
        pages: list[tuple[str, View, str]] = [
            ("add/", source_tiles.add, "add"),
            ("add/file/", source_views.add_file, "add_file"),
            ("add/<slug:database>/", database_views.add, "add_database"),
            ("<int:pk>/database/", database_views.edit, "database"),
            ("<int:pk>/refresh/", database_views.refresh, "refresh"),
            ("columns/", source_views.columns, "columns"),
            ("<int:pk>/change/", source_views.show, "change"),
            ("<int:pk>/upload/", source_views.upload, "upload"),
            ("<int:pk>/progress/", source_views.progress, "progress"),
            ("<int:pk>/delete/", source_views.remove, "delete"),
        ]
        own = [
            path(route, self.admin_site.admin_view(view), name=f"segments_profilesource_{name}")
            for route, view, name in pages
        ]
        return [*own, *_list_and_history(self, super().get_urls())]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ProfileSource]":
        """With the number of segments, and how the last import ended."""
        last = ProfileImport.objects.filter(source=OuterRef("pk")).order_by("-pk").values("state")[:1]
        sources = super().get_queryset(request).select_related("database").defer("database__secrets")
        return sources.annotate(segment_count=Count("segments"), import_state=Subquery(last))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_view_sources(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_view_sources(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return can_edit_sources(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_edit_sources(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_edit_sources(request.user)

    @admin.display(description=_("Name"), ordering="name")
    def the_name(self, source: ProfileSource) -> SafeString:
        return render_to_string("segments/list/source_name.html", {"source": source})

    @admin.display(description=_("Status"), ordering="import_state")
    def status(self, source: Any) -> SafeString:
        if source.is_in_database:
            return render_to_string("segments/databases/state.html", {"address": source.database, "source": source})
        return render_to_string("segments/import_state.html", {"state": source.import_state, "source": source})

    @admin.display(description=_("Profiles"), ordering="row_count")
    def profiles(self, source: ProfileSource) -> SafeString:
        return render_to_string("segments/list/number.html", {"number": source.row_count})

    @admin.display(description=_("Attributes"))
    def attributes_told(self, source: ProfileSource) -> SafeString:
        return render_to_string("segments/list/number.html", {"number": len(source.columns)})

    @admin.display(description=_("Segments"), ordering="segment_count")
    def segments_told(self, source: Any) -> SafeString:
        return render_to_string("segments/list/number.html", {"number": source.segment_count})

    @admin.display(description=_("Refreshed"), ordering="refreshed_at")
    def refreshed(self, source: ProfileSource) -> SafeString:
        return render_to_string("segments/moment.html", {"moment": source.refreshed_at})


@admin.register(Segment)
class SegmentAdmin(ModelAdmin):
    """All pages but the list and the history are our own."""

    list_display = ("the_name", "members", "conditions", "source", "counted")
    list_display_links = None  # the name is a link already
    list_select_related = ("source",)
    search_fields = ("name", "description", "source__name")
    search_help_text = _("Search by name, description or profile source")
    actions = None
    list_fullwidth = True

    class Media:
        css = {"all": ["segments/segments.css"]}

    def get_urls(self) -> list[URLPattern]:
        pages: list[tuple[str, View, str]] = [
            ("add/", segment_views.add, "add"),
            ("attributes/<int:pk>/", segment_views.attributes, "attributes"),
            ("count/", segment_views.count, "count"),
            ("<int:pk>/change/", segment_views.change, "change"),
            ("<int:pk>/members/", segment_views.members, "members"),
            ("<int:pk>/refresh/", segment_views.refresh, "refresh"),
            ("<int:pk>/delete/", segment_views.remove, "delete"),
        ]
        own = [
            path(route, self.admin_site.admin_view(view), name=f"segments_segment_{name}")
            for route, view, name in pages
        ]
        return [*own, *_list_and_history(self, super().get_urls())]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_view_segments(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_view_segments(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return can_edit_segments(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_edit_segments(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_edit_segments(request.user)

    @admin.display(description=_("Name"), ordering="name")
    def the_name(self, segment: Segment) -> SafeString:
        return render_to_string("segments/list/segment_name.html", {"segment": segment})

    @admin.display(description=_("Members"), ordering="member_count")
    def members(self, segment: Segment) -> SafeString:
        return render_to_string("segments/list/members.html", {"segment": segment})

    @admin.display(description=_("Conditions"))
    def conditions(self, segment: Segment) -> SafeString:
        return render_to_string("segments/list/conditions.html", {"text": in_short(segment)})

    @admin.display(description=_("Counted"), ordering="counted_at")
    def counted(self, segment: Segment) -> SafeString:
        return render_to_string("segments/moment.html", {"moment": segment.counted_at})


def _list_and_history(model_admin: ModelAdmin, patterns: list[URLPattern]) -> list[URLPattern]:
    """The stock pages that are of use; the stock form would answer for other spellings of a row's number (" 1")."""
    prefix = f"{model_admin.opts.app_label}_{model_admin.opts.model_name}"
    return [pattern for pattern in patterns if pattern.name in {f"{prefix}_changelist", f"{prefix}_history"}]
