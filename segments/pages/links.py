"""Addresses of the pages about segments."""

from typing import Any

from django.urls import reverse


def segment_url(name: str, *args: Any) -> str:
    """Return the address of a page about segments, such as `segment_url("members", segment.pk)`."""
    return reverse(f"admin:segments_segment_{name}", args=args)
