"""What can go wrong with a database: the code of a message (profiles.messages) for what its driver says.

What a driver says never reaches a person, a log or a row: it repeats the query, with the values of its rules.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from adbc_driver_manager import AdbcStatusCode, Error

from profiles.errors import SourceUnavailableError

logger = logging.getLogger(__name__)


_BY_SQLSTATE = {
    "28P01": "wrong_password",
    "28000": "wrong_password",
    "3D000": "database_missing",
    "42P01": "table_missing",
    "3F000": "table_missing",
    "42501": "table_no_rights",
    "57014": "database_too_long",
    "42703": "table_columns_changed",
    "42883": "table_columns_changed",
    "42804": "table_columns_changed",
    "42S02": "table_missing",
}
# Of a connection that failed there is only the text.
_BY_WORDS = (
    (r"password authentication failed|no password supplied|role .* does not exist|pg_hba\.conf", "wrong_password"),
    (r"database .* does not exist", "database_missing"),
    (r"[Ii]ncorrect username or password|JWT token is invalid|invalid credentials|Unauthenticated", "wrong_password"),
    (r"parse PEM block|private key|cannot fetch token: [^P]|invalid_grant|constructing client", "wrong_password"),
    (r"SSL|TLS|certificate|handshake failed", "database_not_encrypted"),
    (r"translate host name|refused|timeout expired|timed out|unreachable", "database_unreachable"),
    (r"No route|no such host|dial tcp", "database_unreachable"),
    (r"statement timeout|canceling statement|context deadline|canceled|cancelled", "database_too_long"),
    (r"produced zero addresses|HTTP: 40[34]|connection reset|EOF", "database_unreachable"),
    (r"TABLE_OR_VIEW_NOT_FOUND|SCHEMA_NOT_FOUND|Not found: (Table|Dataset)", "table_missing"),
    (r"([Tt]able|[Vv]iew|[Oo]bject|[Ss]chema)\b.{0,300}(does not exist|not found)", "table_missing"),
    (r"[Pp]ermission denied|Access Denied|Insufficient privileges|INSUFFICIENT_PERMISSIONS", "table_no_rights"),
    (r"UNRESOLVED_COLUMN|invalid identifier|Unrecognized name|Binder Error", "table_columns_changed"),
)
_BY_STATUS = {
    AdbcStatusCode.UNAUTHENTICATED: "wrong_password",
    AdbcStatusCode.UNAUTHORIZED: "table_no_rights",
    AdbcStatusCode.NOT_FOUND: "table_missing",
    AdbcStatusCode.TIMEOUT: "database_too_long",
    AdbcStatusCode.CANCELLED: "database_too_long",
}


class DatabaseError(SourceUnavailableError):
    """The database cannot be used now."""


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
        raise DatabaseError("table_type_unknown", **params) from None


def _error(text: str, sqlstate: str, status: Any, params: dict[str, Any]) -> DatabaseError:
    by_words = (code for pattern, code in _BY_WORDS if re.search(pattern, text))
    code = _BY_SQLSTATE.get(sqlstate) or next(by_words, None) or _BY_STATUS.get(status, "database_refused")
    logger.warning("A database did not answer (SQLSTATE %s, status %s).", sqlstate or "none", status)
    return DatabaseError(code, **params)
