"""The addresses of System › Schedule. Its list is a page of our own."""

from __future__ import annotations

from django.contrib import admin

from exports.models import Refresh
from exports.permissions import can_view_exports
from exports.views import schedule
from web.model_admin import OwnPages


@admin.register(Refresh)
class RefreshAdmin(OwnPages):
    may_view = staticmethod(can_view_exports)
    pages = (
        ("", schedule.show, "changelist"),
        ("now/", schedule.refresh_now, "now"),
        ("<int:pk>/change/", schedule.show_refresh, "change"),
    )
