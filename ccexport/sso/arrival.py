"""Coming back from the provider: in, confirmed, or with a sentence that says why not."""

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
from django.utils.translation import gettext as _
from requests import RequestException

from connections import reauthentication

from .options import configured
from .people import Claims, NotAllowedError, admit, person_of
from .provider import CLOCKS_DIFFER, UntrustedError

logger = logging.getLogger(__name__)

BACKEND = "django.contrib.auth.backends.ModelBackend"
SIGN_IN, CONFIRM = "sign_in", "confirm"


def arrive(request: HttpRequest, sociallogin: Any) -> HttpResponseRedirect:
    """Take the answer to what was asked. Raises UntrustedError when it belongs to another question."""
    asked, claims = sociallogin.state.get("data") or {}, sociallogin.claims
    if not asked.get("nonce") or claims.get("nonce") != asked["nonce"]:
        raise UntrustedError("the ID token was made for another sign-in (nonce)")
    if asked["purpose"] == CONFIRM:
        return _confirm(request, asked, claims)
    try:
        user, told = admit(claims)
    except NotAllowedError as error:
        messages.error(request, str(error))
        return redirect("admin:login")
    request.signed_in_through = configured().name  # type: ignore[attr-defined]  # for the audit trail
    login(request, user, backend=BACKEND)
    for sentence in told:
        messages.warning(request, sentence)
    return HttpResponseRedirect(asked["next"])


def refuse(request: HttpRequest, error: Any, exception: Exception | None, state: Any) -> HttpResponseRedirect:
    """Say why nobody came in, and lead back to where they began."""
    asked = (state or {}).get("data") or {}
    confirms, name = asked.get("purpose") == CONFIRM, configured().name
    if exception is not None or state is not None:  # not what anybody may send who never left
        logger.warning("Signing in through %s failed: %s", name, _for_the_log(request, exception))
    messages.error(request, _why(error, exception, state, confirms) % {"provider": name})
    return HttpResponseRedirect(asked["next"]) if confirms else redirect("admin:login")


def _for_the_log(request: HttpRequest, exception: Exception | None) -> str:
    """Return what went wrong. Never the text of a foreign error: it may hold an answer with tokens."""
    if exception is None:
        code = request.GET.get("error", "")
        return "the provider answered " + (code if re.fullmatch("[a-z_]{1,40}", code) else "without a code")
    if isinstance(exception, UntrustedError):
        return str(exception)
    if isinstance(exception, OAuth2Error):
        return "the exchange of the code was refused"
    return type(exception).__name__


def _why(error: Any, exception: Exception | None, state: Any, confirms: bool) -> str:
    if error == AuthError.CANCELLED:
        if confirms:
            return _("Signing in at %(provider)s was cancelled, so nothing is confirmed. Try again.")
        return _("Signing in at %(provider)s was cancelled. Try again, or sign in with a password.")
    if isinstance(exception, RequestException):
        return _("%(provider)s can't be reached at the moment. Try again in a minute.")
    if state is None and exception is None:
        return _("Signing in took too long, or was begun in another window. Try again.")
    if confirms:
        return _(
            "The answer from %(provider)s can't be trusted, so nothing is confirmed. Try again. "
            "If it stays like that, the server's log says what is wrong."
        )
    return _(
        "The answer from %(provider)s can't be trusted, so nobody was signed in. Try again. "
        "If it stays like that, the server's log says what is wrong."
    )


def _confirm(request: HttpRequest, asked: Any, claims: Claims) -> HttpResponseRedirect:
    """Note that the person at this browser has just proved who they are: the same one, and not by an old session."""
    user: Any = request.user
    is_same = user.is_authenticated and user.pk == asked["user"] and person_of(claims) == user
    signed_in_at = claims.get("auth_time")
    is_fresh = isinstance(signed_in_at, int) and asked["began"] - CLOCKS_DIFFER <= signed_in_at <= time.time() + 60
    if is_same and is_fresh:
        reauthentication.mark(request.session)
        messages.success(request, _("%(provider)s has confirmed that it is you.") % {"provider": configured().name})
    elif is_same:
        sentence = _("%(provider)s did not ask you to sign in again, so this confirms nothing. Sign out there first.")
        messages.error(request, sentence % {"provider": configured().name})
    else:
        sentence = _("You signed in at %(provider)s as somebody else. Sign in there as yourself to confirm.")
        messages.error(request, sentence % {"provider": configured().name})
    return HttpResponseRedirect(asked["next"])
