r"""Words that databases, spreadsheets and programs write where they hold no value: `\N`, NULL, #N/A …

They stand in a file like any other value, and somebody may be called Null. So they count as empty only in a column of
which somebody said so (Attribute.words_are_empty). What they said is that such words are no values there: it goes for
all of EMPTY_WORDS, also for one that a later file brings, so that none of them is sent as a first name before somebody
looks. The source page counts them all the same.

A word counts as empty where it is the whole value, but for blanks around it. `profiles_in` is the one place where that
is done: whoever reads profiles through it finds nothing there. Never of a key, which every profile needs; nor of a
database, whose columns can say themselves that there is no value.
"""

import re
from collections.abc import Collection
from pathlib import Path

import duckdb
from sqlglot import exp

from .attributes import Attribute
from .blanks import BLANK
from .value_types import bind_column

# As programs write them: "Null" is a surname too. What was chosen means all of them, so a change makes other plans.
EMPTY_WORDS = (
    "\\N", "NULL", "null", "(null)", "#N/A", "N/A", "n/a", "nan", "NaN", "NAN", "None", "none", "NaT", "<NA>",
    "undefined", "#NULL!", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!",
)  # fmt: skip
_BETWEEN_BLANKS = f"{BLANK}*(" + "|".join(map(re.escape, EMPTY_WORDS)) + f"){BLANK}*"
_EMPTY_WORD = f"REGEXP_EXTRACT(x, '^{_BETWEEN_BLANKS}$', 1)"
# Where values repeat, the engine asks this once for each; whether a text matches, or is in a list, once for each row.
IS_EMPTY_WORD = f"{_EMPTY_WORD} <> ''"


def empty_in(attributes: Collection[Attribute]) -> list[str]:
    """Return the names of the columns in which words for "nothing" count as empty."""
    return [attribute.name for attribute in attributes if attribute.words_are_empty]


def profiles_in(parquet: Path, empty: Collection[str] = (), *, beside: Collection[str] = ()) -> exp.Expr:
    """Return the table of a snapshot: null where a value of the columns `empty` is a word for "nothing".

    `beside`: the engine's own columns of a file that are wanted too.
    """
    snapshot = exp.func("read_parquet", exp.Literal.string(str(parquet)))
    if not empty:
        return snapshot
    values = [
        exp.alias_(bind_column(f"CASE WHEN {IS_EMPTY_WORD} THEN NULL ELSE x END", name), name, quoted=True)
        for name in empty
    ]
    query = exp.select(exp.Star(replace=values), *map(exp.column, beside)).from_(snapshot)
    return query.subquery("profiles")


def count_words(duck: duckdb.DuckDBPyConnection, parquet: Path, name: str) -> tuple[tuple[str, int], ...]:
    """Return the words for "nothing" in a column, and how often each of them stands there: most frequent first."""
    word = bind_column(_EMPTY_WORD, name).as_("word")
    count = exp.Count(this=exp.Star()).as_("times")
    query = exp.select(word, count).from_(profiles_in(parquet)).where(bind_column(IS_EMPTY_WORD, name)).group_by("word")
    query = query.order_by("times DESC", "word")
    return tuple((found, times) for found, times in duck.execute(query.sql("duckdb")).fetchall())
