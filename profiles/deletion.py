"""Deletes sources, unless something uses them. Then a sentence names what does."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_noop as _

from engine.files import discard
from web.races import deleting

from .errors import SegmentError
from .models import ProfileSource
from .snapshots import delete_all_snapshots


class InUseError(SegmentError):
    """Something still needs the row. The sentence names it."""


class GoneError(SegmentError):
    """Somebody else deleted the row a moment ago."""


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


def delete_source(source: ProfileSource) -> None:
    """Delete the source with its files. Raises InUseError while a segment is made of its profiles."""
    source_id, uploads = source.pk, list(source.imports.values_list("upload", flat=True))
    in_use = _("The profile source “%(name)s” can't be deleted, because these use it: %(uses)s. Delete them first.")
    with deleting(source, lambda: in_use_error(source, in_use)):
        refuse_if_used(source, in_use)
        source.delete()
        transaction.on_commit(partial(_delete_files, source_id, uploads))


def refuse_if_used(row: Any, msgid: str) -> None:
    """Raise InUseError, with a sentence that names what uses the row, when something does."""
    if uses_of(row):
        raise in_use_error(row, msgid)


def in_use_error(row: Any, msgid: str) -> InUseError:
    return InUseError(msgid, name=row.name, uses=list(map(str, uses_of(row))))


def _delete_files(source_id: int, uploads: Iterable[str]) -> None:
    delete_all_snapshots(source_id)
    for upload in uploads:
        discard(upload)
