"""Applications, grants and tokens: what the authorization server remembers."""

import base64
import json
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.constant_contact.clock import DAY, Clock
from sandbox.constant_contact.switches import Switches

ISSUER = "https://identity.constantcontact.com/oauth2/aus1lm3ry9mF7x2Ja0h8"
AUDIENCE = "https://api.cc.email/v3"
KEY_ID = "sandbox-key-1"


@dataclass(slots=True)
class Application:
    client_id: str
    client_secret: str
    name: str
    redirect_uris: list[str] = field(default_factory=list)
    deactivated: bool = False


@dataclass(slots=True, eq=False)
class Grant:
    """One consent of one account to one application, with all refresh tokens made from it."""

    client_id: str
    account_id: str
    scopes: list[str]
    revoked: bool = False
    replaced_at: dict[str, float] = field(default_factory=dict)
    used_at: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Code:
    client_id: str
    account_id: str
    redirect_uri: str
    scopes: list[str]
    expires_at: float


@dataclass(slots=True)
class AccessToken:
    grant: Grant
    expires_at: float


class InvalidGrant(Exception):
    """The code or refresh token is unknown, used, expired or revoked; the text says which of both."""


BAD_CODE = "The authorization code is invalid or has expired."
BAD_REFRESH_TOKEN = "The refresh token is invalid or expired."


class Tokens:
    """Everything issued so far. Every method is one critical section."""

    def __init__(self, clock: Clock, switches: Switches) -> None:
        self._clock, self._switches = clock, switches
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._lock = threading.RLock()
        self.clear()

    def clear(self) -> None:
        self._codes: dict[str, Code] = {}
        self._grants: list[Grant] = []
        self._by_refresh_token: dict[str, Grant] = {}
        self._access: dict[str, AccessToken] = {}

    def new_code(self, client_id: str, account_id: str, redirect_uri: str, scopes: list[str]) -> str:
        code = secrets.token_urlsafe(32)
        expires_at = self._clock.now() + self._switches["code_seconds"]
        with self._lock:
            self._codes[code] = Code(client_id, account_id, redirect_uri, scopes, expires_at)
        return code

    def redeem(self, code: str, client_id: str, redirect_uri: str, user_id_of: Any) -> dict[str, Any]:
        """The token answer for a code, which works once. Raises InvalidGrant."""
        with self._lock:
            found = self._codes.pop(code, None)
        if found is None or found.client_id != client_id or self._clock.now() >= found.expires_at:
            raise InvalidGrant(BAD_CODE)
        if found.redirect_uri != redirect_uri:
            raise InvalidGrant("The redirect_uri does not match the authorization request.")
        return self.issue(client_id, found.account_id, found.scopes, user_id_of(found.account_id))

    def issue(self, client_id: str, account_id: str, scopes: list[str], user_id: str) -> dict[str, Any]:
        """A new grant and its first tokens."""
        with self._lock:
            if self._switches["new_grant_ends_earlier"]:
                self.revoke_account(account_id, client_id)
            grant = Grant(client_id, account_id, scopes)
            self._grants.append(grant)
            refresh_token = self._new_refresh_token(grant) if "offline_access" in scopes else None
            return self._answer(grant, refresh_token, user_id)

    def refresh(self, refresh_token: str, client_id: str, user_id_of: Any) -> dict[str, Any]:
        """New tokens for a refresh token. Raises InvalidGrant; using a rotated token may end the whole grant."""
        with self._lock:
            grant = self._by_refresh_token.get(refresh_token)
            now = self._clock.now()
            if grant is None or grant.revoked or grant.client_id != client_id:
                raise InvalidGrant(BAD_REFRESH_TOKEN)
            if now >= grant.used_at[refresh_token] + self._switches["refresh_token_days"] * DAY:
                raise InvalidGrant(BAD_REFRESH_TOKEN)
            replaced_at = grant.replaced_at.get(refresh_token)
            if replaced_at is not None and now > replaced_at + self._switches["refresh_grace_seconds"] - 0.001:
                grant.revoked = self._switches["refresh_reuse_revokes"]
                raise InvalidGrant(BAD_REFRESH_TOKEN)
            if self._switches["refresh_tokens"] == "rotating":
                grant.replaced_at.setdefault(refresh_token, now)
                refresh_token = self._new_refresh_token(grant)
            grant.used_at[refresh_token] = now
            return self._answer(grant, refresh_token, user_id_of(grant.account_id))

    def revoke_token(self, token: str, client_id: str) -> None:
        """Ends the grant of a refresh token, or just an access token; an unknown token is no error."""
        with self._lock:
            grant = self._by_refresh_token.get(token)
            if grant is not None and grant.client_id == client_id:
                grant.revoked = True
            elif token in self._access and self._access[token].grant.client_id == client_id:
                del self._access[token]

    def revoke_account(self, account_id: str, client_id: str = "") -> None:
        with self._lock:
            for grant in self._grants:
                if grant.account_id == account_id and client_id in ("", grant.client_id):
                    grant.revoked = True

    def expire_access_tokens(self) -> None:
        with self._lock:
            self._access.clear()

    def find(self, access_token: str) -> Grant | None:
        """The grant of a living access token."""
        found = self._access.get(access_token)
        if found is None or self._clock.now() >= found.expires_at:
            return None
        if found.grant.revoked and self._switches["revocation_ends_access_tokens"]:
            return None
        return found.grant

    def _new_refresh_token(self, grant: Grant) -> str:
        token = secrets.token_urlsafe(32)
        grant.used_at[token] = self._clock.now()
        self._by_refresh_token[token] = grant
        return token

    def _answer(self, grant: Grant, refresh_token: str | None, user_id: str) -> dict[str, Any]:
        seconds = self._switches["access_token_seconds"]
        now = self._clock.now()
        access_token = self._sign(grant, user_id, now, seconds)
        self._access[access_token] = AccessToken(grant, now + seconds)
        answer = {
            "token_type": "Bearer",
            "expires_in": seconds,
            "access_token": access_token,
            "scope": " ".join(grant.scopes),
        }
        return answer if refresh_token is None else answer | {"refresh_token": refresh_token}

    def _sign(self, grant: Grant, user_id: str, now: float, seconds: float) -> str:
        header = {"kid": KEY_ID, "alg": "RS256"}
        claims = {
            "ver": 1,
            "jti": f"AT.{secrets.token_urlsafe(32)}",
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": int(now),
            "exp": int(now + seconds),
            "cid": grant.client_id,
            "uid": f"00u{user_id[:17]}",
            "scp": grant.scopes,
            "auth_time": int(now),
            "sub": f"{user_id}@constantcontact",
            "platform_user_id": user_id,
            "encoded_account": secrets.token_hex(32),
            "session": secrets.token_hex(32),
        }
        head = b".".join(_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
        signature = self._key.sign(head, padding.PKCS1v15(), hashes.SHA256())
        return (head + b"." + _base64url(signature)).decode()

    def key_set(self) -> dict[str, Any]:
        """The public key, as JWKS."""
        numbers = self._key.public_key().public_numbers()
        n, e = (
            _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()
            for number in (numbers.n, numbers.e)
        )
        return {"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": KEY_ID, "n": n, "e": e}]}


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
