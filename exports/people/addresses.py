"""Email addresses and domains as they are compared here: the same as a plan makes of them in the engine."""

from __future__ import annotations

import re
from string import ascii_lowercase, ascii_uppercase

from profiles.blanks import BLANKS

_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_AROUND = BLANKS + "\0"
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])")


def normalised(text: str) -> str:
    """Return an address without blanks around and in lower case, as exports.plan.columns.normalised_email does."""
    return text.strip(_AROUND).translate(_SMALL)


def normalised_domain(text: str) -> str:
    """Return the domain that somebody means by example.com, @example.com or *.example.com; "" if that is none."""
    domain = normalised(text).removeprefix("*").lstrip("@.")
    return domain if len(domain) <= 253 and _DOMAIN.fullmatch(domain) else ""


def domains_of(email: str) -> list[str]:
    """Return the domain of an address and those above it that have a dot: a.b.example.com, b.example.com, …"""
    labels = email.rpartition("@")[2].split(".")
    return [".".join(labels[first:]) for first in range(len(labels) - 1)]
