from django.urls import path

from .oauth import callback

app_name = "connections"
urlpatterns = [
    # Registered at Constant Contact as the redirect URI, so outside the admin and never to be moved.
    path("oauth/callback/", callback, name="oauth_callback"),
]
