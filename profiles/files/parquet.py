"""Recognises a Parquet file and copies it into a snapshot: every value as the text a person reads.

A Parquet file says itself what its columns are, so no type is guessed: text that looks like a number stays text.
Lists, structures and bytes are no values of an attribute; such columns are left out, and people are told.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from engine.outages import disk_outages
from engine.sessions import open_engine, scratch
from profiles.column_types import type_of
from profiles.errors import ImportRefusedError
from profiles.value_types import bind_column
from web.messages import Message

from .csv_header import NAME_MAX_LENGTH
from .csv_to_parquet import WIDE

MARK, MARK_OF_ENCRYPTED = b"PAR1", b"PARE"
END = 8  # bytes: how long the description before them is, and the mark again
MEGABYTE = 1024 * 1024
DESCRIPTION_MAX = 32 * MEGABYTE  # that of 2,000 columns in 100 row groups has 20
_REFUSALS = {
    "encrypted": "parquet_encrypted",
    "No magic bytes": "parquet_incomplete",
    "too small": "parquet_incomplete",
}
# A floating-point number as a person writes it: whole ones without a point (integers with gaps are written so, keys
# and phone numbers among them), none with an exponent. "Not a number" is no value.
_FLOAT = r"""
CASE WHEN x IS NULL OR ISNAN(x) THEN NULL
     WHEN ISINF(x) THEN CAST(x AS VARCHAR)
     WHEN x = TRUNC(x) THEN PRINTF('%.0f', x + 0)
     WHEN NOT CONTAINS(CAST(x AS VARCHAR), 'e-') THEN CAST(x AS VARCHAR)
     ELSE CONCAT(
         CASE WHEN x < 0 THEN '-' END,
         '0.',
         REPEAT('0', CAST(REGEXP_EXTRACT(CAST(x AS VARCHAR), 'e-([0-9]+)', 1) AS INTEGER) - 1),
         REPLACE(REGEXP_EXTRACT(CAST(x AS VARCHAR), '([0-9.]+)e', 1), '.', '')
     )
END
"""
MEDIA_TYPE = "application/vnd.apache.parquet"  # as registered with IANA


@dataclass(frozen=True)
class ParquetForm:
    """The columns of a file that can be attributes, with their types, and the names of those that can't."""

    types: Mapping[str, str]
    left_out: tuple[str, ...] = ()
    floats: frozenset[str] = frozenset()  # columns of floating-point numbers

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.types)


def left_out(form: Any) -> list[Message]:
    """Return what people should know about columns that were left out, if any were."""
    return [Message("columns_left_out", {"names": list(form.left_out)})] if form.left_out else []


def is_parquet(head: bytes) -> bool:
    return head.startswith((MARK, MARK_OF_ENCRYPTED))


def recognise_parquet(path: Path) -> ParquetForm:
    """Return what the columns of the file at `path` are. Reads its end only. Raises ImportRefusedError."""
    described = exp.Describe(this=exp.select("*").from_(_read(path)))
    with open_engine(reach=[path]) as duck, _refusing():
        found = duck.execute(described.sql("duckdb")).fetchall()
    return _form_of([(name, type) for name, type, *_rest in found])


def read_end(file: Any) -> bytes:
    """Return the end of an open file, with its whole description and no more. Raises ImportRefusedError.

    How long that is, is told by four bytes that anybody may have written: up to 4 GB, in the memory of a web server.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - END))
    last = file.read()
    length = description_length(last)
    if not last.endswith((MARK, MARK_OF_ENCRYPTED)) or length > size:
        raise ImportRefusedError("parquet_incomplete")
    if length > DESCRIPTION_MAX:
        raise ImportRefusedError("parquet_description_too_large", megabytes=DESCRIPTION_MAX // MEGABYTE)
    file.seek(size - length)
    return bytes(file.read())


def recognise_parquet_end(end: bytes) -> ParquetForm:
    """Return what the columns of a file are that ends with `end`, which holds its whole description.

    Raises ImportRefusedError like `recognise_parquet`.
    """
    if not end.endswith((MARK, MARK_OF_ENCRYPTED)) or description_length(end) > len(end):
        raise ImportRefusedError("parquet_incomplete")
    with tempfile.TemporaryDirectory(dir=scratch()) as directory:
        path = Path(directory) / "columns.parquet"
        path.write_bytes(MARK + end[-description_length(end) :])
        return recognise_parquet(path)


def description_length(end: bytes) -> int:
    """Return how many bytes at the end of a file describe it, told by its last ones."""
    return int.from_bytes(end[-END : -len(MARK)], "little") + END


def copy_parquet(duck: duckdb.DuckDBPyConnection, path: Path, form: ParquetForm, parquet: Path) -> None:
    """Copy the columns of `form` from `path` to `parquet`, as text. Raises ImportRefusedError."""
    columns = [exp.alias_(_text(name, form), name, quoted=True) for name in form.names]
    query = exp.select(*columns).from_(_read(path)).sql("duckdb")
    size = "8MB" if len(form.names) > WIDE else "16MB"
    with _refusing():
        duck.execute(
            f"COPY ({query}) TO $parquet (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE_BYTES '{size}')",
            {"parquet": str(parquet)},
        )


def _read(path: Path) -> exp.Expr:
    # Folders called `country=France` above a file are no columns of it.
    partitions = exp.EQ(this=exp.to_identifier("hive_partitioning"), expression=exp.false())
    return exp.func("read_parquet", exp.Literal.string(str(path)), partitions)


def _text(name: str, form: ParquetForm) -> exp.Expr:
    column = exp.column(name, quoted=True)
    if name in form.floats:
        return bind_column(_FLOAT, name)
    return exp.Nullif(this=exp.cast(column, "VARCHAR"), expression=exp.Literal.string(""))


def _form_of(found: list[tuple[str, str]]) -> ParquetForm:
    types = {name: of_it.value for name, type in found if (of_it := type_of(type))}
    if not types:
        raise ImportRefusedError("parquet_no_columns")
    for name in types:
        if not name.strip() or len(name) > NAME_MAX_LENGTH:
            raise ImportRefusedError("parquet_column_unnamed")
    return ParquetForm(
        types,
        left_out=tuple(name for name, _type in found if name not in types),
        floats=frozenset(name for name, type in found if type in {"FLOAT", "DOUBLE"}),
    )


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what DuckDB raises into a message of ours. Its own may quote values, so they travel no further."""
    try:
        with disk_outages():
            yield
    except duckdb.OutOfMemoryException:
        raise  # says nothing of the file's contents, and is explained where it may also come from elsewhere
    except duckdb.Error as error:
        known = (code for words, code in _REFUSALS.items() if words in str(error))
        raise ImportRefusedError(next(known, "parquet_damaged")) from None
