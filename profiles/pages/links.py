"""Addresses of the pages about profile sources."""

from typing import Any

from django.urls import reverse


def source_url(name: str, *args: Any) -> str:
    """Return the address of a page about sources, such as `source_url("change", source.pk)`."""
    return reverse(f"admin:profiles_profilesource_{name}", args=args)
