"""OAuth 2 with Constant Contact: the authorization-code flow of a server that can keep a secret.

No PKCE: that is for clients without a secret, and Constant Contact is said to refuse both together. `auth_url` is
the address that /authorize, /token and /revoke hang under. There is no discovery document.

The token endpoint allows one request a second and has a limit of its own; whoever calls must not call in a loop.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from oauthlib.oauth2 import OAuth2Error
from requests.adapters import HTTPAdapter
from requests_oauthlib import OAuth2Session

from .answers import UnreadableError, error_from, json_of, no_answer, succeeded, unreadable
from .errors import RejectedError
from .types import Tokens

SCOPES = ("contact_data", "account_read", "offline_access")
# Asked for only when somebody ticks it: it lets us read which automations there are. There is none to read them alone.
AUTOMATIONS_SCOPE = "campaign_data"
# Seconds to connect, seconds without a byte.
TIMEOUT = (5, 10)
# Lifetime of an access token (support, "Refresh token expiry"), should an answer leave it out.
_DAY = 86_400
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# At level DEBUG requests-oauthlib writes tokens and the client's secret in clear.
logging.getLogger("requests_oauthlib.oauth2_session").addFilter(lambda record: record.levelno > logging.DEBUG)


def authorization_url(
    auth_url: str, client_id: str, redirect_uri: str, state: str, *, more_scopes: Sequence[str] = ()
) -> str:
    """Return the page to send a person's browser to; they come back to `redirect_uri` with `code` and `state`.

    It asks for SCOPES, and for `more_scopes`.
    Raises RejectedError when `auth_url` is neither https nor on this machine.
    """
    session = OAuth2Session(client_id, redirect_uri=redirect_uri, scope=(*SCOPES, *more_scopes))
    with _map_errors(repeatable=True):
        url, _state = session.authorization_url(f"{_secure(auth_url)}/authorize", state=state)
    return str(url).replace(_secure(auth_url), auth_url, 1)


def exchange_code(auth_url: str, client_id: str, client_secret: str, redirect_uri: str, code: str) -> Tokens:
    """Return the tokens for the code a person came back with. A code lives 5 minutes and works once.

    Raises AuthorizationRevokedError (invalid_grant) when the code expired or was used, RejectedError when the
    client's id or secret is wrong, UnavailableError when there was no answer: the person then starts over.
    """
    session = _session(auth_url, client_id, repeatable=True, redirect_uri=redirect_uri)
    with _map_errors(repeatable=True), session:
        url, client = f"{_secure(auth_url)}/token", (client_id, client_secret)
        return _tokens(session.fetch_token(url, code=code, auth=client, timeout=TIMEOUT))


def refresh(auth_url: str, client_id: str, client_secret: str, refresh_token: str) -> Tokens:
    """Return new tokens. Store them before anything else: a rotating refresh token works only once.

    Where refresh tokens are long lived, the same one comes back.

    Raises AuthorizationRevokedError (invalid_grant) when only a person can repair it; OutcomeUnknownError when
    the request went out and the answer was lost, and with it perhaps the new refresh token: try again, and if
    that ends in invalid_grant, the token was rotated; UnavailableError when it was not carried out.
    """
    session = _session(auth_url, client_id, repeatable=False)
    with _map_errors(repeatable=False), session:
        url, client = f"{_secure(auth_url)}/token", (client_id, client_secret)
        return _tokens(session.refresh_token(url, refresh_token=refresh_token, auth=client, timeout=TIMEOUT))


def revoke(auth_url: str, client_id: str, client_secret: str, refresh_token: str) -> bool:
    """Ask for the grant to be ended; return whether that was confirmed.

    Best effort, never raises: the endpoint is not documented by Constant Contact, and forgetting the tokens
    must not depend on it.
    """
    try:
        with _session(auth_url, client_id, repeatable=True) as session:
            response = session.post(
                f"{_secure(auth_url)}/revoke",
                data={"token": refresh_token, "token_type_hint": "refresh_token"},
                auth=(client_id, client_secret),
                timeout=TIMEOUT,
                withhold_token=True,
            )
    except (requests.RequestException, OAuth2Error):
        return False
    return succeeded(response)


class _LoopbackHTTPAdapter(HTTPAdapter):
    """Sends by http what oauthlib believes is https, to this machine alone.

    oauthlib refuses http unless OAUTHLIB_INSECURE_TRANSPORT is set, which would allow it for every host and
    for the whole process. A sandbox on a loopback address has no other machine in between.
    """

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


def _is_loopback_http(auth_url: str) -> bool:
    parts = urlsplit(auth_url)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def _secure(auth_url: str) -> str:
    return auth_url.replace("http://", "https://", 1) if _is_loopback_http(auth_url) else auth_url


def _session(auth_url: str, client_id: str, *, repeatable: bool, **kwargs: Any) -> OAuth2Session:
    """Return a session without a scope: oauthlib raises when another scope is granted than was asked for."""
    session = OAuth2Session(client_id, **kwargs)
    # A redirect would carry the secret elsewhere.
    session.max_redirects = 0
    if _is_loopback_http(auth_url):
        session.mount(f"{_secure(auth_url)}/", _LoopbackHTTPAdapter())
    session.register_compliance_hook("access_token_response", _answer_check(repeatable))
    session.register_compliance_hook("refresh_token_response", _answer_check(repeatable))
    return session


def _answer_check(repeatable: bool) -> Callable[[requests.Response], requests.Response]:
    """Look at an answer before oauthlib does: it reads a page of HTML as a form without a token.

    Only `invalid_grant` may end a connection, so a 401 is a refusal of the client, not of the grant.
    """

    def check(response: requests.Response) -> requests.Response:
        if not succeeded(response):
            raise error_from(response, repeatable=True, from_token_endpoint=True)
        try:
            body = json_of(response)
            texts = [body["access_token"], body.get("refresh_token", ""), body.get("scope", "")]
            holds_tokens = bool(texts[0]) and all(isinstance(text, str) for text in texts)
        except (UnreadableError, KeyError, TypeError, AttributeError):
            holds_tokens = False
        if not holds_tokens or not str(body.get("expires_in", _DAY)).isdigit():
            raise unreadable(response, repeatable=repeatable)
        return response

    return check


@contextmanager
def _map_errors(repeatable: bool) -> Iterator[None]:
    try:
        yield
    except requests.RequestException as error:
        raise no_answer(error, repeatable=repeatable) from error
    except OAuth2Error as error:
        raise RejectedError(error.description or "", error_key=error.error or "") from error


def _tokens(token: dict[str, Any]) -> Tokens:
    """A scope left out is the one that was asked for (RFC 6749, section 5.1)."""
    return Tokens(
        access_token=token["access_token"],
        refresh_token=token.get("refresh_token") or None,
        expires_in=int(token.get("expires_in") or _DAY),
        scope=frozenset(token.get("scope") or SCOPES),
    )
