"""What a database keeps for "nothing" is no value: NaN, JSON's null and infinite dates."""

import pytest

from engine.sessions import open_engine
from segments.members.query import count_rules, stage_members
from segments.models import Segment

pytestmark = pytest.mark.django_db
NUMBERS = ["numeric", "double precision", "real"]
INFINITE = ["infinity", "-infinity"]


def count(source, attribute, operator, value=None):
    rule = {"attribute": attribute, "operator": operator, "value": value}
    return count_rules(source, {"op": "and", "rules": [rule]})


def sent(source, attribute):
    with open_engine() as duck:
        stage_members(duck, Segment(source=source), {"k": "id", "v": attribute}, "m")
        return [value for (value,) in duck.execute("SELECT v FROM m ORDER BY CAST(k AS INTEGER)").fetchall()]


def table(postgres, postgres_source, type, *values):
    postgres.execute(f"CREATE TABLE t (id integer PRIMARY KEY, v {type})")
    for place, value in enumerate(values):
        postgres.execute(f"INSERT INTO t VALUES (%s, CAST(%s AS {type}))", [place, value])
    return postgres_source("t")


@pytest.mark.parametrize("type", NUMBERS)
def test_not_a_number_is_no_value(postgres, postgres_source, type):
    source = table(postgres, postgres_source, type, "NaN", "Infinity", "1e20", "-0.5", None)

    assert count(source, "v", "greaterThan", "5") == 2
    assert count(source, "v", "greaterThanOrEqualTo", "5") == 2
    assert count(source, "v", "lessThan", "5") == 1
    assert count(source, "v", "isNull") == 2
    assert count(source, "v", "isNotNull") == 3
    assert count(source, "v", "notEquals", "-0.5") == 4
    assert sent(source, "v") == [None, "Infinity", "100000000000000000000", "-0.5", None]
    assert source.attribute("v").filled == 0.6


@pytest.mark.parametrize("type", ["double precision", "real"])
def test_floating_point_numbers_have_no_exponents(postgres, postgres_source, type):
    source = table(postgres, postgres_source, type, "4155550123", "1e-7", "-1.5e25")

    long = "4155550123" if type == "double precision" else "4155550200"
    assert sent(source, "v") == [long, "0.0000001", "-15000000000000000000000000"]
    assert count(source, "v", "equals", "0.0000001") == 1


@pytest.mark.parametrize("type", ["json", "jsonb"])
def test_null_of_json_is_empty(postgres, postgres_source, type):
    source = table(postgres, postgres_source, type, "null", '{"k": 1}', '"null"', None, " null ")

    assert count(source, "v", "isNull") == 3
    assert count(source, "v", "equals", "null") == 0
    assert sent(source, "v") == [None, '{"k": 1}', '"null"', None, None]


@pytest.mark.parametrize("type", ["date", "timestamp", "timestamptz"])
def test_infinite_dates_are_no_value(postgres, postgres_source, type):
    source = table(postgres, postgres_source, type, "2026-01-31", *INFINITE)

    assert count(source, "v", "greaterThan", "2020-01-01") == 1
    assert count(source, "v", "lessThan", "2030-01-01") == 1
    assert count(source, "v", "isNull") == 2
    assert [value and value[:10] for value in sent(source, "v")] == ["2026-01-31", None, None]


def test_the_padding_of_char_columns_is_no_part_of_keys_rules_or_values(postgres, postgres_source):
    postgres.execute("CREATE TABLE t (id char(10) PRIMARY KEY, v char(60), w char(5))")
    postgres.execute("INSERT INTO t VALUES ('1', 'France', ''), ('2', 'Japan', 'x')")
    source = postgres_source("t")

    assert sent(source, "v") == ["France", "Japan"]
    assert sent(source, "id") == ["1", "2"]
    assert count(source, "v", "equals", "France") == 1
    assert count(source, "v", "endsWith", "ce") == 1
    assert count(source, "id", "equals", "1") == 1
    assert count(source, "w", "isNull") == 1
