"""A list of the stock admin whose rows have pages of our own, and no others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from .pages import View, allowed


def _nobody(user: Any) -> bool:
    return False


class OwnPages(ModelAdmin):
    """Of the stock pages only the list and the history have an address.

    Beside ours, the stock form would still answer for other spellings of a row's number (" 1"), inside a
    transaction and without asking which connection a person may use. Whoever may not see the list sees none of the
    pages; what else a page needs, its view asks.
    """

    pages: Sequence[tuple[str, View, str]] = ()  # route, view, name
    may_view: Callable[[Any], bool] = staticmethod(_nobody)  # functions of the app's permissions
    may_edit: Callable[[Any], bool] = staticmethod(_nobody)

    def get_urls(self) -> list[URLPattern]:
        prefix = f"{self.opts.app_label}_{self.opts.model_name}"
        stock = {f"{prefix}_changelist", f"{prefix}_history"}
        guard = allowed(self.may_view)
        own = [
            path(route, self.admin_site.admin_view(guard(view)), name=f"{prefix}_{name}")
            for route, view, name in self.pages
        ]
        return [*own, *(pattern for pattern in super().get_urls() if pattern.name in stock)]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may_view(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_view(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_edit(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_edit(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_edit(request.user)
