"""How many profiles the chosen segments have together, and whether one export may have so many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from segments.models import Segment

WARN_FROM = 0.8  # of the limit


@dataclass(frozen=True, slots=True)
class Size:
    """`members` counts somebody in two segments twice; a segment that was never counted adds nothing."""

    members: int
    limit: int

    @property
    def is_over(self) -> bool:
        return self.members > self.limit

    @property
    def warn_from(self) -> int:
        """So many profiles are so close to the limit that the next ones may pass it."""
        return int(WARN_FROM * self.limit)


def size_of(segments: Iterable[Segment]) -> Size:
    """Return how large an export of these segments is, before duplicates are set aside."""
    return Size(sum(segment.member_count or 0 for segment in segments), settings.MAX_PROFILES_PER_EXPORT)
