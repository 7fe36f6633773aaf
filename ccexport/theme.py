"""The admin's look and navigation (django-unfold)."""

from typing import Any

UNFOLD: dict[str, Any] = {}
