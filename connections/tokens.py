"""Custody of tokens: the only reader and writer of TokenSet.

Constant Contact may rotate refresh tokens: each works once, and a new one ends all earlier ones. So exactly one
process at a time may refresh, and what it got must be stored whatever happens to the caller. The claim is an
UPDATE … WHERE on the row, the call is made outside any transaction, and the new pair is stored in a durable
transaction of its own; everybody else waits and reads again.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

import audit_trail
from constant_contact import (
    AuthorizationRevokedError,
    Authorizer,
    OutcomeUnknownError,
    ThrottledError,
    Tokens,
    UnavailableError,
    oauth,
)
from encryption.fields import UndecryptableError
from jobs.limits import LIMITS, WAITS

from .models import Connection, TokenSet

logger = logging.getLogger(__name__)

LEEWAY = timedelta(minutes=5)  # a token that lives shorter is refreshed before it is used
# Longer than MAX_WAIT_SECONDS and one more answer, else two processes could spend one refresh token.
CLAIM_LIFETIME = timedelta(seconds=LIMITS.access_token.lease or 0)
MAX_WAIT_SECONDS: float = WAITS.tokens  # seconds that a caller waits, or keeps trying, before it is refused
POLL_INTERVAL = 0.1
# The token endpoint takes one request a second (support answer on rate limits), so a retry comes later each time.
RETRY_DELAYS = (1.1, 2.2, 4.4)
LIFETIME = timedelta(days=180)  # a refresh token nobody uses for that long is dead (support answer on expiry)


class AnotherAccountError(Exception):
    """The connection belongs to another account by now than the one the work was planned for."""


def access_token(connection: Connection, refused: str | None = None, account_id: str = "") -> str:
    """Return a token valid for at least the next minutes, refreshing it if needed.

    `refused` is a token that just got a 401 although it looked valid: it is not returned again.
    `account_id`: of no other account is a token returned. It is compared with the row that the token stands in, so a
    connection that is given another account in this moment can't send one account's people to the other.
    Must not be called inside a transaction: losing the new pair to a caller's rollback would end the connection,
    so a refresh there raises RuntimeError before anything is spent.

    Raises AuthorizationRevokedError when only a person can repair it (Reconnect), UnavailableError, ThrottledError
    or OutcomeUnknownError when no new token can be had now; AnotherAccountError.
    """
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while True:
        token_set = TokenSet.objects.select_related("connection").filter(pk=connection.pk).first()
        if token_set is not None and account_id and token_set.connection.account_id != account_id:
            raise AnotherAccountError
        if token_set is None or token_set.connection.state == Connection.State.NEEDS_RECONNECTING:
            raise AuthorizationRevokedError()
        if token_set.expires_at > timezone.now() + LEEWAY and token_set.access_token != refused:
            return str(token_set.access_token)
        if _claim(token_set):
            return _refresh(token_set, account_id)
        if time.monotonic() > deadline:
            raise UnavailableError()
        time.sleep(POLL_INTERVAL)


def authorizer(connection: Connection, account_id: str = "") -> Authorizer:
    """Return what authorizes a client's requests as `connection`; with `account_id`, for that account alone."""
    return _StoredTokenAuthorizer(connection, account_id)


def store_tokens(connection: Connection, tokens: Tokens) -> None:
    """Keep what an authorization gave, in place of whatever was held, and call the connection connected.

    `tokens.refresh_token` must be there: without one the connection would die within a day.
    """
    if not tokens.refresh_token:
        raise ValueError("An authorization without a refresh token can't be kept.")
    fresh = _columns(tokens) | {"scope": " ".join(sorted(tokens.scope))}
    with transaction.atomic():
        # The version moves on, so that a refresh of the old tokens which is under way can't overwrite the new ones.
        if not TokenSet.objects.filter(pk=connection.pk).update(version=F("version") + 1, **fresh):
            TokenSet.objects.create(connection=connection, **fresh)
        Connection.objects.filter(pk=connection.pk).update(state=Connection.State.CONNECTED)
    connection.state = Connection.State.CONNECTED


def is_granted(connection: Connection, scope: str) -> bool:
    """Whether the person who authorized the connection last allowed `scope`. A refresh never allows more."""
    granted = TokenSet.objects.filter(pk=connection.pk).values_list("scope", flat=True).first()
    return scope in (granted or "").split()


def forget_tokens(connection: Connection) -> None:
    """Delete the tokens and end the authorization."""
    end_authorization(connection)
    TokenSet.objects.filter(pk=connection.pk).delete()


