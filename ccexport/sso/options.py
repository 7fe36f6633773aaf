"""The settings of single sign-on, read at the start. A senseless one stops it with the cure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ccexport.environment import require_http_url
from ccexport.roles import ADMINISTRATORS, CONTRIBUTORS, VIEWERS

# Without these there is no single sign-on; with some of them there is a mistake.
REQUIRED = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
# The setting that names the values of the claim which give a role; the highest role first.
MAPPINGS = {"OIDC_ADMINISTRATORS": ADMINISTRATORS, "OIDC_CONTRIBUTORS": CONTRIBUTORS, "OIDC_VIEWERS": VIEWERS}
MAX_ISSUER = 200  # as long as a linked account can name it
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Options:
    """`roles` says which role a value of `role_claim` gives; `name` is what people call the provider."""

    issuer: str
    client_id: str
    client_secret: str
    name: str
    role_claim: str
    roles: Mapping[str, str]


def configured() -> Options:
    """Return the options of this installation; nothing that asks is reached where there are none."""
    found = settings.OIDC
    if found is None:
        raise ImproperlyConfigured("Single sign-on is not set up.")
    return found


def options(read: Callable[[str], str]) -> Options | None:
    """Return the options, or None where nobody set any. `read` returns a setting, "" for one that is not set."""
    values = {name: read(name).strip() for name in (*REQUIRED, *MAPPINGS, "OIDC_NAME", "OIDC_ROLE_CLAIM")}
    if not any(values.values()):
        return None
    missing = [name for name in REQUIRED if not values[name]]
    if missing:
        raise ImproperlyConfigured(
            f"Single sign-on needs {', '.join(missing)} too. Set {'it' if len(missing) == 1 else 'them'}, "
            "or none of the settings that begin with OIDC_."
        )
    return Options(
        issuer=_issuer(values["OIDC_ISSUER"]),
        client_id=values["OIDC_CLIENT_ID"],
        client_secret=values["OIDC_CLIENT_SECRET"],
        name=values["OIDC_NAME"] or str(urlsplit(values["OIDC_ISSUER"]).hostname),
        role_claim=values["OIDC_ROLE_CLAIM"] or "groups",
        roles=_roles(values),
    )


def _issuer(address: str) -> str:
    parts = urlsplit(require_http_url("OIDC_ISSUER", address))
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ImproperlyConfigured("OIDC_ISSUER must begin with https://: whoever listens could sign in as anybody.")
    if len(address) > MAX_ISSUER:
        raise ImproperlyConfigured(f"OIDC_ISSUER may have at most {MAX_ISSUER} characters.")
    return address


def _roles(values: Mapping[str, str]) -> dict[str, str]:
    roles: dict[str, str] = {}
    for name, role in MAPPINGS.items():
        for value in filter(None, (value.strip() for value in values[name].split(","))):
            if value in roles:
                raise ImproperlyConfigured(f"{name}: {value!r} gives another role already. Name it once.")
            roles[value] = role
    if not roles:
        raise ImproperlyConfigured(
            f"Single sign-on gives nobody a role. Set at least one of {', '.join(MAPPINGS)} to values of the claim "
            f"{values['OIDC_ROLE_CLAIM'] or 'groups'!r}, separated by commas."
        )
    return roles
