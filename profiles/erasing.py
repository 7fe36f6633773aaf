"""One person's profiles: found by an address, and taken out of the file that a source keeps.

An address of a person stands in the attributes that are sent as the address, not in any that holds addresses: the
account manager of a thousand customers must not take these along.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from django.db import transaction
from sqlglot import exp

from engine.cancellation import Cancellation
from engine.files import discard, local_copy, names_in
from engine.outages import StorageUnavailableError
from engine.rewriting import Rewritten, column, rewrite
from engine.sessions import open_engine

from .attributes import Attribute, masked
from .blanks import AROUND, BLANKS
from .describe import SAMPLE_LENGTH
from .models import ProfileSource
from .signals import profiles_changed

MAX_KEYS = 1000  # profiles of one person in one source; more are no person


def normalised_address(text: str) -> str:
    """Return an address as it is compared everywhere: without blanks around, letters of ASCII small."""
    return text.strip(BLANKS + "\0").translate(str.maketrans(ascii_uppercase, ascii_lowercase))


def is_of(address: str, names: Collection[str]) -> exp.Expr:
    """Return the condition that one of these attributes of a snapshot is the address."""
    return exp.or_(*(_is_address(column(name), address) for name in names)) if names else exp.false()


def find_keys(source: ProfileSource, address: str, names: Collection[str]) -> list[str]:
    """Return the keys of the person's profiles in a source of a file.

    Raises StorageUnavailableError, and FileNotFoundError when the file is gone.
    """
    if not source.snapshot or not names:
        return []
    key = exp.cast(column(source.key_attribute), "VARCHAR")
    return [str(row[0]) for row in _rows(source.snapshot, exp.select(key), is_of(address, names))]


def count_elsewhere(source: ProfileSource, address: str, names: Collection[str]) -> int:
    """Return how many profiles have the address in another attribute than these, and not in one of these."""
    others = [each.name for each in source.attributes() if each.looks_like_email and each.name not in names]
    if not source.snapshot or not others:
        return 0
    condition = exp.and_(is_of(address, others), exp.not_(exp.func("coalesce", is_of(address, names), exp.false())))
    return int(_rows(source.snapshot, exp.select(exp.Count(this=exp.Star())), condition)[0][0])


def rewrite_snapshot(
    source: ProfileSource, address: str, names: Collection[str], cancellation: Cancellation
) -> tuple[Rewritten, list[Attribute]] | None:
    """Store the source's profiles without the person; return the file, and the attributes without their examples.

    None: the person has no profile there. Touches no database. Raises what `find_keys` does.
    """
    condition = is_of(address, names)
    written = rewrite(source.snapshot, condition, cancellation) if names else None
    if written is None:
        return None
    try:
        return written, list(_without_examples(source, written, condition))
    except BaseException:
        discard(written.name)
        raise


def publish_rewritten(source: ProfileSource, written: Rewritten, attributes: Sequence[Attribute]) -> bool:
    """Make the new file the source's profiles, and have what follows these evaluated anew. False: it has others."""
    with transaction.atomic():
        same = ProfileSource.objects.filter(pk=source.pk, snapshot=source.snapshot)
        columns = [attribute.as_json() for attribute in attributes]
        if not same.update(snapshot=written.name, row_count=written.rows, columns=columns):
            return False
        profiles_changed.send(ProfileSource, source_id=source.pk)
    return True


def snapshots_of(source_id: int) -> list[str]:
    """Return the names of all files that are kept of a source. Raises StorageUnavailableError."""
    return names_in(f"sources/{source_id}")


def discard_files(names: Collection[str]) -> None:
    """Delete files that nobody reads any more. Raises StorageUnavailableError when one is left."""
    left = [name for name in names if not discard(name)]
    if left:
        raise StorageUnavailableError("a file could not be deleted")


def _is_address(value: exp.Expr, address: str) -> exp.Expr:
    """The same as normalised_address, for a value of a file. First what is quick, for nearly all of them end there."""
    text, wanted = exp.cast(value, "VARCHAR"), exp.Literal.string(address)
    bare = _call("regexp_replace", text, exp.Literal.string(AROUND), exp.Literal.string(""), exp.Literal.string("g"))
    letters = (exp.Literal.string(ascii_uppercase), exp.Literal.string(ascii_lowercase))
    is_same = exp.EQ(this=_call("translate", bare, *letters), expression=wanted)
    return exp.Case(
        ifs=[exp.If(this=_call("contains", _call("lower", text), wanted), true=is_same)], default=exp.false()
    )


def _without_examples(source: ProfileSource, written: Rewritten, condition: exp.Expr) -> Iterator[Attribute]:
    """The attributes without examples that only the person gave."""
    erased = [dict(zip((one.name for one in source.attributes()), row, strict=True)) for row in _of(source, condition)]
    for attribute in source.attributes():
        gone = set()
        for value in {str(row[attribute.name]) for row in erased if row[attribute.name] is not None}:
            shown = {value, masked(value), masked(value)[:SAMPLE_LENGTH]}
            if shown & {*attribute.samples, *attribute.values} and not _stands_in(written.name, attribute.name, value):
                gone |= shown
        samples, values = (
            tuple(each for each in kept if each not in gone) for kept in (attribute.samples, attribute.values)
        )
        yield replace(attribute, samples=samples, values=values)


def _of(source: ProfileSource, condition: exp.Expr) -> list[tuple[Any, ...]]:
    return _rows(source.snapshot, exp.select(*(column(one.name) for one in source.attributes())), condition)


def _stands_in(snapshot: str, name: str, value: str) -> bool:
    same = exp.EQ(this=exp.cast(column(name), "VARCHAR"), expression=exp.Literal.string(value))
    return bool(_rows(snapshot, exp.select("1"), same, limit=1))


def _rows(snapshot: str, query: exp.Select, condition: exp.Expr, limit: int = MAX_KEYS) -> list[tuple[Any, ...]]:
    path = local_copy(snapshot)
    query = query.from_(exp.func("read_parquet", exp.Literal.string(str(path)))).where(condition).limit(limit)
    with open_engine(reach=[path]) as duck:
        return duck.execute(query.sql("duckdb")).fetchall()


def _call(function: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=function, expressions=[argument.copy() for argument in arguments])
