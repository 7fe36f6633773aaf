"""To the provider and back. Leaving is a POST; coming back is a GET by its nature, guarded by the state."""

from __future__ import annotations

import time
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from requests import RequestException

from .callback import CONFIRM, SIGN_IN, refuse
from .options import configured
from .provider import ProviderClient

# What asking the provider for its configuration raises: it is away, or says less than it must.
FAILURES = (OAuth2Error, RequestException, KeyError, ValueError)


@never_cache
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Go and sign in at the provider."""
    return _leave(request, {"purpose": SIGN_IN, "next": _next(request)})


@never_cache
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Go and sign in at the provider once more, whatever session there is: for people without a password here."""
    if not request.user.is_authenticated:  # then back to the page: this address answers no GET
        return redirect_to_login(_next(request))
    data = {"purpose": CONFIRM, "next": _next(request), "user": request.user.pk, "began": int(time.time())}
    return _leave(request, data, prompt="login", max_age="0")


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    state, *_when = statekit.get_states(request).get(request.GET.get("state", ""), (None,))
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(ProviderClient(request))(request)
    except FAILURES as error:  # django-allauth asks for the configuration before it begins to look for errors
        return refuse(request, None, error, state)
    return answer


def _leave(request: HttpRequest, data: dict[str, Any], **parameters: str) -> HttpResponse:
    """Lead to the provider by a page of our own.

    A redirect of the form would need the provider in form-action of the Content-Security-Policy of each page that
    holds it, and which host that is only the provider's configuration says.
    """
    data["nonce"] = get_random_string(32)
    provider = get_adapter().get_provider(request, configured().issuer)
    try:
        answer = provider.redirect(
            request, AuthProcess.LOGIN, data=data, auth_params={"nonce": data["nonce"], **parameters}
        )
    except FAILURES as error:
        return refuse(request, None, error, {"data": data})
    return render(request, "ccexport/sso/leave.html", {"address": answer.url, "provider": configured().name})


def _next(request: HttpRequest) -> str:
    """Return where to go afterwards: a page of ours."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else reverse("home")
