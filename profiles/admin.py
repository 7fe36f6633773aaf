"""Profile sources in the admin: the list, and the addresses of our own pages about a row."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from web.model_admin import OwnPages

from .models import ProfileImport, ProfileSource
from .pages import databases as database_views
from .pages import file_preview, source_tiles
from .pages import formats as format_pages
from .pages import sources as source_pages
from .pages.badges import database_badge, import_badge
from .permissions import can_edit_sources, can_view_sources


class Admin(OwnPages):
    """A list of this app. All pages but it and the history are our own."""

    none_yet: dict[str, Any]  # what the list says while it is empty
    list_display_links = None  # the name is a link already
    list_fullwidth = True

    class Media:
        css = {"all": ["segments/segments.css"]}
        js = ["ccexport/menu.js"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"none_yet": self.none_yet, **(extra_context or {})})


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
    list_display = ("name_link", "status", "profiles", "attribute_count", "segment_number", "refreshed")
    search_fields = ("name", "file_name")
    search_help_text = _("Search by name or file")
    actions = None
    pages = (
        ("add/", source_tiles.add, "add"),
        ("add/file/", source_pages.add_file, "add_file"),
        ("add/<slug:database>/", database_views.add, "add_database"),
        ("<int:pk>/database/", database_views.edit, "database"),
        ("<int:pk>/refresh/", database_views.refresh, "refresh"),
        ("<int:pk>/test/", database_views.test, "test"),
        ("columns/", file_preview.columns, "columns"),
        ("<int:pk>/change/", source_pages.show, "change"),
        ("<int:pk>/upload/", source_pages.upload, "upload"),
        ("<int:pk>/mark-damaged/", source_pages.mark_damaged, "mark_damaged"),
        ("<int:pk>/format/", format_pages.choose_format, "format"),
        ("<int:pk>/words/", format_pages.choose_empty_words, "words"),
        ("<int:pk>/progress/", source_pages.progress, "progress"),
        ("<int:pk>/delete/", source_pages.remove, "delete"),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ProfileSource]":
        """With the number of segments, and how the last import ended."""
        last = ProfileImport.objects.filter(source=OuterRef("pk")).order_by("-pk").values("state")[:1]
        sources = super().get_queryset(request).select_related("database").defer("database__secrets")
        return sources.annotate(segment_count=Count("segments"), import_state=Subquery(last))

    @admin.display(description=_("Name"), ordering="name")
    def name_link(self, source: ProfileSource) -> SafeString:
        return render_to_string("profiles/list/source_name.html", {"source": source})

    @admin.display(description=_("Status"), ordering="import_state")
    def status(self, source: Any) -> SafeString:
        if source.is_in_database:
            return database_badge(source.database).render()
        return import_badge(source, source.import_state).render()

    @admin.display(description=_("Profiles"), ordering="row_count")
    def profiles(self, source: ProfileSource) -> SafeString:
        return render_to_string("segments/list/number.html", {"number": source.row_count})

    @admin.display(description=_("Attributes"))
    def attribute_count(self, source: ProfileSource) -> SafeString:
        return render_to_string("segments/list/number.html", {"number": len(source.columns)})

    @admin.display(description=_("Segments"), ordering="segment_count")
    def segment_number(self, source: Any) -> SafeString:
        return render_to_string("segments/list/number.html", {"number": source.segment_count})

    @admin.display(description=_("Refreshed"), ordering="refreshed_at")
    def refreshed(self, source: ProfileSource) -> SafeString:
        return render_to_string("segments/moment.html", {"moment": source.refreshed_at})
