"""The addresses of pages that are of no row: those about the system, and the one about a person."""

from typing import Any

from django.urls import URLPattern, path

from ccexport.alerts import views as alerts
from ccexport.audit import views as audit
from ccexport.status import views as status
from exports.views import why
from web.pages import View

PAGES: tuple[tuple[str, View, str], ...] = (
    ("status/", status.status, "system_status"),
    ("status/live/", status.live, "system_status_live"),
    ("status/hosts/<int:pk>/retire/", status.retire_host, "system_status_retire_host"),
    ("alerts/", alerts.alerts, "system_alerts"),
    ("alerts/test/", alerts.test, "system_alerts_test"),
    ("alerts/mine/", alerts.choose, "system_alerts_choose"),
    ("audit/", audit.audit, "system_audit"),
    ("audit/download/", audit.download, "system_audit_download"),
)


def addresses(in_frame: Any) -> list[URLPattern]:
    """Return the addresses; `in_frame` is the admin site's own guard, which asks people to sign in."""
    of_system = [path(f"system/{route}", in_frame(view), name=name) for route, view, name in PAGES]
    return [*of_system, path("exports/why/", in_frame(why.show), name="exports_why")]
