"""Profile sources and segments in the admin: the lists, and the addresses of our own pages about a row."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from . import builder_views, segment_views, source_tiles, source_views
from .databases import views as database_views
from .deletion import with_use_count
from .looks import look_of, with_standing
from .models import ProfileImport, ProfileSource, Segment
from .own_pages import OwnPages
from .permissions import can_edit_segments, can_edit_sources, can_view_segments, can_view_sources
from .wording import in_short


class Admin(OwnPages):
    """A list of this app. All pages but it and the history are our own."""

    may_view: Any  # functions of .permissions
    may_edit: Any
    none_yet: dict[str, Any]  # what the list says while it is empty
    list_display_links = None  # the name is a link already
    list_fullwidth = True

    class Media:
        css = {"all": ["segments/segments.css"]}
        js = ["ccexport/menu.js"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"none_yet": self.none_yet, **(extra_context or {})})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(self.may_view(request.user))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.may_view(request.user))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.may_edit(request.user))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.may_edit(request.user))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.may_edit(request.user))


@admin.register(ProfileSource)
class ProfileSourceAdmin(Admin):
    may_view = staticmethod(can_view_sources)
    may_edit = staticmethod(can_edit_sources)
    none_yet = {
        "title": _("No profile sources yet"),
        "text": _(
            "A profile source holds your customers, one row each. Segments are made of them. Begin with a CSV file."
        ),
        "action": _("Add profile source"),
        "icon": "database",
    }
    list_display = ("the_name", "status", "profiles", "attributes_told", "segments_told", "refreshed")
    search_fields = ("name", "file_name")
    search_help_text = _("Search by name or file")
    actions = None
    pages = (
        ("add/", source_tiles.add, "add"),
        ("add/file/", source_views.add_file, "add_file"),
        ("add/<slug:database>/", database_views.add, "add_database"),
        ("<int:pk>/database/", database_views.edit, "database"),
        ("<int:pk>/refresh/", database_views.refresh, "refresh"),
        ("<int:pk>/test/", database_views.test, "test"),
        ("columns/", source_views.columns, "columns"),
        ("<int:pk>/change/", source_views.show, "change"),
        ("<int:pk>/upload/", source_views.upload, "upload"),
        ("<int:pk>/progress/", source_views.progress, "progress"),
        ("<int:pk>/delete/", source_views.remove, "delete"),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ProfileSource]":
        """With the number of segments, and how the last import ended."""
        last = ProfileImport.objects.filter(source=OuterRef("pk")).order_by("-pk").values("state")[:1]
        sources = super().get_queryset(request).select_related("database").defer("database__secrets")
        return sources.annotate(segment_count=Count("segments"), import_state=Subquery(last))

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
class SegmentAdmin(Admin):
    may_view = staticmethod(can_view_segments)
    may_edit = staticmethod(can_edit_segments)
    none_yet = {
        "title": _("No segments yet"),
        "text": _(
            "A segment is a set of customers described by conditions, for example everybody in one country. "
            "Exports send segments."
        ),
        "action": _("Add segment"),
        "icon": "groups",
    }
    list_display = ("the_name", "type", "its_state", "status", "members", "refreshed", "used_by", "row_actions")
    list_filter = ("type", "state")
    list_select_related = ("source",)
    search_fields = ("name", "description", "source__name")
    search_help_text = _("Search by name, description or profile source")
    actions = ("refresh_selected",)
    list_after_template = "segments/list/after.html"
    pages = (
        ("add/", builder_views.add, "add"),
        ("attributes/<int:pk>/", builder_views.attributes, "attributes"),
        ("inspect/", builder_views.inspect, "inspect"),
        ("<int:pk>/change/", segment_views.show, "change"),
        ("<int:pk>/edit/", builder_views.edit, "edit"),
        ("<int:pk>/status/", segment_views.status, "status"),
        ("<int:pk>/members/", segment_views.members, "members"),
        ("<int:pk>/members/download/", segment_views.download, "download"),
        ("<int:pk>/refresh/", segment_views.refresh, "refresh"),
        ("<int:pk>/turn/<slug:how>/", segment_views.turn, "turn"),
        ("<int:pk>/duplicate/", segment_views.copy, "duplicate"),
        ("<int:pk>/delete/", segment_views.remove, "delete"),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Segment]":
        """With how the last evaluation stands, and how many rows use each."""
        rows = with_use_count(with_standing(super().get_queryset(request)))
        return rows.annotate(may_edit=Value(can_edit_segments(request.user)))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered = super().get_actions(request)
        offered.pop("delete_selected", None)
        return offered if can_edit_segments(request.user) else {}

    @admin.action(description=_("Refresh the selected segments"))
    def refresh_selected(self, request: HttpRequest, chosen: "QuerySet[Segment]") -> None:
        segment_views.refresh_several(request, chosen)

    @admin.display(description=_("Name"), ordering="name")
    def the_name(self, segment: Segment) -> SafeString:
        return render_to_string("segments/list/segment_name.html", {"segment": segment, "text": in_short(segment)})

    @admin.display(description=pgettext_lazy("of a segment", "State"), ordering="state")
    def its_state(self, segment: Segment) -> str:
        return segment.get_state_display()

    @admin.display(description=_("Status"), ordering="standing")
    def status(self, segment: Any) -> SafeString:
        return render_to_string("segments/list/status.html", {"look": look_of(segment)})

    @admin.display(description=_("Members"), ordering="member_count")
    def members(self, segment: Segment) -> SafeString:
        return render_to_string("segments/list/members.html", {"segment": segment})

    @admin.display(description=_("Last refreshed"), ordering="counted_at")
    def refreshed(self, segment: Segment) -> SafeString:
        return render_to_string("segments/moment.html", {"moment": segment.counted_at})

    @admin.display(description=_("Used by"), ordering="use_count")
    def used_by(self, segment: Any) -> SafeString:
        return render_to_string("segments/list/uses.html", {"count": segment.use_count})

    @admin.display(description=_("Actions"))
    def row_actions(self, segment: Any) -> SafeString:
        return render_to_string("segments/list/actions.html", {"segment": segment, "may_edit": segment.may_edit})
