from typing import Any

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.management import call_command
from django.core.signals import request_finished
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from engine.copies import sweep_now_and_then


class CcexportConfig(AppConfig):
    name = "ccexport"
    verbose_name = _("Constant Contact exporter")

    def ready(self) -> None:
        from django_q.signals import pre_execute

        from jobs import periodic
        from jobs.due import register
        from jobs.limits import LIMITS
        from logs import begin_task

        from . import checks, messages  # noqa: F401  registers the system checks and the texts
        from .alerts import store
        from .alerts.recipients import remember_language
        from .audit.watched import signed_in, signed_out, watch
        from .roles import make_roles
        from .status.hosts import host_retired

        watch()
        pre_execute.connect(begin_task, dispatch_uid="ccexport.begin_task")
        host_retired.connect(store.close_incident_of_host, dispatch_uid="ccexport.alerts")
        register(LIMITS.alert, store.due)
        periodic.register("system: every minute", "ccexport.tasks.every_minute", _("Check for problems (every minute)"))
        periodic.register(
            "system: every day",
            "ccexport.tasks.every_day",
            _("Clear the audit trail and files that nobody needs any more (every day)"),
            is_daily=True,
        )
        request_finished.connect(_sweep_copies, dispatch_uid="ccexport.copies")
        user_logged_in.connect(remember_language, dispatch_uid="ccexport.language")
        user_logged_in.connect(signed_in, dispatch_uid="ccexport.signed_in")
        user_logged_out.connect(signed_out, dispatch_uid="ccexport.signed_out")
        # The signal is sent for each app with models. Only after the last of them do the permissions of all exist.
        last = [app for app in apps.get_app_configs() if app.models_module][-1]
        post_migrate.connect(make_roles, sender=last)
        post_migrate.connect(_make_cache_table, sender=last)


class ExporterAdminConfig(AdminConfig):
    default_site = "ccexport.admin_site.site.ExporterAdminSite"

    def ready(self) -> None:
        super().ready()
        from .people import admin  # noqa: F401  registers the page of people


def _sweep_copies(**kwargs: Any) -> None:
    """Copies of profiles and plans go on every host that serves pages, also where no worker runs."""
    sweep_now_and_then()


def _make_cache_table(using: str, **kwargs: Any) -> None:
    """The cache is a table, so that every process and host shares it; `migrate` alone would not make it."""
    call_command("createcachetable", database=using, verbosity=0)
