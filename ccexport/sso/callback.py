"""Coming back from the provider: signed in, confirmed, or with a sentence that says why not."""

from __future__ import annotations

import logging
import re
import time
from typing import Any

from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from requests import RequestException

from connections import reauthentication

from .options import configured
from .people import Claims, NotAllowedError, person_of, sign_in, text
from .provider import CLOCKS_DIFFER, UntrustedError

logger = logging.getLogger(__name__)

BACKEND = "django.contrib.auth.backends.ModelBackend"
SIGN_IN, CONFIRM = "sign_in", "confirm"


def handle_callback(request: HttpRequest, sociallogin: Any) -> HttpResponseRedirect:
    """Sign in, or confirm, who comes back from the provider. Raises UntrustedError when another request is answered."""
    data, claims = sociallogin.state.get("data") or {}, sociallogin.claims
    if not data.get("nonce") or claims.get("nonce") != data["nonce"]:
        raise UntrustedError("the ID token was made for another sign-in (nonce)")
    if data["purpose"] == CONFIRM:
        return _confirm(request, data, claims)
    try:
        user, notes = sign_in(claims)
    except NotAllowedError as error:
        messages.error(request, str(error))
        return redirect("admin:login")
    request.signed_in_through = configured().name  # type: ignore[attr-defined]  # for the audit trail
    login(request, user, backend=BACKEND)
    for note in notes:
        messages.warning(request, note)
    return HttpResponseRedirect(data["next"])


def refuse(request: HttpRequest, error: Any, exception: Exception | None, state: Any) -> HttpResponseRedirect:
    """Say why nobody was signed in, and lead back to where they began."""
    data = (state or {}).get("data") or {}
    if exception is not None or state is not None:  # not what anybody may send who never left
        logger.warning("Signing in through %s failed: %s", configured().name, _reason(request, exception))
    confirms = data.get("purpose") == CONFIRM
    if error == AuthError.CANCELLED:
        code = "confirm.cancelled" if confirms else "cancelled"
    elif isinstance(exception, RequestException):
        code = "unreachable"
    elif state is None and exception is None:
        code = "expired"
    else:
        code = "confirm.untrusted" if confirms else "untrusted"
    messages.error(request, text(code))
    return HttpResponseRedirect(data["next"]) if confirms else redirect("admin:login")


def _reason(request: HttpRequest, exception: Exception | None) -> str:
    """Return what went wrong, for the log. Never the text of a foreign error: it may hold an answer with tokens."""
    if exception is None:
        code = request.GET.get("error", "")
        return "the provider answered " + (code if re.fullmatch("[a-z_]{1,40}", code) else "without a code")
    if isinstance(exception, UntrustedError):
        return str(exception)
    return "the exchange of the code was refused" if isinstance(exception, OAuth2Error) else type(exception).__name__


def _confirm(request: HttpRequest, data: Any, claims: Claims) -> HttpResponseRedirect:
    """Note that the person at this browser has just proved who they are: the same one, and not by an old session."""
    user: Any = request.user
    is_same = user.is_authenticated and user.pk == data["user"] and person_of(claims) == user
    signed_in_at = claims.get("auth_time")
    is_fresh = isinstance(signed_in_at, int) and data["began"] - CLOCKS_DIFFER <= signed_in_at <= time.time() + 60
    if is_same and is_fresh:
        reauthentication.mark(request.session)
        messages.success(request, text("confirm.done"))
    else:
        messages.error(request, text("confirm.not_fresh" if is_same else "confirm.somebody_else"))
    return HttpResponseRedirect(data["next"])
