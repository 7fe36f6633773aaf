from django.urls import path

from . import views

urlpatterns = [
    path("", views.begin, name="sso_begin"),
    path("confirm/", views.confirm, name="sso_confirm"),
    path("callback/", views.callback, name="sso_callback"),
]
