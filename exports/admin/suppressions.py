"""The addresses of our pages about suppressions."""

from __future__ import annotations

from django.contrib import admin

from exports.models import Suppression
from exports.permissions import can_suppress, can_view_suppressions
from exports.views import suppression_uploads, suppressions
from web.model_admin import OwnPages


@admin.register(Suppression)
class SuppressionAdmin(OwnPages):
    """Data › Suppressions. Everybody sees how many there are; whom and why, makers of exports."""

    may_view = staticmethod(can_view_suppressions)
    may_edit = staticmethod(can_suppress)
    pages = (
        ("", suppressions.show_all, "changelist"),
        ("add/", suppressions.add, "add"),
        ("download/", suppressions.download, "download"),
        ("<int:pk>/change/", suppressions.show, "change"),
        ("<int:pk>/remove/", suppressions.remove, "remove"),
        ("upload/", suppression_uploads.upload, "upload"),
        ("uploads/<int:pk>/", suppression_uploads.show, "upload_show"),
        ("uploads/<int:pk>/progress/", suppression_uploads.progress, "upload_progress"),
        ("uploads/<int:pk>/add/", suppression_uploads.add, "upload_add"),
        ("uploads/<int:pk>/discard/", suppression_uploads.drop, "upload_drop"),
        ("uploads/<int:pk>/remove/", suppression_uploads.remove, "upload_remove"),
    )
