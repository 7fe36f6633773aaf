"""Tests an address before anything depends on it: does the database answer, is the table there, is the key unique."""

from sqlglot import exp

from jobs.limits import WAITS
from profiles.attributes import masked
from profiles.errors import ProfileError
from profiles.models import DatabaseAddress
from profiles.value_types import count_where

from .columns import Columns
from .errors import DatabaseError
from .session import Session, session_of

CHECK_SECONDS = WAITS.check


class WrongColumnError(ProfileError):
    """The table lacks the key or the column of the last update, or the key does not tell its rows apart."""


def check(address: DatabaseAddress, key: str, updated: str = "") -> bool:
    """Try everything that a source needs. Return False when there was no time to look at the key of every row.

    Raises DatabaseError or WrongColumnError.
    """
    columns = None
    try:
        with session_of(address, CHECK_SECONDS) as session:
            columns = session.kind.columns(session, address.schema, address.table)
            check_names(address, columns, key, updated)
            check_key(session, address, columns, key)
    except DatabaseError as error:
        if columns is None or error.message.code != "database_too_long":
            raise
        return False
    return True


def check_names(address: DatabaseAddress, columns: Columns, key: str, updated: str) -> None:
    for wanted in filter(None, (key, updated)):
        if wanted not in columns:
            raise WrongColumnError(
                "table_column_missing",
                table=str(address),
                column=wanted,
                names=[attribute.name for attribute in columns.attributes()],
            )


def check_key(session: Session, address: DatabaseAddress, columns: Columns, key: str) -> None:
    """Raise WrongColumnError when a row has no key, or two have the same."""
    table = session.kind.table(address.schema, address.table)
    column = columns[key].text()
    distinct = exp.Count(this=exp.Distinct(expressions=[column]))
    counts = exp.select(exp.Count(this=exp.Star()), count_where(columns[key].filled()), distinct).from_(table)
    rows, with_key, different = session.rows(counts)[0]
    if with_key < rows:
        raise WrongColumnError("key_column_empty", column=key, count=rows - with_key, rows=rows)
    if different < rows:
        count = exp.Count(this=exp.Star())
        repeated = exp.select(column.copy()).from_(table).group_by(column.copy()).having(count > 1).limit(1)
        raise WrongColumnError("table_key_repeated", column=key, example=masked(str(session.rows(repeated)[0][0])))