def end_authorization(connection: Connection) -> None:
    """Ask Constant Contact to revoke the tokens held now, once the present transaction is committed (best effort)."""
    try:
        token_set = TokenSet.objects.filter(pk=connection.pk).first()
    except UndecryptableError:
        logger.warning("The authorization of connection %s can't be ended: its tokens are unreadable.", connection.pk)
        return
    if token_set is not None:
        transaction.on_commit(partial(revoke, token_set.refresh_token), robust=True)


def revoke(token: str) -> None:
    """Ask Constant Contact to end an authorization. The endpoint is not documented there: a refusal is only logged."""
    if not oauth.revoke(*application(), token):
        logger.warning("Constant Contact did not confirm that an authorization was ended.")


def needs_reconnecting(connection: Connection) -> None:
    """Mark that only a person can make this connection work again."""
    working = Connection.objects.filter(pk=connection.pk).exclude(state=Connection.State.NEEDS_RECONNECTING)
    if working.update(state=Connection.State.NEEDS_RECONNECTING):
        audit_trail.record(connection, "needs_reconnecting")
    connection.state = Connection.State.NEEDS_RECONNECTING


def with_refresh_time(connections: "QuerySet[Connection]") -> "QuerySet[Connection]":
    """Annotate each connection with `tokens_refreshed_at`, so that a list needs one query for all days left."""
    return connections.annotate(tokens_refreshed_at=F("token_set__refreshed_at"))


def days_left(connection: Connection) -> int | None:
    """Return how many days the authorization lives on if nobody uses it, begun ones included; None: there is none."""
    refreshed_at: datetime | None
    if hasattr(connection, "tokens_refreshed_at"):
        refreshed_at = connection.tokens_refreshed_at
    else:
        refreshed_at = TokenSet.objects.filter(pk=connection.pk).values_list("refreshed_at", flat=True).first()
    if refreshed_at is None:
        return None
    return max(0, ceil((refreshed_at + LIFETIME - timezone.now()) / timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class _StoredTokenAuthorizer:
    connection: Connection
    account_id: str

    def access_token(self, refused: str | None = None) -> str:
        return access_token(self.connection, refused, self.account_id)


def _claim(token_set: TokenSet) -> bool:
    """Take the right to refresh: one UPDATE that only one process can win for this version."""
    now = timezone.now()
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    with transaction.atomic(durable=True):
        unchanged = TokenSet.objects.filter(free, pk=token_set.pk, version=token_set.version)
        return unchanged.update(claimed_until=now + CLAIM_LIFETIME) == 1


def _refresh(token_set: TokenSet, account_id: str) -> str:
    """Spend the claimed refresh token and store what it gave."""
    unchanged = TokenSet.objects.filter(pk=token_set.pk, version=token_set.version)
    try:
        fresh = _ask_for_new_tokens(token_set.refresh_token)
    except AuthorizationRevokedError as error:
        with transaction.atomic(durable=True):
            is_ours = unchanged.update(claimed_until=None)
            if is_ours:
                needs_reconnecting(token_set.connection)
        if not is_ours:  # somebody reconnected meanwhile: theirs is newer
            return access_token(token_set.connection, account_id=account_id)
        logger.warning("Constant Contact refused to refresh connection %s: it needs reconnecting.", token_set.pk)
        raise AuthorizationRevokedError() from error
    except Exception:
        # The next one may try soon; at once would hit an endpoint that takes one request a second.
        unchanged.update(claimed_until=timezone.now() + timedelta(seconds=RETRY_DELAYS[0]))
        raise
    with transaction.atomic(durable=True):
        # A long-lived token is not always repeated in the answer.
        kept = {"refresh_token": fresh.refresh_token or token_set.refresh_token, "version": token_set.version + 1}
        is_ours = unchanged.update(**_columns(fresh) | kept)
    if not is_ours:
        return access_token(token_set.connection, account_id=account_id)
    logger.info("Tokens of connection %s refreshed.", token_set.pk)
    return fresh.access_token


def _ask_for_new_tokens(refresh_token: str) -> Tokens:
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    for pause in RETRY_DELAYS:
        try:
            return oauth.refresh(*application(), refresh_token)
        except (UnavailableError, ThrottledError, OutcomeUnknownError):
            if time.monotonic() + pause > deadline:
                raise
            time.sleep(pause)
    return oauth.refresh(*application(), refresh_token)


def _columns(tokens: Tokens) -> dict[str, Any]:
    now = timezone.now()
    return {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "expires_at": now + timedelta(seconds=tokens.expires_in),
        "refreshed_at": now,
        "claimed_until": None,
    }


def application() -> tuple[str, str, str]:
    """Return the address of the authorization server, and what this installation is called there."""
    return (
        settings.CONSTANT_CONTACT_AUTH_URL,
        settings.CONSTANT_CONTACT_CLIENT_ID,
        settings.CONSTANT_CONTACT_CLIENT_SECRET,
    )
