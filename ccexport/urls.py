from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from .health import healthz, readyz
from .metrics import metrics

urlpatterns = [
    path("", admin.site.admin_view(admin.site.index), name="home"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("connections/", include("connections.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", RedirectView.as_view(pattern_name="home")),
    path("admin/", admin.site.urls),
]
if settings.OIDC:
    urlpatterns.append(path("sign-in/", include("ccexport.sso.urls")))
