from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CcexportConfig(AppConfig):
    name = "ccexport"
    verbose_name = _("Constant Contact exporter")

    def ready(self) -> None:
        from .roles import make_roles

        # The permissions of every app exist only after the last app's post_migrate: this one is sent for each.
        post_migrate.connect(make_roles, dispatch_uid="ccexport.roles")


class ExporterAdminConfig(AdminConfig):
    default_site = "ccexport.site.ExporterAdminSite"
