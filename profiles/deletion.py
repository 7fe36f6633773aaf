"""Deletes sources, unless something uses them. Then a message names what does."""

from functools import partial
from typing import Any

from django.db import models, transaction

from engine.files import discard
from web.races import deleting

from .errors import ProfileError
from .models import ProfileSource
from .snapshots import delete_all_snapshots


class InUseError(ProfileError):
    """Something still needs the row. The message names it."""


class GoneError(ProfileError):
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
    with deleting(source, lambda: in_use_error(source, "source_in_use")):
        refuse_if_used(source, "source_in_use")
        source.delete()
        transaction.on_commit(partial(delete_all_snapshots, source_id))
        for upload in uploads:
            transaction.on_commit(partial(discard, upload))


def refuse_if_used(row: Any, code: str) -> None:
    """Raise InUseError, with a message that names what uses the row, when something does."""
    if uses_of(row):
        raise in_use_error(row, code)


def in_use_error(row: Any, code: str) -> InUseError:
    return InUseError(code, name=row.name, uses=list(map(str, uses_of(row))))
