"""A list of the stock admin whose rows have pages of our own, and no others."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from .pages import View


class OwnPages(ModelAdmin):
    """Of the stock pages only the list and the history have an address.

    Beside ours, the stock form would still answer for other spellings of a row's number (" 1"), inside a
    transaction and without asking which connection a person may use.
    """

    pages: Sequence[tuple[str, View, str]] = ()  # route, view, name

    def get_urls(self) -> list[URLPattern]:
        prefix = f"{self.opts.app_label}_{self.opts.model_name}"
        stock = {f"{prefix}_changelist", f"{prefix}_history"}
        own = [
            path(route, self.admin_site.admin_view(view), name=f"{prefix}_{name}") for route, view, name in self.pages
        ]
        return [*own, *(pattern for pattern in super().get_urls() if pattern.name in stock)]
