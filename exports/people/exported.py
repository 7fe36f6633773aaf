"""The CSV file that a job of Constant Contact writes of its contacts, as a table of the engine."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from duckdb import DuckDBPyConnection, InvalidInputException

# What is asked for. Only the address is needed: without one of the others it is not known.
EMAIL = "email_address"
FIELDS = (EMAIL, "contact_id", "permission_to_send", "updated_at", "email_optout_source", "email_optout_date")
_MOMENTS = ("updated_at", "email_optout_date")
_HEADER_BYTES = 64 * 1024
_BUFFER = 4_000_000  # bytes; the engine's own choice is 32 MB for each of its threads


class UnreadableFileError(Exception):
    """The file is not what was asked for, or not all of it."""


def write_down(pieces: Iterable[bytes], path: Path) -> None:
    """Write a file as it arrives, piece by piece."""
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)


def stage(duck: DuckDBPyConnection, path: Path, table: str, *, rows: int) -> None:
    """Make the file a table: email (as plans have it), contact_id, is_opted_out, updated, opted_out_at, source; one row
    for each address.

    `rows`: how many contacts it must hold, as far as Constant Contact says it. Raises UnreadableFileError.
    """
    names = _header(path)
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(names)))
    value = {name: f"trim(c{names.index(name)})" if name in names else "''" for name in FIELDS}
    moment = {name: f"max(try_cast(nullif({value[name]}, '') AS TIMESTAMPTZ)) AT TIME ZONE 'UTC'" for name in _MOMENTS}
    options = f"header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', buffer_size = {_BUFFER}"
    query = f"""
        CREATE OR REPLACE TEMP TABLE {table} AS
        SELECT {as_address(value[EMAIL])} AS email, coalesce(max({value["contact_id"]}), '') AS contact_id,
            coalesce(bool_and(lower({value["permission_to_send"]}) = 'unsubscribed'), false) AS is_opted_out,
            {moment["updated_at"]} AS updated, {moment["email_optout_date"]} AS opted_out_at,
            coalesce(max({value["email_optout_source"]}), '') AS source, count(*) AS contacts
        FROM read_csv($path, {options}, columns = {{{columns}}}) GROUP BY 1
    """  # noqa: S608 - names of ours
    try:
        duck.execute(query, {"path": str(path)})
    except InvalidInputException as error:
        raise UnreadableFileError("no CSV file") from error
    ((found,),) = duck.execute(f"SELECT coalesce(sum(contacts), 0) FROM {table}").fetchall()  # noqa: S608
    # Some count the line with the names as well.
    if found < rows - 1 or (rows and not found):
        raise UnreadableFileError(f"{found} of {rows} contacts")
    # A contact that has only a number for text messages has no address.
    duck.execute(f"DELETE FROM {table} WHERE email = ''")  # noqa: S608


def as_address(value: str) -> str:
    """Return the SQL of an address as plans have it: trimmed, letters of ASCII in lower case."""
    return f"coalesce(translate(trim({value}), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'), '')"


def _header(path: Path) -> list[str]:
    """The names of the columns, as the API writes names of fields: "Email address" is email_address."""
    with path.open("rb") as file:
        line = file.readline(_HEADER_BYTES).decode("utf-8-sig", "replace")
    names = [re.sub(r"[^a-z0-9]+", "_", name.strip().lower()) for name in next(csv.reader([line]), [])]
    if EMAIL not in names:
        raise UnreadableFileError("no column of addresses")
    return names
