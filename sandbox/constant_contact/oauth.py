"""The authorization server: consent page, token endpoint, revocation, public key."""

import base64
import binascii
import re
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.constant_contact import pages
from sandbox.constant_contact.errors import ApiError, throttled
from sandbox.constant_contact.tokens import Application, InvalidGrant
from sandbox.constant_contact.world import World

PATH = "/oauth2/default/v1"
SCOPES = {
    "account_read": "View your account information",
    "account_update": "Change your account information",
    "contact_data": "View and change your contacts, lists and custom fields",
    "campaign_data": "View and change your campaigns and reports",
    "billing_data": "View your billing information",
    "offline_access": "Keep access while you are away",
    "openid": "Know who you are",
    "profile": "See your name",
    "email": "See your e-mail address",
}
LOCAL_REDIRECT = re.compile(r"http://(?:localhost|127\.0\.0\.1)(?::\d+)?/connections/oauth/callback/")


def authorize(world: World, request: Request) -> Response:
    """GET shows the consent page; POST is its Allow or Deny button."""
    asked = request.values
    application = world.applications.get(asked.get("client_id", ""))
    if application is None:
        return pages.problem("The client_id is not known.")
    redirect_uri = asked.get("redirect_uri", "")
    if not _is_registered(world, application, redirect_uri):
        return pages.problem("The redirect_uri is not registered for this application.")
    if "code_challenge" in asked and world.switches["pkce"] == "refuse":
        return pages.problem("This application may not use a code_challenge.")
    error = _request_error(world, asked)
    if error:
        return _back(redirect_uri, asked.get("state"), error=error[0], error_description=error[1])
    if request.method == "GET":
        return pages.consent(application, asked, SCOPES, list(world.accounts.values()))
    return _decide(world, application, asked)


def _is_registered(world: World, application: Application, redirect_uri: str) -> bool:
    if redirect_uri in application.redirect_uris:
        return True
    if world.switches["any_local_redirect_uri"] and LOCAL_REDIRECT.fullmatch(redirect_uri):
        return True
    return bool(redirect_uri) and world.switches["unregistered_redirect_uri"] == "accept"


def _request_error(world: World, asked: Any) -> tuple[str, str] | None:
    if asked.get("response_type") != "code":
        return "unsupported_response_type", "The response type is not supported by the authorization server."
    if not asked.get("state") and world.switches["state_required"]:
        return "invalid_request", "The authentication request has an invalid 'state' parameter."
    scopes = asked.get("scope", "").split()
    if not scopes or not set(scopes) <= set(SCOPES):
        return "invalid_scope", "One or more scopes are not configured for the authorization server resource."
    return None


def _decide(world: World, application: Application, asked: Any) -> Response:
    if asked.get("decision") != "allow":
        if world.switches["denied"] == "page":
            return pages.problem("You did not allow access.", status=200)
        denied = {"error": "access_denied", "error_description": "The resource owner denied the request."}
        return _back(asked["redirect_uri"], asked.get("state"), **denied)
    account = world.account(asked.get("account"))
    code = world.tokens.new_code(
        application.client_id, account.account_id, asked["redirect_uri"], asked["scope"].split()
    )
    return _back(asked["redirect_uri"], asked.get("state"), code=code)


def _back(redirect_uri: str, state: str | None, **answer: str) -> Response:
    if state:
        answer["state"] = state
    glue = "&" if "?" in redirect_uri else "?"
    return redirect(f"{redirect_uri}{glue}{urlencode(answer)}", 302)


def token(world: World, request: Request) -> tuple[int, Any]:
    """POST /token, which has a limit of its own per application."""
    client_id = _authenticate(world, request)
    _limit(world, client_id)
    form = request.values
    grants: dict[str, Callable[[], dict[str, Any]]] = {
        "authorization_code": lambda: world.tokens.redeem(
            form.get("code", ""), client_id, form.get("redirect_uri", ""), user_id
        ),
        "refresh_token": lambda: world.tokens.refresh(form.get("refresh_token", ""), client_id, user_id),
    }

    def user_id(account_id: str) -> str:
        return world.account(account_id).user_id

    grant = grants.get(form.get("grant_type", ""))
    if grant is None:
        raise _oauth_error(400, "unsupported_grant_type", "The authorization grant type is not supported.")
    try:
        return 200, grant()
    except InvalidGrant as problem:
        raise _oauth_error(world.switches["invalid_grant_status"], "invalid_grant", str(problem)) from problem


def revoke(world: World, request: Request) -> tuple[int, Any]:
    """POST /revoke."""
    if not world.switches["revocation_endpoint"]:
        raise ApiError(404, {"errorCode": "E0000022", "errorSummary": "The endpoint does not exist."})
    world.tokens.revoke_token(request.values.get("token", ""), _authenticate(world, request))
    return 200, None


def _authenticate(world: World, request: Request) -> str:
    client_id, secret = _basic(request.headers.get("Authorization", ""))
    application = world.applications.get(client_id)
    if application is None or application.client_secret != secret:
        raise _oauth_error(
            world.switches["invalid_client_status"],
            "invalid_client",
            "The client secret supplied for a confidential client is invalid.",
        )
    return client_id


def _limit(world: World, client_id: str) -> None:
    limit = world.switches["token_requests_per_second"]
    if not limit:
        return
    now = world.clock.now()
    with world.lock:
        recent = deque(world.token_requests.get(client_id, ()), maxlen=limit)
        if len(recent) == limit and 0 <= now - recent[0] < 1:
            bodies = {"empty": None, "html": "<html><body>Too Many Requests</body></html>"}
            body = world.switches["token_limit_body"]
            raise ApiError(429, bodies[body]) if body in bodies else throttled()
        world.token_requests[client_id] = recent
        recent.append(now)


def _basic(header: str) -> tuple[str, str]:
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return client_id, secret


def _oauth_error(status: int, error: str, description: str) -> ApiError:
    return ApiError(status, {"error": error, "error_description": description})
