"""Recognises a Parquet file and copies it into a snapshot: every value as the text a person reads.

A Parquet file says itself what its columns are, so no type is guessed: text that looks like a number stays text.
Bytes are text if every value can be read as one (some programs do not say so), or UUIDs if there are 16 of them always.
Lists, structures and other bytes are no values of an attribute; such columns are left out, and a warning says so.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from engine.outages import disk_outages
from engine.sessions import only_row, open_engine, scratch
from profiles.column_types import type_of
from profiles.errors import ImportRefusedError
from profiles.value_types import bind_column, count_where
from web.messages import Message

from .csv_header import NAME_MAX_LENGTH
from .csv_to_parquet import WIDE

MARK, MARK_OF_ENCRYPTED = b"PAR1", b"PARE"
_TYPE_LENGTH = 40  # of a structure with many fields: enough to know it by
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
# Not UTF-8, or with characters that no text has.
_IS_NO_TEXT = r"NOT x IS NULL AND (TRY(DECODE(x)) IS NULL OR REGEXP_MATCHES(TRY(DECODE(x)), '[\x00-\x08\x0E-\x1F]'))"
_UUID = r"REGEXP_REPLACE(LOWER(HEX(x)), '(.{8})(.{4})(.{4})(.{4})(.{12})', '\1-\2-\3-\4-\5')"
MEDIA_TYPE = "application/vnd.apache.parquet"  # as registered with IANA


@dataclass(frozen=True)
class ParquetForm:
    """The columns of a file that can be attributes, with their types, and the names of those that can't."""

    types: Mapping[str, str]
    left_out: tuple[str, ...] = ()  # each with its type: "tags (VARCHAR[])"
    # What becomes text in a way of its own.
    floats: frozenset[str] = frozenset()
    bytes_of_text: frozenset[str] = frozenset()
    bytes_of_uuids: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.types)


def left_out(form: Any) -> list[Message]:
    """Return what people should know about columns that were left out, if any were."""
    return [Message("columns_left_out", {"names": list(form.left_out)})] if form.left_out else []


def is_parquet(head: bytes) -> bool:
    return head.startswith((MARK, MARK_OF_ENCRYPTED))


def recognise_parquet(path: Path, has_rows: bool = True) -> ParquetForm:
    """Return what the columns of the file at `path` are. Reads its end, and columns of bytes.

    Raises ImportRefusedError.
    """
    described = exp.Describe(this=exp.select("*").from_(_read(path)))
    with open_engine(reach=[path]) as duck, _refusing():
        found = {name: type for name, type, *_rest in duck.execute(described.sql("duckdb")).fetchall()}
        bytes = [name for name, type in found.items() if type == "BLOB"]
        texts, uuids = _read_bytes(duck, path, bytes) if has_rows else (frozenset(bytes), frozenset())
    return _form_of(found, texts, uuids)


def _read_bytes(
    duck: duckdb.DuckDBPyConnection, path: Path, names: Sequence[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return which columns of bytes are text and which are UUIDs, by every value there is."""
    if not names:
        return frozenset(), frozenset()
    file = exp.Literal.string(str(path))
    fixed = exp.select("name").from_(exp.func("parquet_schema", file)).where("type_length = '16'")
    of_sixteen = {name for (name,) in duck.execute(fixed.sql("duckdb")).fetchall()}
    misfits = exp.select(*(count_where(bind_column(_IS_NO_TEXT, name)) for name in names)).from_(_read(path))
    texts = {name for name, count in zip(names, only_row(duck, misfits), strict=True) if not count}
    return frozenset(texts), frozenset(of_sixteen.intersection(names) - texts)


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
    """Return what the columns of a file are that ends with `end`, which holds its whole description. Bytes are taken
    for text, until the rows are there.

    Raises ImportRefusedError like `recognise_parquet`.
    """
    if not end.endswith((MARK, MARK_OF_ENCRYPTED)) or description_length(end) > len(end):
        raise ImportRefusedError("parquet_incomplete")
    with tempfile.TemporaryDirectory(dir=scratch()) as directory:
        path = Path(directory) / "columns.parquet"
        path.write_bytes(MARK + end[-description_length(end) :])
        return recognise_parquet(path, has_rows=False)


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
    if name in form.bytes_of_uuids:
        return bind_column(_UUID, name)
    if name in form.bytes_of_text:
        return bind_column("NULLIF(DECODE(x), '')", name)
    return exp.Nullif(this=exp.cast(column, "VARCHAR"), expression=exp.Literal.string(""))


def _form_of(found: Mapping[str, str], texts: frozenset[str], uuids: frozenset[str]) -> ParquetForm:
    read_as = dict(found) | dict.fromkeys(texts | uuids, "VARCHAR")
    types = {name: of_it.value for name, type in read_as.items() if (of_it := type_of(type))}
    if not types:
        raise ImportRefusedError("parquet_no_columns")
    for name in types:
        if not name.strip() or len(name) > NAME_MAX_LENGTH:
            raise ImportRefusedError("parquet_column_unnamed")
    return ParquetForm(
        types,
        left_out=tuple(f"{name} ({type[:_TYPE_LENGTH]})" for name, type in found.items() if name not in types),
        floats=frozenset(name for name, type in found.items() if type in {"FLOAT", "DOUBLE"}),
        bytes_of_text=texts,
        bytes_of_uuids=uuids,
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
