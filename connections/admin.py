"""Connections in the admin: the list, and the addresses of our own pages about a connection."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from . import connection_views, export_user_views, oauth_views, tokens, wizard_views
from .models import Connection
from .pages import View, administrators_only
from .permissions import can_manage_connections


@admin.register(Connection)
class ConnectionAdmin(ModelAdmin):
    """Administrators only. All pages but the list and the history are our own."""

    list_display = (
        "display_name",
        "kind",
        "status",
        "account",
        "who_has_access",
        "export_user_name",
        "created",
        "days",
    )
    list_select_related = ("export_user__user",)
    search_fields = ("display_name", "organization_name")
    search_help_text = _("Search by name or organization")
    actions = None
    list_fullwidth = True

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Connection]":
        return tokens.with_refresh_time(super().get_queryset(request))

    def get_urls(self) -> list[URLPattern]:
        pages: list[tuple[str, View, str]] = [
            ("add/", wizard_views.choose_kind, "add"),
            ("add/<str:kind>/", wizard_views.new, "new"),
            ("<int:pk>/set-up/", wizard_views.set_up, "set_up"),
            ("<int:pk>/set-up/save/", wizard_views.save, "save"),
            ("<int:pk>/set-up/<slug:slug>/", wizard_views.step, "step"),
            ("<int:pk>/authenticate/", oauth_views.authenticate, "authenticate"),
            ("<int:pk>/other-account/", oauth_views.confirm_other_account, "other_account"),
            ("<int:pk>/change/", connection_views.change, "change"),
            ("<int:pk>/test/", connection_views.test, "test"),
            ("<int:pk>/export-user/", export_user_views.change_export_user, "export_user"),
            ("<int:pk>/delete/", connection_views.remove, "delete"),
            ("<int:pk>/release/", connection_views.release, "release"),
        ]
        own = [
            path(route, self.admin_site.admin_view(administrators_only(view)), name=f"connections_connection_{name}")
            for route, view, name in pages
        ]
        # Not the stock form: it would answer for other spellings of a row's number (" 1"), and ask for no consent.
        stock = {"connections_connection_changelist", "connections_connection_history"}
        return [*own, *(pattern for pattern in super().get_urls() if pattern.name in stock)]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_manage_connections(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_manage_connections(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return can_manage_connections(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_manage_connections(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_manage_connections(request.user)

    @admin.display(description=_("Status"), ordering="state")
    def status(self, connection: Connection) -> SafeString:
        return render_to_string("connections/status.html", {"connection": connection})

    @admin.display(description=_("Account"), ordering="organization_name")
    def account(self, connection: Connection) -> str:
        return connection.organization_name or "–"

    @admin.display(description=_("Who has access"), ordering="sharing")
    def who_has_access(self, connection: Connection) -> str:
        return connection.get_sharing_display() or "–"

    @admin.display(description=_("Export user"), ordering="export_user__user__username")
    def export_user_name(self, connection: Connection) -> str:
        return str(connection.export_user) if hasattr(connection, "export_user") else "–"

    @admin.display(description=_("Created"), ordering="created_at")
    def created(self, connection: Connection) -> date:
        return localtime(connection.created_at).date()

    @admin.display(description=_("Authorization ends in"), ordering="tokens_refreshed_at")
    def days(self, connection: Connection) -> str:
        left = tokens.days_left(connection)
        if left is None or connection.state != Connection.State.CONNECTED:
            return "–"
        return _("%(days)d of %(lifetime)d days") % {"days": left, "lifetime": tokens.LIFETIME.days}
