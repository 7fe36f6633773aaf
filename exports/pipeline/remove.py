"""REMOVE: take off the list whom the plan says."""

from __future__ import annotations

from .work import Pause, Work


def remove_people(work: Work) -> Pause | None:
    """Take leavers and former addresses off the list."""
    return None
