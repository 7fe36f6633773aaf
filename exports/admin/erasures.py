"""System › Erasures: pages of our own, for administrators."""

from __future__ import annotations

from django.contrib import admin

from exports.models import Erasure
from exports.permissions import can_erase
from exports.views import erasures
from web.model_admin import OwnPages


@admin.register(Erasure)
class ErasureAdmin(OwnPages):
    """What was erased stays listed, with masked addresses; nobody changes it."""

    may_view = staticmethod(can_erase)
    pages = (
        ("", erasures.show_all, "changelist"),
        ("look/", erasures.look, "look"),
        ("start/", erasures.start, "start"),
        ("<int:pk>/change/", erasures.show, "change"),
        ("<int:pk>/progress/", erasures.progress, "progress"),
        ("<int:pk>/at-account/", erasures.at_account, "at_account"),
        ("<int:pk>/again/", erasures.again, "again"),
        ("<int:pk>/receipt/", erasures.receipt, "receipt"),
    )
