"""NaN, JSON's null and infinite dates of PostgreSQL are no values."""

import pytest

from .conftest import by_person, is_


@pytest.fixture
def customers(postgres, postgres_options, database_source, beside):
    """The table of make.sql. What the script makes besides is not looked at, and a part of it needs a superuser."""
    postgres.execute(beside("18/make.sql").read_text().partition("create table part")[0])
    yield database_source("postgresql", postgres_options, "Customer.List", schema="Marketing-EU", key="Customer ID")
    postgres.execute('DROP SCHEMA "Marketing-EU" CASCADE')


def test_customers_with_more_than_five_do_not_include_not_a_number(customers, run_source):
    mapping = {"email": "E-Mail", "anniversary": "born", "cf:Extra": "extra"}

    sent = run_source(customers, mapping, [is_("dbl", "5", "greaterThan")])

    assert sent.members == 2
    assert sent.values("anniversary") == {"bob@example.com": "", "cy@example.com": ""}  # infinite, and before Christ
    assert sent.values("cf:extra") == {"bob@example.com": "", "cy@example.com": ""}


def table(postgres, sql_type, values):
    postgres.execute(f"CREATE TABLE people (id int PRIMARY KEY, email text, value {sql_type})")
    for n, value in enumerate(values, start=1):
        postgres.execute("INSERT INTO people VALUES (%s, %s, %s)", [n, f"p{n}@example.com", value])


@pytest.mark.parametrize("sql_type", ["float4", "numeric"])
def test_not_a_number_is_greater_than_nothing_and_not_on_the_list(postgres, postgres_source, run_source, sql_type):
    table(postgres, sql_type, ["NaN", "Infinity", "1e20", "4"])

    sent = run_source(postgres_source("people"), {"cf:Number": "value"}, [is_("value", "5", "greaterThan")])

    assert sent.members == 2
    assert set(sent.listed) == {"p2@example.com", "p3@example.com"}


def test_a_null_of_json_is_empty(postgres, postgres_source, run_source):
    value = '{"k": 1}'
    table(postgres, "jsonb", ["null", value, None])

    sent = run_source(postgres_source("people"), {"cf:Extra": "value"})

    assert sent.values("cf:extra") == by_person(["", value, ""])


@pytest.mark.parametrize("sql_type", ["date", "timestamptz"])
def test_infinite_dates_and_those_before_christ_are_not_on_the_list(postgres, postgres_source, run_source, sql_type):
    table(postgres, sql_type, ["infinity", "-infinity", "0044-03-15 BC", "2020-01-05"])

    sent = run_source(postgres_source("people"), {"anniversary": "value"})

    assert sent.values("anniversary") == by_person(["", "", "", "2020-01-05"])
    assert sent.run.batches.get().is_confirmed
