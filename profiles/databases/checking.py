"""Tests an address before anything depends on it: does the database answer, is the table there, does the key fit."""

from django.utils.translation import gettext_noop as _
from sqlglot import exp

from jobs.limits import WAITS
from profiles.attributes import masked
from profiles.errors import SegmentError
from profiles.value_types import count_where

from .address import DatabaseAddress
from .columns import Columns
from .errors import TOO_LONG, DatabaseError
from .session import Session

CHECK_SECONDS = WAITS.check


class WrongColumnError(SegmentError):
    """The table lacks the key or the column of the last update, or the key does not tell its rows apart."""


def check(address: DatabaseAddress, key: str, updated: str = "") -> bool:
    """Try everything that a source needs. Return False when there was no time to look at the key of every row.

    Raises DatabaseError or WrongColumnError.
    """
    there = None
    try:
        with address.session(CHECK_SECONDS) as session:
            there = session.kind.columns(session, address.schema, address.table)
            check_names(address, there, key, updated)
            check_key(session, address, there, key)
    except DatabaseError as error:
        if there is None or error.msgid != TOO_LONG:
            raise
        return False
    return True


def check_names(address: DatabaseAddress, there: Columns, key: str, updated: str) -> None:
    for wanted in filter(None, (key, updated)):
        if wanted not in there:
            raise WrongColumnError(
                _("“%(table)s” has no column “%(column)s” that may be read. Its columns are: %(names)s. Choose one."),
                table=str(address),
                column=wanted,
                names=[attribute.name for attribute in there.attributes()],
            )


def check_key(session: Session, address: DatabaseAddress, there: Columns, key: str) -> None:
    """Raise WrongColumnError when a row has no key, or two have the same."""
    table = session.kind.table(address.schema, address.table)
    column = there[key].text()
    distinct = exp.Count(this=exp.Distinct(expressions=[column]))
    counts = exp.select(exp.Count(this=exp.Star()), count_where(there[key].filled()), distinct).from_(table)
    rows, with_key, different = session.rows(counts)[0]
    if with_key < rows:
        raise WrongColumnError(
            _(
                "The key column “%(column)s” is empty in %(count)s of %(rows)s rows. "
                "Choose a column that every profile has, or fill in the missing keys."
            ),
            column=key,
            count=rows - with_key,
            rows=rows,
        )
    if different < rows:
        count = exp.Count(this=exp.Star())
        repeated = exp.select(column.copy()).from_(table).group_by(column.copy()).having(count > 1).limit(1)
        raise WrongColumnError(
            _(
                "The key column “%(column)s” must be different in every row, but “%(example)s” and perhaps others "
                "occur more than once. Choose another key column, or a view without the repeated rows."
            ),
            column=key,
            example=masked(str(session.rows(repeated)[0][0])),
        )
