"""Readers of the environment that refuse nonsense, and the secrets of a developer's machine.

A setting that is missing or senseless stops the start with a message that says how to cure it.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured

Number = TypeVar("Number", int, float)


def require_http_url(name: str, value: str) -> str:
    """Return `value` without a trailing slash; refuse anything that is not an absolute http(s) URL."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must be an absolute address such as https://example.com, not {value!r}.")
    return value.rstrip("/")


def require_positive(name: str, value: Number) -> Number:
    if value <= 0:
        raise ImproperlyConfigured(f"{name} must be greater than 0, not {value:g}.")
    return value


def require_choice(name: str, value: str, choices: Sequence[str]) -> str:
    """Return `value`, one of `choices`."""
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


# Run by Python alone: without the secret that is missing, manage.py can't load the settings.
_RECIPES = {
    "SECRET_KEY": "import secrets; print(secrets.token_urlsafe(50))",
    "FIELD_ENCRYPTION_KEYS": "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())",
}


def require_memory(name: str, value: str) -> str:
    """Return `value`, an amount of memory such as 256MB."""
    if not re.fullmatch(r"\d+(\.\d+)?\s*(MB|GB|MiB|GiB)", value.strip()):
        raise ImproperlyConfigured(f"{name} must be an amount of memory such as 256MB or 1GB, not {value!r}.")
    return value.strip()


def secret(name: str, value: str, *, debug: bool, var: Path, make: Callable[[], str]) -> str:
    """Return the secret that was set, or one made once under `var/` on a developer's machine.

    With DEBUG=False a secret must be set: one made silently would differ on the next host,
    which could then read neither the sessions nor the tokens.
    """
    if value:
        return value
    if not debug:
        raise ImproperlyConfigured(
            f"{name} is not set. With DEBUG=False it is required: put it in the environment or in .env. "
            f'A fresh one: python -c "{_RECIPES[name]}"'
        )
    path = var / name.lower()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
        with os.fdopen(descriptor, "w") as file:
            file.write(make() + "\n")
        # A link appears complete or not at all: a process that starts meanwhile never reads half a secret.
        try:
            os.link(fresh, path)
            sys.stderr.write(f"{name} was not set: made one in {path} (kept for the next start).\n")
        except FileExistsError:
            pass
        finally:
            os.unlink(fresh)
    return path.read_text().strip()


def storage(url: str, *, var: Path) -> dict[str, object]:
    """Return Django's STORAGES entry for plans and uploads: the disk, or S3-compatible storage.

    `s3://KEY:SECRET@bucket/prefix?endpoint_url=https://…&region_name=…`; key and secret may come from
    the environment of the host instead.
    """
    if not url:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": var / "files", "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
        }
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path.startswith("/"):
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": parts.path}}
    if parts.scheme != "s3" or not parts.hostname:
        raise ImproperlyConfigured(
            "STORAGE_URL must look like s3://bucket/prefix?endpoint_url=https://… or file:///a/folder; "
            "unset it to keep files under var/files."
        )
    options: dict[str, object] = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    options |= {"bucket_name": parts.hostname, "location": parts.path.strip("/"), "file_overwrite": True}
    if parts.username:
        options |= {"access_key": parts.username, "secret_key": parts.password}
    return {"BACKEND": "engine.s3.PatientS3Storage", "OPTIONS": options}
