"""The pages of the project, and beside them a list of exports as Django's own admin makes it, at /stock/."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path

from ccexport.urls import urlpatterns as of_the_project
from exports.models import Export

stock = admin.AdminSite(name="stock")


@admin.register(Export, site=stock)
class StockExports(admin.ModelAdmin):
    """The same rows, columns, order and page as the project's list."""

    list_display = ("name", "last_run", "connection", "may_manage", "updated_at")
    search_fields = ("name",)
    ordering = ("name",)
    list_per_page = admin.site.get_model_admin(Export).list_per_page

    def get_queryset(self, request: HttpRequest) -> QuerySet[Export]:
        return admin.site.get_model_admin(Export).get_queryset(request)

    @admin.display(ordering="run_queued_at")
    def last_run(self, export: Any) -> str:
        return f"{export.run_status} {export.run_queued_at}"

    @admin.display(ordering="may_manage", boolean=True)
    def may_manage(self, export: Any) -> bool:
        return bool(export.may_manage)


urlpatterns = [path("stock/", stock.urls), *of_the_project]
