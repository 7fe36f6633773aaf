"""Consent: whoever's attribute is not true is not sent.

True are the words of typed.YES, in capital letters or small, with blanks around or not: those that a file writes for
a boolean (profiles.value_types) and what databases store as one. Everything else is no consent: no, nothing at all, and
what nobody can read.
"""

from __future__ import annotations

from duckdb import DuckDBPyConnection
from sqlglot import exp

from . import columns
from .dispositions import Disposition
from .sql import call, case
from .typed import YES

COLUMN = "consent"  # of a staged profile, where an attribute was chosen
WORDS = YES


def is_given() -> exp.Expr:
    """Whether the staged text is one of the words; false for null."""
    text = exp.column(COLUMN)
    bare = call("lower", columns.without_blanks(text))
    plain = call("lower", text).isin(*WORDS)
    return call("coalesce", case((plain, True), otherwise=bare.isin(*WORDS)), False)


def find(duck: DuckDBPyConnection, is_asked: bool) -> None:
    """Make `without_consent` (place) of the profiles that are `staged`; empty where nobody is asked for consent."""
    query = exp.select("place").from_("staged").where(is_given().not_() if is_asked else exp.false())
    duck.execute(f"CREATE OR REPLACE TEMP TABLE without_consent AS {query.sql('duckdb')}")


def repeat(duck: DuckDBPyConnection) -> None:
    """Make it of the rows of an earlier plan of the same profiles, which are `candidate`: there it says so."""
    duck.execute(f"""
        CREATE OR REPLACE TEMP TABLE without_consent AS
        SELECT place FROM candidate WHERE disposition = '{Disposition.NO_CONSENT}'
    """)  # noqa: S608 - a word of ours
