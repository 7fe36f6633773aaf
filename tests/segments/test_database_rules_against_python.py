"""Rules compiled for PostgreSQL select what a plain reading of them in Python selects, on random rows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql
from sqlglot import exp

from profiles.databases.session import open_session
from segments.rules.compile import compile_rules
from segments.rules.tree import read_rules

from .test_rules_against_python import NAMES, TEXTS, TODAY, every_leaf, expected, rows, several

COLUMNS = {
    "text": "text",
    "whole": "bigint",
    "number": "{number}",
    "date": "date",
    "moment": "timestamp",
    "boolean": "boolean",
}


class Table:
    def __init__(self, writer, session, schema):
        self.writer, self.session, self.schema = writer, session, schema
        self.there = session.kind.columns(session, schema, "profiles")

    def fill(self, table):
        """As a person would have typed the columns: a text is what it is, and of all else a blank is no value."""
        with self.writer.transaction(), self.writer.cursor() as cursor:
            cursor.execute("DELETE FROM profiles")
            with cursor.copy("COPY profiles FROM STDIN") as copy:
                for place, (text, *values) in enumerate(table):
                    copy.write_row([str(place), text or None, *(value.strip() or None for value in values)])

    def selected(self, *rules):
        """Return for each of the rules the places of the rows that it selects, asked in one query."""
        conditions = [
            compile_rules(read_rules(one, self.there.attributes()), today=TODAY, values=self.there) for one in rules
        ]
        columns = [exp.alias_(condition, f"c{number}") for number, condition in enumerate(conditions)]
        query = exp.select(exp.column("place"), *columns).from_(self.session.kind.table(self.schema, "profiles"))
        answer = self.session.rows(query)
        return [{row[0] for row in answer if row[number]} for number in range(1, len(rules) + 1)]


@pytest.fixture(params=["numeric", "double precision", "real"])
def table(request, postgres, postgres_options):
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(COLUMNS[kind].format(number=request.param)))
        for kind, name in NAMES.items()
    ]
    postgres.execute(sql.SQL("CREATE TABLE profiles (place integer, {})").format(sql.SQL(", ").join(columns)))
    with open_session("postgresql", postgres_options, "profiles", 600) as session:
        yield Table(postgres, session, postgres.schema)


def test_every_operator_selects_the_same_rows_as_plain_python(table):
    table.fill(EVERY_VALUE)

    leaves = [leaf for leaves in every_leaf() for leaf in leaves]

    wrong = []
    for some in batched(leaves, 100):
        found = table.selected(*({"op": "and", "rules": [leaf]} for leaf in some))
        wrong += [leaf for leaf, places in zip(some, found, strict=True) if places != expected(leaf, EVERY_VALUE)]
    assert wrong == []


def batched(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


MOMENTS = [f"2026-11-{day} 12:30:00" for day in range(19, 28)]
EVERY_VALUE = [
    *((text, "", "", "", "", "") for text in ["", " ", "\u3000\u00a0 ", *TEXTS]),
    *(("", whole, "", "", "", "") for whole in ("-2", "-1", "0", "1", "2")),
    *(("", "", number, "", "", "") for number in ("-1.5", "-1", "0", "0.1", "0.10", "1.5", "2")),
    *(("", "", "", moment[:10], moment, "") for moment in MOMENTS),
    *(("", "", "", "", "", boolean) for boolean in ("true", "FALSE", "yes", "no")),
]


@pytest.mark.parametrize("table", ["numeric"], indirect=True)
def test_compiled_rules_select_the_same_rows_as_plain_python(table):
    @settings(max_examples=60, deadline=None)
    @given(rules=several, profiles=rows)
    def holds(rules, profiles):
        table.fill(profiles)

        assert table.selected(rules) == [expected(rules, profiles)]

    holds()


@pytest.mark.parametrize("table", ["numeric"], indirect=True)
def test_any_text_finds_itself_and_nothing_else(table):
    @settings(max_examples=60, deadline=None)
    @given(value=st.text(min_size=1, max_size=20).filter(lambda value: value.strip() and "\0" not in value))
    def finds_itself(value):
        rules = {"op": "and", "rules": [{"attribute": NAMES["text"], "operator": "equals", "value": value}]}
        table.fill([(value, "", "", "", "", ""), (value + "x", "", "", "", "", "")])

        assert table.selected(rules) == [{0}]

    finds_itself()
