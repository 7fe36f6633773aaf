"""A provider of OpenID Connect over real HTTP, strict about what it is asked, and with faults on demand.

Discovery, authorize, token, jwks and userinfo; ID tokens signed with RS256; codes count once and only with their PKCE
verifier. Shares no code with what it tests.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FOREIGN_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEY_ID = "the-key"


class IdentityProvider:
    """`person` is who sits at the browser: the claims about them, with `sub`. `faults` are named in `_id_token`."""

    client_id, client_secret = "exporter", "a-client-secret"

    def __init__(self, redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri
        self.person: dict[str, Any] = {}
        self.faults: set[str] = set()
        self.asked: list[dict[str, str]] = []  # the questions of /authorize
        self.issued: list[str] = []  # every code and token that was given out
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "IdentityProvider":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def configuration(self) -> dict[str, Any]:
        configuration = {
            "issuer": "https://somebody-else.example" if "other configuration" in self.faults else self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }
        if "no token endpoint" in self.faults:
            del configuration["token_endpoint"]
        return configuration

    def authorize(self, asked: dict[str, str]) -> str:
        """Return where the browser is sent, with a code or an error."""
        assert asked["client_id"] == self.client_id, asked
        assert asked["redirect_uri"] == self.redirect_uri, asked
        assert asked["response_type"] == "code", asked
        assert "openid" in asked["scope"].split(), asked
        assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43), asked
        assert asked["state"], asked
        assert asked["nonce"], asked
        self.asked.append(asked)
        if error := self.faults & {"access_denied", "server_error"}:
            return f"{self.redirect_uri}?{urlencode({'error': error.pop(), 'state': asked['state']})}"
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        self.issued.append(code)
        return f"{self.redirect_uri}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or "wrong secret" in self.faults:
            return None
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if _base64(digest) != asked["code_challenge"]:
            return None
        token, id_token = secrets.token_urlsafe(16), self._id_token(asked)
        self._tokens.add(token)
        self.issued += [token, id_token]
        answer = {"access_token": token, "token_type": "Bearer", "id_token": id_token}
        return {name: value for name, value in answer.items() if name not in self.faults}

    def userinfo(self, token: str) -> dict[str, Any] | None:
        if token not in self._tokens:
            return None
        return {**self.person, "sub": "somebody-else"} if "other userinfo" in self.faults else self.person

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        session_age = 3600 if "old session" in self.faults else 0
        claims = {
            "iss": "https://somebody-else.example" if "other issuer" in self.faults else self.issuer,
            "aud": "another-application" if "other audience" in self.faults else self.client_id,
            "nonce": "of another sign-in" if "other nonce" in self.faults else asked["nonce"],
            "iat": now,
            "exp": now - 3600 if "expired" in self.faults else now + 300,
            "auth_time": now - session_age,
            **({"azp": "another-application"} if "other party" in self.faults else {}),
            **self.person,
        }
        if "no signature" in self.faults:
            return jwt.encode(claims, None, algorithm="none", headers={"kid": KEY_ID})
        if "public key as secret" in self.faults:
            return _signed_with_public_key(claims)
        key = FOREIGN_KEY if "other key" in self.faults else KEY
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": KEY_ID})


def _signed_with_public_key(claims: dict[str, Any]) -> str:
    """Make a token that verifies where a library takes the public key for a secret, as the token's header wants it."""
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    parts = [_base64(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": KEY_ID}, claims)]
    return ".".join([*parts, _base64(hmac.digest(public, ".".join(parts).encode(), "sha256"))])


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _public_keys() -> dict[str, Any]:
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
    return {"keys": [{**key, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if "down" in provider.faults:
                self._json(None, 503)
            elif address.path == "/.well-known/openid-configuration":
                self._json(provider.configuration())
            elif address.path == "/jwks":
                self._json(_public_keys())
            elif address.path == "/userinfo":
                self._json(provider.userinfo(self.headers["Authorization"].removeprefix("Bearer ")), 401)
            elif address.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(dict(parse_qsl(address.query))))
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._json(None, 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._json(provider.token(dict(parse_qsl(body))), 400)

        def _json(self, answer: Any, otherwise: int = 200) -> None:
            body = json.dumps(answer or {"error": "invalid"}).encode()
            self.send_response(200 if answer is not None else otherwise)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    return Handler
