"""The settings of the benchmark's own installation: nothing of the one that is used every day is touched."""

import secrets
import socket
from pathlib import Path

from cryptography.fernet import Fernet

from bench.options import Options

QUICK_LEASE = "5"  # seconds
LIMITS_OFF = {
    "CONSTANT_CONTACT_REQUESTS_PER_SECOND": "1000000",
    "CONSTANT_CONTACT_REQUESTS_PER_DAY": "1000000000",
}


def settings_for(folder: Path, database_url: str, options: Options) -> dict[str, str]:
    """Return the environment of every process. Whatever .env says otherwise: a variable that is set comes first."""
    port = _free_port()
    return ({"RUN_LEASE_SECONDS": QUICK_LEASE} if options.is_quick else {}) | {
        "DJANGO_SETTINGS_MODULE": "ccexport.settings",
        "DEBUG": "False",  # with it, Django remembers every query
        "VAR_DIR": str(folder),
        "STORAGE_URL": "",
        "DATABASE_URL": database_url or f"sqlite:///{folder / 'db.sqlite3'}",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "BASE_URL": "http://localhost:8000",
        "ALLOWED_HOSTS": "localhost,testserver",
        "CONSTANT_CONTACT_API_URL": f"http://127.0.0.1:{port}/v3",
        "CONSTANT_CONTACT_AUTH_URL": f"http://127.0.0.1:{port}/oauth2/default/v1",
        "CONSTANT_CONTACT_CLIENT_ID": "6c1f5e0a-5f0e-4f7b-9a61-0d9c2b7f1e11",  # of the sandbox
        "CONSTANT_CONTACT_CLIENT_SECRET": "sandbox-secret",
        "CONSTANT_CONTACT_REQUESTS_PER_SECOND": "4",
        "CONSTANT_CONTACT_REQUESTS_PER_DAY": "10000",
        "MAX_PROFILES_PER_EXPORT": str(max(1_000_000, options.most)),
        "LOG_LEVEL": "ERROR",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
