"""The provider as django-allauth knows it, with what its OpenID Connect leaves out.

django-allauth trusts the ID token because it came by TLS from the token endpoint, and sends no nonce. Here the token's
signature, issuer, audience, lifetime and nonce are checked (OpenID Connect Core 1.0, 3.1.3.7), so a token of another
application, of yesterday, or of somebody else's sign-in is refused wherever it came from.
"""

from __future__ import annotations

from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from .options import configured

# Signatures that only the holder of a private key can make. Never "none", nor one by a secret that two share.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
REQUIRED_CLAIMS = ["iss", "sub", "aud", "exp", "iat"]
CLOCKS_DIFFER = 30  # seconds


class UntrustedError(OAuth2Error):
    """The provider's answer must not be believed. The text says why, without anything of its content."""


def application() -> SocialApp:
    """Return the provider of the settings in the shape of a row of django-allauth; it is never saved."""
    own = configured()
    return SocialApp(
        provider=Provider.id,
        provider_id=own.issuer,  # a subject is somebody else at another issuer
        name=own.name,
        client_id=own.client_id,
        secret=own.client_secret,
        settings={"server_url": own.issuer.rstrip("/")},
    )


class ProviderClient(OpenIDConnectOAuth2Adapter):
    """Speaks with the provider: its configuration, the exchange of the code, who signed in."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, configured().issuer)

    @property
    def openid_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().openid_config
        if str(config.get("issuer", "")).rstrip("/") != configured().issuer.rstrip("/"):
            raise UntrustedError("the configuration names another issuer")
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return f"{settings.BASE_URL}{reverse('sso_callback')}"

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> Any:
        """Return the sign-in with `claims`: what the provider says about the person. Raises UntrustedError."""
        try:
            claims = self._verified_claims(kwargs["response"]["id_token"])
            user_info = self._fetch_user_info(token.token) if "userinfo_endpoint" in self.openid_config else {}
        except jwt.PyJWTError as error:
            raise UntrustedError(f"the ID token is not valid ({type(error).__name__})") from error
        except (KeyError, TypeError, ValueError) as error:
            raise UntrustedError(f"the answer is incomplete ({type(error).__name__})") from error
        if user_info and user_info.get("sub") != claims["sub"]:
            raise UntrustedError("the ID token and the user information are of different people")
        login = self.get_provider().sociallogin_from_response(request, {"id_token": claims})
        login.claims = {**user_info, **claims}
        return login

    def _verified_claims(self, id_token: str) -> dict[str, Any]:
        """Return the claims of the ID token once it has proved to be the provider's, for us, and of now."""
        config, app = self.openid_config, self.get_provider().app
        with get_adapter().get_requests_session() as session:
            answer = session.get(config["jwks_uri"])
            answer.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(answer.json())
        header = jwt.get_unverified_header(id_token)
        claims: dict[str, Any] = jwt.decode(
            id_token,
            key=keys[header["kid"]],
            algorithms=ALGORITHMS,
            audience=app.client_id,
            issuer=config["issuer"],
            leeway=CLOCKS_DIFFER,
            options={"require": REQUIRED_CLAIMS},
        )
        if claims.get("azp", app.client_id) != app.client_id:
            raise UntrustedError("the ID token was made for another application")
        return claims


class Provider(OpenIDConnectProvider):
    """OpenID Connect with proof of the code's owner (PKCE). Of what it tells, only issuer and subject are kept."""

    pkce_enabled_default = True
    oauth2_adapter_class = ProviderClient

    def get_oauth2_adapter(self, request: HttpRequest) -> ProviderClient:
        return ProviderClient(request)

    def extract_extra_data(self, data: Any) -> dict[str, Any]:
        return {}
