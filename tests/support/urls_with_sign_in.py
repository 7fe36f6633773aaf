"""The addresses as they are where single sign-on is set up."""

from django.urls import include, path

from ccexport.urls import urlpatterns as ours

urlpatterns = [*ours, path("sign-in/", include("ccexport.sso.urls"))]
