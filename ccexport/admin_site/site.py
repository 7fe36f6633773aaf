from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

OUR_APPS = {"ccexport", "connections", "profiles", "segments", "exports"}


class ExporterAdminSite(UnfoldAdminSite):
    """The one admin site: everything people do is a page of it, so that rights and navigation have one home."""

    site_title = site_header = _("Constant Contact exporter")
    index_title = _("Home")
    index_template = "ccexport/home.html"
    login_template = "ccexport/login.html"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register pages of ours only.

        Libraries bring pages for their own tables, and those would open side doors: whoever may add a
        schedule of the queue may run any function, and Django's own page of a user hands out any permission.
        """
        if admin_class is not None and admin_class.__module__.split(".")[0] in OUR_APPS:
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[Any]:
        from .system_urls import addresses

        return [*addresses(self.admin_view), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        from ccexport.home.page import home

        return super().index(request, {**home(request), **(extra_context or {})})

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        provider = settings.OIDC.name if settings.OIDC else None
        return super().login(request, {"sign_in_provider": provider, **(extra_context or {})})

    def app_index(self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None) -> Any:
        """The menu leads to every page; a list of an app's tables says nothing that people look for."""
        return redirect("home")

    def list_page(self, request: HttpRequest, model: str) -> str | None:
        """Return the address of the list of `model` ("app.Model"), or None when this person may not open it."""
        model_admin = self._admin_of(model)
        if model_admin is None or not model_admin.has_view_permission(request):
            return None
        return self._address(model_admin, "changelist")

    def add_page(self, request: HttpRequest, model: str) -> str | None:
        """Return the address where a new `model` ("app.Model") is made, or None when this person may not."""
        model_admin = self._admin_of(model)
        if model_admin is None or not model_admin.has_add_permission(request):
            return None
        return self._address(model_admin, "add")

    def row_page(self, request: HttpRequest, row: Any) -> str | None:
        """Return the address of one row's page, or None when this person may not open it."""
        model_admin = self._admin_of(row._meta.label)
        if model_admin is None or not model_admin.has_view_permission(request, row):
            return None
        return self._address(model_admin, "change", row.pk)

    def _admin_of(self, label: str) -> Any:
        return next((page for model, page in self._registry.items() if model._meta.label == label), None)

    def _address(self, model_admin: Any, page: str, *args: Any) -> str:
        opts = model_admin.opts
        return reverse(f"{self.name}:{opts.app_label}_{opts.model_name}_{page}", args=args)
