"""Coming back from the provider: in, confirmed, or with a sentence that says why not."""

from __future__ import annotations

import logging
import time
from typing import Any

from allauth.socialaccount.providers.base.constants import AuthError
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from requests import RequestException

from connections import proof

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
    return redirect(asked["next"])


def refuse(request: HttpRequest, error: Any, exception: Exception | None, state: Any) -> HttpResponseRedirect:
    """Say why nobody came in, and lead back to where they began."""
    if exception is not None:
        # Never the text of a foreign error: it may hold an answer with tokens.
        why = str(exception) if isinstance(exception, UntrustedError) else type(exception).__name__
        logger.warning("Signing in through %s failed: %s", configured().name, why)
    messages.error(request, _why(error, exception, state) % {"provider": configured().name})
    asked = (state or {}).get("data") or {}
    return redirect(asked["next"] if asked.get("purpose") == CONFIRM else "admin:login")


def _why(error: Any, exception: Exception | None, state: Any) -> str:
    if error == AuthError.CANCELLED:
        return _("Signing in at %(provider)s was cancelled. Try again, or sign in with a password.")
    if isinstance(exception, RequestException):
        return _("%(provider)s can't be reached at the moment. Try again in a minute.")
    if state is None and exception is None:
        return _("Signing in took too long, or was begun in another window. Try again.")
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
        proof.remember(request.session)
        messages.success(request, _("%(provider)s has confirmed that it is you.") % {"provider": configured().name})
    elif is_same:
        sentence = _("%(provider)s did not ask you to sign in again, so this confirms nothing. Sign out there first.")
        messages.error(request, sentence % {"provider": configured().name})
    else:
        sentence = _("You signed in at %(provider)s as somebody else. Sign in there as yourself to confirm.")
        messages.error(request, sentence % {"provider": configured().name})
    return redirect(asked["next"])
