"""Deletes segments, unless something uses them. Then a message names what does."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Coalesce

from profiles.deletion import GoneError, in_use_error, refuse_if_used
from web.races import deleting

from .members.static_keys import delete_kept
from .models import Segment


class SegmentGoneError(GoneError):
    """A segment that somebody is about to use was deleted a moment ago."""


def with_use_count(segments: "models.QuerySet[Segment]") -> "models.QuerySet[Segment]":
    """Return the segments with how many rows list them among others, as `use_count`."""
    total: Any = models.Value(0)
    relations: Iterable[Any] = Segment._meta.related_objects
    for relation in relations:
        if relation.many_to_many:
            name = relation.field.m2m_reverse_field_name()
            links = relation.through._default_manager.filter(**{name: models.OuterRef("pk")}).order_by()
            counted = links.values(name).annotate(number=models.Count("pk")).values("number")
            total = total + Coalesce(models.Subquery(counted), 0)
    return segments.annotate(use_count=total)


def hold_segments(segments: Iterable[Segment]) -> None:
    """Keep these segments from being deleted until the transaction ends: whoever is about to use them has to.

    Raises SegmentGoneError when one of them was deleted already.
    """
    wanted = {segment.pk for segment in segments}
    held = Segment.objects.select_for_update().filter(pk__in=wanted).order_by("pk").values_list("pk", flat=True)
    if set(held) != wanted:
        raise SegmentGoneError("segment_deleted")


def delete_segment(segment: Segment) -> None:
    """Delete the segment. Raises InUseError while an export uses it, or SegmentGoneError."""
    with deleting(segment, lambda: in_use_error(segment, "segment_in_use")):
        hold_segments([segment])
        refuse_if_used(segment, "segment_in_use")
        segment_id = segment.pk
        segment.delete()
        transaction.on_commit(partial(delete_kept, segment_id))
