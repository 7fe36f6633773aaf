"""Which constraint of the database an IntegrityError is about.

Who lets the database refuse what must not be twice has to know that it was refused for that reason, and for no other:
anything else is a bug, or a row that is gone, and asking again would go on for ever.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import IntegrityError, models


def violates(error: IntegrityError, model: type[models.Model], name: str) -> bool:
    """Whether `error` is about the constraint of that name among those of the model."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None:  # of PostgreSQL; SQLite says columns instead
        return bool(diagnosis.constraint_name == name)
    constraint = next(each for each in model._meta.constraints if each.name == name)
    if str(error).partition(" failed: ")[2] in (name, f"index '{name}'"):  # SQLite names a check, and such an index
        return True
    return isinstance(constraint, models.UniqueConstraint) and is_repeated(error, model, *constraint.fields)


def is_repeated(error: IntegrityError, model: type[models.Model], *fields: str) -> bool:
    """Whether `error` says that another row of the model has these values already."""
    meta: Any = model._meta
    table, columns = meta.db_table, {meta.get_field(field).column for field in fields}
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None:
        # 'Key (column, column)=(…) already exists.': what stands in the second pair is a person's, and is not kept.
        found = re.match(r"Key \(([^=]*)\)=", diagnosis.message_detail or "")
        if diagnosis.sqlstate != "23505" or diagnosis.table_name != table or found is None:
            return False
        return {part.strip().removesuffix("::text").strip('()"') for part in found[1].split(",")} == columns
    unique, _colon, named = str(error).partition(" failed: ")
    return unique == "UNIQUE constraint" and set(named.split(", ")) == {f"{table}.{column}" for column in columns}
