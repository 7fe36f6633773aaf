"""Authorizing at Constant Contact: the state that guards the way back, and what the answer is worth.

The state names the draft and the person and is signed; its nonce lies in the session and is taken out once. So an
answer counts only in the browser that asked, for the person who asked, once, and for ten minutes.
"""

import secrets
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from constant_contact import (
    AUTOMATIONS_SCOPE,
    SCOPES,
    Account,
    AuthorizationRevokedError,
    ConstantContactError,
    RejectedError,
    Tokens,
    UnavailableError,
    oauth,
)
from web.messages import Message, MessageError

from . import tokens
from .clients import client_of
from .messages import explain
from .models import Connection

STATE_LIFETIME = timedelta(minutes=10)
# What exports need of the user who connects (API reference, x-authorization-privileges).
REQUIRED_PRIVILEGES = frozenset(
    {"contacts:read", "contacts:write", "contacts:lists:read", "contacts:lists:write", "account:read"}
)
REQUIRED_SCOPES = frozenset(SCOPES) - {"offline_access"}  # that one shows in the refresh token itself
_SALT = "connections.authorization"
_NONCES = "connections.nonces"
_OPEN_AT_ONCE = 5  # tabs in which one person may be on the way to Constant Contact


class AuthorizationError(MessageError):
    """An answer of Constant Contact that can't be used; its message says why and what to do."""


def redirect_uri() -> str:
    """Return the address Constant Contact sends people back to; it must be registered there exactly so."""
    return f"{settings.BASE_URL}/connections/oauth/callback/"


def api_key_problem() -> Message | None:
    """Return why nobody can connect through this installation, if so."""
    if settings.CONSTANT_CONTACT_CLIENT_ID and settings.CONSTANT_CONTACT_CLIENT_SECRET:
        return None
    return Message("api_key_missing", {"url": redirect_uri()})


def origins() -> list[str]:
    """Return where the form that starts an authorization may lead: their sign-in pages, and back to us."""
    own = [settings.CONSTANT_CONTACT_AUTH_URL, settings.BASE_URL]
    return [*(f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in own), "https://*.constantcontact.com"]


def begin(
    session: MutableMapping[str, Any], user: Any, connection: Connection, *, with_automations: bool = False
) -> str:
    """Return the address at Constant Contact to send the browser to; `with_automations` asks to read those too."""
    nonce = secrets.token_urlsafe(16)
    session[_NONCES] = [*session.get(_NONCES, []), nonce][-_OPEN_AT_ONCE:]
    state = signing.dumps([connection.pk, user.pk, nonce], salt=_SALT)
    return oauth.authorization_url(
        settings.CONSTANT_CONTACT_AUTH_URL,
        settings.CONSTANT_CONTACT_CLIENT_ID,
        redirect_uri(),
        state,
        more_scopes=[AUTOMATIONS_SCOPE] if with_automations else [],
    )


def connection_meant(state: str) -> Connection | None:
    """Return the connection a state is about, to lead people back to it; says nothing about whether it counts."""
    try:
        connection_id, _user_id, _nonce = signing.loads(state, salt=_SALT)
    except signing.BadSignature:
        return None
    return Connection.objects.filter(pk=connection_id).first()


def claim(session: MutableMapping[str, Any], user: Any, state: str) -> Connection:
    """Take the state out of the session and return the connection it is about: this works once.

    Raises AuthorizationError for a state that is not ours, somebody else's, used or expired.
    """
    try:
        connection_id, user_id, nonce = signing.loads(state, salt=_SALT)
    except signing.BadSignature as error:
        raise AuthorizationError("authorization_foreign") from error
    if user_id != user.pk:
        raise AuthorizationError("authorization_other_person")
    nonces = session.get(_NONCES, [])
    if nonce not in nonces:
        raise AuthorizationError("authorization_used")
    session[_NONCES] = [other for other in nonces if other != nonce]
    try:
        signing.loads(state, salt=_SALT, max_age=STATE_LIFETIME)
    except signing.SignatureExpired as error:
        raise AuthorizationError("authorization_expired") from error
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is None:
        raise AuthorizationError("connection_gone")
    return connection


def code_in(query: Mapping[str, str]) -> str:
    """Return the code of an answer. Raises AuthorizationError when the person, or Constant Contact, said no."""
    if error := query.get("error"):
        if error == "access_denied":
            raise AuthorizationError("authorization_denied")
        raise AuthorizationError("authorization_not_granted", url=redirect_uri(), scopes=SCOPES)
    if code := query.get("code"):
        return code
    raise AuthorizationError("authorization_foreign")


def exchange(code: str) -> tuple[Account, Tokens]:
    """Turn the code of an answer into tokens and the account they open, if that account can be exported to.

    Raises AuthorizationError, after giving back what can't be used.
    """
    try:
        granted = oauth.exchange_code(*tokens.application(), redirect_uri(), code)
    except AuthorizationRevokedError as error:
        raise AuthorizationError("authorization_code_used") from error
    except RejectedError as error:
        raise AuthorizationError("api_key_refused") from error
    except ConstantContactError as error:
        raise AuthorizationError(explain(error).code) from error
    try:
        return _account_behind(granted), granted
    except AuthorizationError:
        give_back(granted)
        raise


def adopt(connection: Connection, account: Account, granted: Tokens, *, by: Any) -> None:
    """Let `connection` talk to `account` with these tokens from now on; an authorization for another account ends.

    Raises AuthorizationError when the connection was removed meanwhile.
    """
    columns = {
        "account_id": account.encoded_account_id,
        "organization_name": account.organization_name,
        "account_email": account.contact_email,
        "authenticated_at": timezone.now(),
        "authenticated_by": by,
    }
    with transaction.atomic():
        if connection.account_id != account.encoded_account_id:
            tokens.end_authorization(connection)
        is_there = Connection.objects.filter(pk=connection.pk).update(**columns)
        if is_there:
            tokens.store_tokens(connection, granted)
    if not is_there:
        give_back(granted)
        raise AuthorizationError("connection_gone")
    connection.refresh_from_db()


def give_back(granted: Tokens) -> None:
    """End an authorization that is not going to be used."""
    tokens.revoke(granted.refresh_token or granted.access_token)


def _account_behind(granted: Tokens) -> Account:
    if not granted.refresh_token:
        raise AuthorizationError("refresh_token_missing")
    client = client_of(_JustGranted(granted.access_token), for_page=True)
    try:
        lacking = (REQUIRED_PRIVILEGES - client.privileges()) | (REQUIRED_SCOPES - granted.scope)
        if lacking:
            raise AuthorizationError("rights_missing", rights=sorted(lacking))
        return client.account_summary()
    except ConstantContactError as error:
        raise AuthorizationError(explain(error).code) from error


@dataclass(frozen=True, slots=True)
class _JustGranted:
    """Authorizes with a token that is not stored yet, and can't be renewed."""

    token: str

    def access_token(self, refused: str | None = None) -> str:
        if refused:
            raise UnavailableError(status=401)
        return self.token
