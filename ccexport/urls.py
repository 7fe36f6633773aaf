from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from .status.health import healthz, readyz
from .status.metrics import metrics

urlpatterns = [
    path("", admin.site.admin_view(admin.site.index), name="home"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("connections/", include("connections.pages.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", RedirectView.as_view(pattern_name="home")),
    # Where the pages about profile sources were before they had an app of their own.
    path(
        "admin/segments/profilesource/<path:rest>",
        RedirectView.as_view(url="/admin/profiles/profilesource/%(rest)s", query_string=True, permanent=True),
    ),
    path(
        "admin/segments/profilesource/",
        RedirectView.as_view(url="/admin/profiles/profilesource/", query_string=True, permanent=True),
    ),
    path("admin/", admin.site.urls),
]
if settings.OIDC:
    urlpatterns.append(path("sign-in/", include("ccexport.sso.urls")))
