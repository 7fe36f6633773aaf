"""S3-compatible storage that answers in time or not at all, and keeps no large file in memory."""

from __future__ import annotations

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage

# The library's own: a minute to connect, five times. Somebody may be waiting for a page.
_TIMEOUTS = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 2})
_IN_MEMORY = 16 * 1024 * 1024  # bytes of a file that is read; the rest goes through the disk


class PatientS3Storage(S3Storage):
    """django-storages' own, with limits: see above."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.client_config: Config = self.client_config.merge(_TIMEOUTS)

    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "max_memory_size": _IN_MEMORY}
