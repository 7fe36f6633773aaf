"""What a plan is made of: the segments of a run's configuration, and what tells their profiles from others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from django.conf import settings

from exports.models.configuration import Configuration
from segments.members.membership import identity_of
from segments.models import Segment

from .build import RULES


class SegmentMissingError(Exception):
    """A segment of the configuration no longer exists."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def segments_of(configuration: Configuration) -> list[list[Segment]]:
    """Return the segments of each source. Raises SegmentMissingError."""
    ids = [segment["id"] for segment in configuration["segments"]]
    found = {segment.pk: segment for segment in Segment.objects.select_related("source").filter(pk__in=ids)}
    for segment in configuration["segments"]:
        if segment["id"] not in found:
            raise SegmentMissingError(segment["name"])
    by_source: dict[int, list[Segment]] = {}
    for pk in ids:
        by_source.setdefault(found[pk].source_id, []).append(found[pk])
    return list(by_source.values())


def plan_inputs(segments: Sequence[Sequence[Segment]], strict: Sequence[str] = (), consent: str = "") -> str:
    """Tells the profiles of one plan from those of another; blank when that can't be told without looking at them.

    `strict`: targets of which a value that would be refused leaves the person out; `consent`: the attribute that has to
    be true.

    Raises ProfileError or SegmentError.
    """
    identities = [identity_of(members) for members in segments]
    if not all(identities):
        return ""
    inputs = [RULES, settings.MAX_PROFILES_PER_EXPORT, *identities, *([sorted(strict)] if strict else [])]
    inputs += [{"consent": consent}] if consent else []
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()
