"""The menu: what one person may see of it, in the order of their work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ccexport.permissions import can_see_alerts, can_see_audit, can_see_status
from exports.permissions import can_run


@dataclass(frozen=True)
class Item:
    """A page of the menu: the list of `model`, shown to whoever that model's admin lets look at it."""

    title: str | Promise
    icon: str
    model: str

    def address(self, request: HttpRequest) -> str | None:
        site: Any = admin.site
        return site.list_page(request, self.model)


@dataclass(frozen=True)
class Page:
    """A page of the menu that is no list of rows: the address called `name`, shown to whoever has the `right`."""

    title: str | Promise
    icon: str
    name: str
    right: Callable[[Any], bool]

    def address(self, request: HttpRequest) -> str | None:
        return reverse(self.name) if self.right(request.user) else None


GROUPS: list[tuple[str | Promise, list[Item | Page]]] = [
    (
        _("Data"),
        [
            Item(_("Segments"), "groups", "segments.Segment"),
            Item(_("Profile sources"), "database", "profiles.ProfileSource"),
            Item(_("Exports"), "outbox", "exports.Export"),
            Item(_("Runs"), "history", "exports.Run"),
            Item(_("Suppressions"), "person_off", "exports.Suppression"),
            Page(_("Find a person"), "person_search", "admin:exports_why", can_run),
        ],
    ),
    (
        _("Admin"),
        [
            Item(_("Connections"), "link", "connections.Connection"),
            Item(_("Permissions"), "shield_person", "auth.User"),
        ],
    ),
    (
        _("System"),
        [
            Item(_("Schedule"), "event_repeat", "exports.Refresh"),
            Page(_("Status"), "monitor_heart", "admin:system_status", can_see_status),
            Page(_("Alerts"), "notifications", "admin:system_alerts", can_see_alerts),
            Page(_("Audit"), "policy", "admin:system_audit", can_see_audit),
            Item(_("Erasures"), "person_remove", "exports.Erasure"),
        ],
    ),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar's groups for unfold: Home, then each page this person may open."""
    home = reverse("home")
    groups: list[dict[str, Any]] = [
        {"items": [{"title": _("Home"), "icon": "home", "link": home, "active": request.path == home}]}
    ]
    for title, items in GROUPS:
        pages = [{"title": item.title, "icon": item.icon, "link": item.address(request)} for item in items]
        groups.append({"title": title, "items": [page for page in pages if page["link"]]})
    return [group for group in groups if group["items"]]
