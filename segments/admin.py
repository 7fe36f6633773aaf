"""Segments in the admin: the list, and the addresses of our own pages about a row."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, Value
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from profiles.admin import Admin

from .deletion import with_use_count
from .models import Segment
from .pages import builder
from .pages import segments as segment_pages
from .pages.badges import segment_badge, with_standing
from .permissions import can_edit_segments, can_view_segments
from .rules.wording import in_short


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
    list_display = ("name_link", "type", "state_label", "status", "members", "refreshed", "used_by", "row_actions")
    list_filter = ("type", "state")
    list_select_related = ("source",)
    search_fields = ("name", "description", "source__name")
    search_help_text = _("Search by name, description or profile source")
    actions = ("refresh_selected",)
    list_after_template = "segments/list/after.html"
    pages = (
        ("add/", builder.add, "add"),
        ("attributes/<int:pk>/", builder.attributes, "attributes"),
        ("inspect/", builder.inspect, "inspect"),
        ("<int:pk>/change/", segment_pages.show, "change"),
        ("<int:pk>/edit/", builder.edit, "edit"),
        ("<int:pk>/status/", segment_pages.status, "status"),
        ("<int:pk>/members/", segment_pages.members, "members"),
        ("<int:pk>/members/download/", segment_pages.download, "download"),
        ("<int:pk>/refresh/", segment_pages.refresh, "refresh"),
        ("<int:pk>/turn/<slug:how>/", segment_pages.change_state, "turn"),
        ("<int:pk>/duplicate/", segment_pages.copy, "duplicate"),
        ("<int:pk>/delete/", segment_pages.remove, "delete"),
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
    def refresh_selected(self, request: HttpRequest, selected: "QuerySet[Segment]") -> None:
        segment_pages.refresh_several(request, selected)

    @admin.display(description=_("Name"), ordering="name")
    def name_link(self, segment: Segment) -> SafeString:
        return render_to_string("segments/list/segment_name.html", {"segment": segment, "text": in_short(segment)})

    @admin.display(description=pgettext_lazy("of a segment", "State"), ordering="state")
    def state_label(self, segment: Segment) -> str:
        return segment.get_state_display()

    @admin.display(description=_("Status"), ordering="standing")
    def status(self, segment: Any) -> SafeString:
        return segment_badge(segment).render()

    @admin.display(description=_("Members"), ordering="member_count")
    def members(self, segment: Segment) -> SafeString:
        return render_to_string("segments/list/members.html", {"segment": segment})

    @admin.display(description=_("Refreshed"), ordering="counted_at")
    def refreshed(self, segment: Segment) -> SafeString:
        return render_to_string("segments/moment.html", {"moment": segment.counted_at})

    @admin.display(description=pgettext_lazy("of a segment", "Used by"), ordering="use_count")
    def used_by(self, segment: Any) -> SafeString:
        return render_to_string("segments/list/uses.html", {"count": segment.use_count})

    @admin.display(description=_("Actions"))
    def row_actions(self, segment: Any) -> SafeString:
        return render_to_string("segments/list/actions.html", {"segment": segment, "may_edit": segment.may_edit})
