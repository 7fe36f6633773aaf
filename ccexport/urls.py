from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", admin.site.admin_view(admin.site.index), name="home"),
    path("admin/", RedirectView.as_view(pattern_name="home")),
    path("connections/", include("connections.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
