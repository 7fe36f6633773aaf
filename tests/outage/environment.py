"""The settings of every process: nothing of an installation that is used every day is touched."""

from __future__ import annotations

import secrets
from pathlib import Path

from cryptography.fernet import Fernet

from tests.outage.service import Service

LEASE_SECONDS = 6.0
NO_LIMIT = {
    "CONSTANT_CONTACT_REQUESTS_PER_SECOND": "1000000",
    "CONSTANT_CONTACT_REQUESTS_PER_DAY": "1000000000",
}


def settings_for(folder: Path, database_url: str, storage_url: str, service: Service) -> dict[str, str]:
    """Return the environment. Whatever .env says otherwise: a variable that is set comes first."""
    return NO_LIMIT | {
        "DJANGO_SETTINGS_MODULE": "ccexport.settings",
        "DEBUG": "False",  # with it, Django remembers every query
        "VAR_DIR": str(folder / "var"),
        "STORAGE_URL": storage_url,
        "DATABASE_URL": database_url,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "BASE_URL": "http://localhost:8000",
        "ALLOWED_HOSTS": "localhost",
        **address_of(service.api_url, service.auth_url),
        "CONSTANT_CONTACT_CLIENT_ID": service.client_id,
        "CONSTANT_CONTACT_CLIENT_SECRET": service.client_secret,
        "RUN_LEASE_SECONDS": f"{LEASE_SECONDS:g}",
        "LOG_LEVEL": "WARNING",
        # Bodies as they are, without the checksums in between that only the real S3 wants.
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    }


def address_of(api_url: str, auth_url: str) -> dict[str, str]:
    return {"CONSTANT_CONTACT_API_URL": api_url, "CONSTANT_CONTACT_AUTH_URL": auth_url}
