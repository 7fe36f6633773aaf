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
NEEDED = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
# The setting that names the values of the claim which give a role; the highest role first.
MAPPINGS = {"OIDC_ADMINISTRATORS": ADMINISTRATORS, "OIDC_CONTRIBUTORS": CONTRIBUTORS, "OIDC_VIEWERS": VIEWERS}
LONGEST_ISSUER = 200  # as long as a linked account can name it
HERE = {"localhost", "127.0.0.1", "::1"}


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
    given = {name: read(name).strip() for name in (*NEEDED, *MAPPINGS, "OIDC_NAME", "OIDC_ROLE_CLAIM")}
    if not any(given.values()):
        return None
    missing = [name for name in NEEDED if not given[name]]
    if missing:
        raise ImproperlyConfigured(
            f"Single sign-on needs {', '.join(missing)} too. Set {'it' if len(missing) == 1 else 'them'}, "
            "or none of the settings that begin with OIDC_."
        )
    return Options(
        issuer=_issuer(given["OIDC_ISSUER"]),
        client_id=given["OIDC_CLIENT_ID"],
        client_secret=given["OIDC_CLIENT_SECRET"],
        name=given["OIDC_NAME"] or str(urlsplit(given["OIDC_ISSUER"]).hostname),
        role_claim=given["OIDC_ROLE_CLAIM"] or "groups",
        roles=_roles(given),
    )


def _issuer(address: str) -> str:
    parts = urlsplit(require_http_url("OIDC_ISSUER", address))
    if parts.scheme != "https" and parts.hostname not in HERE:
        raise ImproperlyConfigured("OIDC_ISSUER must begin with https://: whoever listens could sign in as anybody.")
    if len(address) > LONGEST_ISSUER:
        raise ImproperlyConfigured(f"OIDC_ISSUER may have at most {LONGEST_ISSUER} characters.")
    return address


def _roles(given: Mapping[str, str]) -> dict[str, str]:
    roles: dict[str, str] = {}
    for name, role in MAPPINGS.items():
        for value in filter(None, (value.strip() for value in given[name].split(","))):
            if value in roles:
                raise ImproperlyConfigured(f"{name}: {value!r} gives another role already. Name it once.")
            roles[value] = role
    if not roles:
        raise ImproperlyConfigured(
            f"Single sign-on gives nobody a role. Set at least one of {', '.join(MAPPINGS)} to values of the claim "
            f"{given['OIDC_ROLE_CLAIM'] or 'groups'!r}, separated by commas."
        )
    return roles
