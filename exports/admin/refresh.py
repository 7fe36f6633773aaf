"""The addresses of System › Schedule. Its list is a page of our own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from exports.models import Refresh
from exports.permissions import can_view_exports
from exports.views import schedule
from web.model_admin import OwnPages


@admin.register(Refresh)
class RefreshAdmin(OwnPages):
    pages = (
        ("", schedule.show, "changelist"),
        ("now/", schedule.refresh_now, "now"),
        ("<int:pk>/change/", schedule.show_refresh, "change"),
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_view_exports(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_view_exports(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
