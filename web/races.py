"""Two people at once: what somebody else did a moment ago becomes the sentence that the page would have said anyway.

A form looks first and writes then, so between the two another one may take the name, delete what was chosen, or save
the same row. The database refuses; here that becomes a sentence. Nothing is overwritten unseen, and nobody sees a 500.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError, RestrictedError
from django.forms import BaseForm

T = TypeVar("T")


class ChangedMeanwhileError(Exception):
    """Somebody else saved the row while the page was open; theirs is kept."""


class NameTakenError(IntegrityError):
    """Another row has the name since a moment ago."""


def saved(form: BaseForm, save: Callable[[], T]) -> T | None:
    """Return what `save` returns. None: the database refused it, and the form says why by now.

    `save` commits everything or nothing. What the form would say of the rows as they are now is the reason; where it
    has nothing to say, the refusal is a mistake of ours and is raised.
    """
    row = getattr(form, "instance", None)
    before = (row.pk, row._state.adding) if row is not None else None
    try:
        return save()
    except IntegrityError:
        if row is not None and before is not None:
            row.pk, row._state.adding = before  # a row that was made and taken back again has no number
        form.full_clean()
        if form.is_valid():
            raise
        return None


def claim_name(rows: models.QuerySet[Any], **name: str) -> None:
    """Be the only one who gives this name, until the present transaction ends. `rows`: all that must not have it.

    For names that are compared without regard to case, which no column says. Raises NameTakenError.
    """
    if connection.vendor == "postgresql":  # SQLite has one writer anyway
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [rows.model._meta.db_table])
    if rows.filter(**{f"{field}__iexact": value for field, value in name.items()}).exists():
        raise NameTakenError


@contextmanager
def deleting(row: models.Model, refusal: Callable[[], Exception]) -> Iterator[None]:
    """A transaction that deletes `row`. When somebody began to use it a moment ago, raise what `refusal` returns."""
    number = row.pk
    try:
        with transaction.atomic():
            yield
            if connection.vendor == "postgresql":  # now, and not at the commit of a transaction around this one
                connection.check_constraints()
    except (ProtectedError, RestrictedError, IntegrityError) as error:
        row.pk = number  # deleted, and taken back again
        raise refusal() from error


def version(*values: Any) -> str:
    """Return a short text that is another one when one of the values is: which version of a row a page shows."""
    return hashlib.sha256(json.dumps(values, cls=DjangoJSONEncoder).encode()).hexdigest()[:32]
