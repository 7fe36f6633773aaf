"""Connections in the admin: the list, and the addresses of our own pages about a connection."""

from datetime import date

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from web.model_admin import OwnPages

from . import tokens
from .models import Connection
from .pages import connection, export_user, oauth, wizard
from .pages.links import connection_badge, url_of
from .permissions import can_manage_connections


@admin.register(Connection)
class ConnectionAdmin(OwnPages):
    """Administrators only. All pages but the list and the history are our own."""

    may_view = may_edit = staticmethod(can_manage_connections)
    pages = (
        ("add/", wizard.choose_kind, "add"),
        ("add/<str:kind>/", wizard.new, "new"),
        ("<int:pk>/set-up/", wizard.set_up, "set_up"),
        ("<int:pk>/set-up/save/", wizard.save, "save"),
        ("<int:pk>/set-up/<slug:slug>/", wizard.step, "step"),
        ("<int:pk>/authenticate/", oauth.authenticate, "authenticate"),
        ("<int:pk>/other-account/", oauth.confirm_other_account, "other_account"),
        ("<int:pk>/change/", connection.change, "change"),
        ("<int:pk>/limits/", connection.limits, "limits"),
        ("<int:pk>/consents.csv", connection.consents_csv, "consents"),
        ("consents.csv", connection.all_consents_csv, "all_consents"),
        ("<int:pk>/test/", connection.test, "test"),
        ("<int:pk>/export-user/", export_user.change_export_user, "export_user"),
        ("<int:pk>/delete/", connection.remove, "delete"),
        ("<int:pk>/release/", connection.release, "release"),
    )
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

    @admin.display(description=_("Status"), ordering="state")
    def status(self, connection: Connection) -> SafeString:
        badge = connection_badge(connection).render()
        if not connection.is_draft:
            return badge
        link = '<span class="cc-row">{} <a class="cc-link" href="{}">{}</a></span>'
        return format_html(link, badge, url_of("set_up", connection.pk), gettext("Continue"))

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
