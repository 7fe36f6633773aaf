"""Deletes sources and segments, unless something uses them. Then a sentence names what does."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop as _

from engine.files import discard
from web.races import deleting

from .errors import SegmentError
from .kept_members import delete_kept
from .models import ProfileSource, Segment
from .snapshots import delete_all_snapshots


class InUseError(SegmentError):
    """Something still needs the row. The sentence names it."""


class SegmentGoneError(SegmentError):
    """A segment that somebody is about to use was deleted a moment ago."""


def uses_of(row: models.Model) -> list[models.Model]:
    """Return the rows that need this one: those that protect it, and those that list it among others.

    Found through the models' own relations: an app that uses segments need not be known here.
    """
    uses: list[models.Model] = []
    for relation in row._meta.related_objects:
        if relation.many_to_many or relation.on_delete in (models.PROTECT, models.RESTRICT):
            name = relation.field.name
            uses += relation.related_model._default_manager.filter(**{name: row.pk}).distinct()
    return uses


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
        raise SegmentGoneError(_("One of the segments no longer exists. Select from the segments below."))


def delete_segment(segment: Segment) -> None:
    """Delete the segment. Raises InUseError while an export uses it, or SegmentGoneError."""
    in_use = _("The segment “%(name)s” can't be deleted, because these use it: %(uses)s. Take it out of them first.")
    with deleting(segment, lambda: _in_use(segment, in_use)):
        hold_segments([segment])
        _refuse_if_used(segment, in_use)
        segment_id = segment.pk
        segment.delete()
        transaction.on_commit(partial(delete_kept, segment_id))


def delete_source(source: ProfileSource) -> None:
    """Delete the source with its files. Raises InUseError while a segment is made of its profiles."""
    source_id, uploads = source.pk, list(source.imports.values_list("upload", flat=True))
    in_use = _("The profile source “%(name)s” can't be deleted, because these use it: %(uses)s. Delete them first.")
    with deleting(source, lambda: _in_use(source, in_use)):
        _refuse_if_used(source, in_use)
        source.delete()
        transaction.on_commit(partial(_delete_files, source_id, uploads))


def _refuse_if_used(row: Any, msgid: str) -> None:
    if uses_of(row):
        raise _in_use(row, msgid)


def _in_use(row: Any, msgid: str) -> InUseError:
    return InUseError(msgid, name=row.name, uses=list(map(str, uses_of(row))))


def _delete_files(source_id: int, uploads: Iterable[str]) -> None:
    delete_all_snapshots(source_id)
    for upload in uploads:
        discard(upload)
