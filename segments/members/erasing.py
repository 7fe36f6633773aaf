"""Some profiles taken out of what a static segment keeps of its members."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet
from sqlglot import exp

from engine.cancellation import Cancellation
from engine.files import names_in
from engine.rewriting import Rewritten, column, rewrite
from segments.models import Segment

from .static_keys import KEY


def keeping_members(source_id: int) -> QuerySet[Segment]:
    """Return the segments of a source that keep the keys of their members, or have kept some."""
    return Segment.objects.filter(source=source_id).order_by("pk")


def files_of(segment: Segment) -> list[str]:
    """Return the names of all files of a segment, old ones too. Raises StorageUnavailableError."""
    return names_in(f"segments/{segment.pk}")


def rewrite_members(segment: Segment, keys: Collection[str], cancellation: Cancellation) -> Rewritten | None:
    """Store the members without these keys; None: none of them is among the members. Touches no database.

    Raises StorageUnavailableError, and FileNotFoundError when the file is gone.
    """
    if not segment.kept_members or not keys:
        return None
    wanted = [exp.Literal.string(key) for key in keys]
    return rewrite(
        segment.kept_members, exp.In(this=exp.cast(column(KEY), "VARCHAR"), expressions=wanted), cancellation
    )


def publish_members(segment: Segment, written: Rewritten) -> bool:
    """Make the new file the one that counts. False: the segment has others since."""
    same = Segment.objects.filter(pk=segment.pk, kept_members=segment.kept_members)
    return bool(same.update(kept_members=written.name, member_count=written.rows))
