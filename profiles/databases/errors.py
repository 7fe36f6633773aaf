"""What can go wrong with a database, as sentences.

What a driver says never reaches a person, a log or a row: it repeats the query, with the values of its rules.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from adbc_driver_manager import AdbcStatusCode, Error
from django.utils.translation import gettext_noop as _

from profiles.errors import SourceUnavailableError

logger = logging.getLogger(__name__)

DRIVER_MISSING = _(
    "The driver for %(kind)s is not installed. Install it with: pip install -r %(requirements)s, "
    "then restart web and workers."
)
UNREACHABLE = _(
    "The database server “%(server)s” does not answer. Check its address and port, and that its firewall "
    "lets this application in."
)
WRONG_PASSWORD = _(
    "The database server “%(server)s” refused the user or the password. Check both, and enter the password again."
)
NO_DATABASE = _("There is no database with that name on “%(server)s”. Check the name of the database.")
NOT_ENCRYPTED = _(
    "No trusted encrypted connection to “%(server)s” could be made. Check the encryption (TLS) setting "
    "and the certificate, or ask the server's administrator about them."
)
NO_TABLE = _("There is no table or view “%(table)s” in the database. Check the schema and the name of the table.")
NO_RIGHTS = _(
    "The database user may not read “%(table)s”. Ask the database's administrator to allow SELECT on it "
    "(and USAGE on its schema)."
)
TOO_LONG = _(
    "The database did not answer within %(seconds)s seconds. Try again later, or ask its administrator for an index "
    "or a smaller view."
)
NO_COLUMNS = _(
    "“%(table)s” has no column of text, numbers, dates or yes and no. Choose another table, or a view of it."
)
UNKNOWN_TYPE = _(
    "A column of “%(table)s” is of a type that can't be read. Choose a view that leaves it out or turns it into text."
)
COLUMN_CHANGED = _(
    "The columns of “%(table)s” are no longer what they were. Refresh the profile source, then look at its segments."
)
REFUSED = _(
    "The database “%(server)s” did not answer the query. Test the connection of the profile source; "
    "if that works, try again later."
)
UNREADABLE_SECRETS = _(
    "The stored password of this profile source can't be read with the present encryption keys. "
    "An administrator has to enter it again."
)

_BY_SQLSTATE = {
    "28P01": WRONG_PASSWORD,
    "28000": WRONG_PASSWORD,
    "3D000": NO_DATABASE,
    "42P01": NO_TABLE,
    "3F000": NO_TABLE,
    "42501": NO_RIGHTS,
    "57014": TOO_LONG,
    "42703": COLUMN_CHANGED,
    "42883": COLUMN_CHANGED,
    "42804": COLUMN_CHANGED,
    "42S02": NO_TABLE,
}
# Of a connection that failed there is only the text.
_BY_WORDS = (
    (r"password authentication failed|no password supplied|role .* does not exist|pg_hba\.conf", WRONG_PASSWORD),
    (r"database .* does not exist", NO_DATABASE),
    (r"[Ii]ncorrect username or password|JWT token is invalid|invalid credentials|Unauthenticated", WRONG_PASSWORD),
    (r"parse PEM block|private key|cannot fetch token: [^P]|invalid_grant|constructing client", WRONG_PASSWORD),
    (r"SSL|TLS|certificate|handshake failed", NOT_ENCRYPTED),
    (r"translate host name|refused|timeout expired|timed out|unreachable|No route|no such host|dial tcp", UNREACHABLE),
    (r"statement timeout|canceling statement|context deadline|canceled|cancelled", TOO_LONG),
    (r"produced zero addresses|HTTP: 40[34]|connection reset|EOF", UNREACHABLE),
    (r"TABLE_OR_VIEW_NOT_FOUND|SCHEMA_NOT_FOUND|Not found: (Table|Dataset)", NO_TABLE),
    (r"([Tt]able|[Vv]iew|[Oo]bject|[Ss]chema)\b.{0,300}(does not exist|not found)", NO_TABLE),
    (r"[Pp]ermission denied|Access Denied|Insufficient privileges|INSUFFICIENT_PERMISSIONS", NO_RIGHTS),
    (r"UNRESOLVED_COLUMN|invalid identifier|Unrecognized name|Binder Error", COLUMN_CHANGED),
)
_BY_STATUS = {
    AdbcStatusCode.UNAUTHENTICATED: WRONG_PASSWORD,
    AdbcStatusCode.UNAUTHORIZED: NO_RIGHTS,
    AdbcStatusCode.NOT_FOUND: NO_TABLE,
    AdbcStatusCode.TIMEOUT: TOO_LONG,
    AdbcStatusCode.CANCELLED: TOO_LONG,
}


class DatabaseError(SourceUnavailableError):
    """The database cannot be used now. `msgid` says which of this module's sentences it is."""

    def __init__(self, msgid: str, **params: Any) -> None:
        self.msgid = msgid
        super().__init__(msgid, **params)


@contextmanager
def explained(**params: Any) -> Iterator[None]:
    """Turn what a driver, or a stream of it, raises in the block into a DatabaseError."""
    try:
        yield
    except Error as error:
        raise _error(str(error), error.sqlstate or "", error.status_code, params) from None
    except duckdb.InvalidInputException as error:  # what a stream met on its way
        raise _error(str(error), "", None, params) from None
    except duckdb.NotImplementedException:
        raise DatabaseError(UNKNOWN_TYPE, **params) from None


def _error(text: str, sqlstate: str, status: Any, params: dict[str, Any]) -> DatabaseError:
    words = (msgid for pattern, msgid in _BY_WORDS if re.search(pattern, text))
    msgid = _BY_SQLSTATE.get(sqlstate) or next(words, None) or _BY_STATUS.get(status, REFUSED)
    logger.warning("A database did not answer (SQLSTATE %s, status %s).", sqlstate or "none", status)
    return DatabaseError(msgid, **params)
