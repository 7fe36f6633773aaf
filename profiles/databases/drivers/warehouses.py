"""What the warehouses have in common: their columns are those of an answer without rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from profiles.column_types import type_of
from profiles.databases.columns import Column, Columns
from profiles.databases.errors import DatabaseError
from profiles.databases.kinds import Database

if TYPE_CHECKING:
    from profiles.databases.session import Session

_DIGITS = 38  # warehouses keep every whole number as a decimal of so many
_COMPARED_BY_TEXT = {"FLOAT", "TIME", "TIME WITH TIME ZONE", "TIME_NS", "INTERVAL", "UUID", "JSON", '"NULL"'}

# Compared by their text: in some warehouses NaN equals itself, in others it does not.
_NOTHING = {**dict.fromkeys(("FLOAT", "DOUBLE"), ("nan",)), "JSON": ("null",)}


class Warehouse(Database):
    """A database of which nothing is known but its dialect and its driver.

    Lists, structures and bytes are no values of an attribute: such columns are not offered.
    """

    def table(self, schema: str, name: str) -> exp.Table:
        """A schema may have what it is in before it: `catalog.schema`."""
        catalog, _point, inner = schema.rpartition(".")
        return exp.table_(name, db=inner or None, catalog=catalog or None, quoted=True)

    def columns(self, session: Session, schema: str, name: str) -> Columns:
        nothing = exp.select("*").from_(self.table(schema, name)).where(exp.false())
        columns = [
            Column(column, kind.value, is_plain=type not in _COMPARED_BY_TEXT, nothing=_NOTHING.get(type, ()))
            for column, type in session.columns(nothing)
            if (kind := type_of(type, whole_digits=_DIGITS))
        ]
        if not columns:
            raise DatabaseError("table_no_columns", table=f"{schema}.{name}" if schema else name)
        return Columns(columns)
