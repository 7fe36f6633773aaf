"""Where django-allauth asks what to do next. It carries out the protocol; who signs in is decided here."""

from __future__ import annotations

from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from .callback import handle_callback, refuse
from .provider import Provider, application


class Adapter(DefaultSocialAccountAdapter):
    """Has every answer given by our own pages; django-allauth's are never shown."""

    def get_provider(self, request: HttpRequest, provider: Any, client_id: Any = None) -> Provider:
        return Provider(request, app=application())

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> NoReturn:
        raise ImmediateHttpResponse(handle_callback(request, sociallogin))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> NoReturn:
        raise ImmediateHttpResponse(refuse(request, error, exception, (extra_context or {}).get("state")))
