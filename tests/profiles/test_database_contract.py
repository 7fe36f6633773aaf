"""What every profile source promises, wherever its profiles are: a file, PostgreSQL, or whatever else has a driver."""

from datetime import datetime
from itertools import product

import pytest

from engine.sessions import open_engine
from profiles.errors import SourceUnavailableError
from profiles.models import ProfileSource
from segments.errors import AttributeMissingError, RulesInvalidError
from segments.evaluations.lifecycle import evaluate_now
from segments.members.query import count_rules, sample_members, stage_members
from segments.models import Segment, everybody
from tests.support.fixtures_warehouses import MISSING

pytestmark = pytest.mark.django_db

NAMES = ("id", "email", "name", "country", "postal_code", "orders", "spent", "born", "updated", "vip", 'odd "name; --')
TYPES = ("INTEGER", "TEXT", "TEXT", "TEXT", "TEXT", "INTEGER", "{real}", "DATE", "TIMESTAMP", "BOOLEAN", "TEXT")
KINDS = ("whole", "text", "text", "text", "text", "whole", "number", "date", "moment", "boolean", "text")
ATTEMPTS = [
    "' OR '1'='1",
    "x'); DROP TABLE people; --",
    '" OR 1=1 --',
    "\\' OR 1=1 --",
    "\\",
    "%",
    "_",
    "$1",
    "?",
    ":name",
    "/* */",
    "\u2019 OR 1=1",
    "line\nbreak",
]
ROWS = [
    (
        "1",
        "ann@example.com",
        "Ann",
        "United States",
        "01234",
        "3",
        "19.9",
        "1980-05-17",
        "2026-01-10 08:00:00",
        "true",
        "a",
    ),
    (
        "2",
        "ben@example.com",
        "Ben",
        "united states",
        "98104",
        "0",
        "0.5",
        "1991-12-01",
        "2026-03-01 12:30:00",
        "false",
        "b",
    ),
    ("3", "cleo@example.com", "Cléo", "France", "75001", "12", "250.25", None, "2025-11-30 23:59:59", "true", None),
    ("4", None, "Dora", "Germany", None, "1", "-3.25", "2000-02-29", "2026-03-01 00:00:00", None, "a"),
    ("10", "eve@example.com", " ", None, "10115", None, None, "1975-07-07", None, "false", "%"),
]
ROWS += [
    (str(100 + place), None, None, None, None, None, None, None, None, None, one) for place, one in enumerate(ATTEMPTS)
]


def columns_sql(real):
    return ", ".join(
        '"' + name.replace('"', '""') + '" ' + type.format(real=real) for name, type in zip(NAMES, TYPES, strict=True)
    )


@pytest.fixture
def _file(make_source):
    def _make(rows=ROWS, **about):
        return make_source(csv_of([NAMES, *rows]), updated="updated", **about)

    return _make


def csv_of(rows):
    return "".join(",".join('"' + (value or "").replace('"', '""') + '"' for value in row) + "\n" for row in rows)


@pytest.fixture
def _postgresql(postgres, postgres_source):
    def _make(rows=ROWS, **about):
        postgres.execute(f"CREATE TABLE people ({columns_sql('numeric')})")
        postgres.cursor().executemany(f"INSERT INTO people VALUES ({', '.join(['%s'] * len(NAMES))})", rows)
        return postgres_source("people", updated="updated", **about)

    return _make


@pytest.fixture
def _sqlite(sqlite, sqlite_source):
    def _make(rows=ROWS, **about):
        sqlite.execute(f"CREATE TABLE people ({columns_sql('REAL')})")
        as_kept = [[{"true": 1, "false": 0}.get(value, value) for value in row] for row in rows]
        sqlite.executemany(f"INSERT INTO people VALUES ({', '.join(['?'] * len(NAMES))})", as_kept)
        return sqlite_source("people", updated="updated", **about)

    return _make


DOUBLES = [type.format(real="DOUBLE") for type in TYPES]


@pytest.fixture
def _flightsql(flight_sql_source):
    def _make(rows=ROWS, **about):
        return flight_sql_source(NAMES, DOUBLES, rows, updated="updated", **about)

    return _make


@pytest.fixture
def _spark(spark_source):
    def _make(rows=ROWS, **about):
        return spark_source(NAMES, DOUBLES, rows, updated="updated", **about)

    return _make


WHERE = ["file", "postgresql", "sqlite", "flightsql", "spark"]


@pytest.fixture(params=[kind for kind in WHERE if kind not in MISSING])
def make(request):
    return request.getfixturevalue(f"_{request.param}")


@pytest.fixture
def source(make):
    return make()


def one(attribute, operator, value=None, ignore_case=False):
    rule = {"attribute": attribute, "operator": operator, "value": value, "ignore_case": ignore_case}
    return {"op": "and", "rules": [rule]}


def staged(segment, columns, updated=""):
    with open_engine() as duck:
        stage_members(duck, segment, columns, "members", updated=updated)
        return sorted(duck.execute("SELECT * FROM members").fetchall())


def members(source, rules):
    return sorted(int(key) for (key,) in staged(Segment(source=source, rules=rules), {"k": "id"}))


@pytest.mark.parametrize("kind", ["flightsql", "spark"])
def test_a_warehouse_is_tried_where_there_is_one(kind):
    """Says once what is missing: the tests below run for what is there."""
    if kind in MISSING:
        pytest.skip(MISSING[kind])


def test_the_attributes_have_the_types_of_their_values(source):
    assert [(attribute.name, attribute.type) for attribute in source.attributes()] == list(
        zip(NAMES, KINDS, strict=True)
    )


def test_the_page_of_a_source_can_say_what_is_in_it(source):
    email, country = source.attribute("email"), source.attribute("country")

    assert source.row_count == len(ROWS)
    assert source.refreshed_at is not None
    assert email.filled == pytest.approx(4 / len(ROWS))
    assert email.looks_like_email
    assert email.samples[0] == "a…@example.com"
    assert set(country.values) == {"United States", "united states", "France", "Germany"}


RULES = [
    (one("country", "equals", "United States"), [1]),
    (one("country", "equals", "UNITED states", ignore_case=True), [1, 2]),
    (one("country", "isIn", ["France", "Germany"]), [3, 4]),
    (one("name", "startsWith", "Cl"), [3]),
    (one("name", "endsWith", "n"), [1, 2]),
    (one("name", "contains", "or"), [4]),
    (one("postal_code", "equals", "01234"), [1]),
    (one("orders", "greaterThan", "2.5"), [1, 3]),
    (one("orders", "isBetween", ["0", "1"]), [2, 4]),
    (one("spent", "equals", "0.5"), [2]),
    (one("spent", "equals", "19.90"), [1]),
    (one("spent", "lessThan", "0"), [4]),
    (one("born", "lessThan", "1991-12-01"), [1, 10]),
    (one("updated", "equals", "2026-03-01"), [2, 4]),
    (one("updated", "isBetween", ["2025-11-30", "2026-01-10"]), [1, 3]),
    (one("vip", "equals", True), [1, 3]),
    (one("vip", "equals", False), [2, 10]),
    ({"op": "and", "rules": [*one("id", "lessThan", "50")["rules"], *one("name", "isNull")["rules"]]}, [10]),
    ({"op": "and", "rules": [*one("id", "lessThan", "50")["rules"], *one("born", "isNull")["rules"]]}, [3]),
    (
        {"op": "and", "rules": [*one("id", "lessThan", "50")["rules"], *one("orders", "notEquals", "3")["rules"]]},
        [2, 3, 4, 10],
    ),
    ({"op": "or", "rules": [one("name", "equals", "Ann"), one("name", "equals", "Ben")]}, [1, 2]),
]


def test_a_rule_means_the_same_everywhere(source):
    found = [(rules, members(source, rules)) for rules, _expected in RULES]

    assert found == RULES
    assert [count_rules(source, rules) for rules, _expected in RULES] == [len(keys) for _rules, keys in RULES]


def test_every_value_is_staged_as_it_is_written(source):
    rows = staged(Segment(source=source), {name: name for name in NAMES})

    assert rows == sorted(ROWS, key=lambda row: row[0])


def test_the_moment_of_the_last_update_is_staged_as_one(source):
    rows = staged(Segment(source=source, rules=one("name", "equals", "Ann")), {"k": "id"}, updated="when")

    assert rows == [("1", datetime(2026, 1, 10, 8, 0))]


def test_only_what_was_asked_for_is_staged_and_everybody_is_a_member_without_rules(source):
    assert len(staged(Segment(source=source, rules=everybody()), {"k": "id"})) == len(ROWS)
    assert count_rules(source, everybody()) == len(ROWS)


def test_the_first_members_come_in_the_order_of_their_keys(source):
    attributes, rows = sample_members(Segment(source=source, rules=one("id", "lessThan", "50")), limit=4)

    assert [attribute.name for attribute in attributes] == list(NAMES)
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert rows[3] == ROWS[3]


def test_an_attempt_in_a_value_or_the_name_of_a_column_is_a_value_or_a_name(source):
    for operator, ignore_case in product(["equals", "contains", "startsWith", "endsWith", "isIn"], [False, True]):
        for place, attempt in enumerate(ATTEMPTS):
            found = members(source, one(NAMES[-1], operator, [attempt] if operator == "isIn" else attempt, ignore_case))

            assert 100 + place in found, attempt
            assert not {1, 2, 3, 4} & set(found)
    assert count_rules(source, everybody()) == len(ROWS)


def test_an_attempt_in_the_name_of_an_attribute_is_refused(source):
    for attempt in ('id" OR 1=1 --', "*", "id; DROP TABLE people"):
        with pytest.raises(RulesInvalidError):
            count_rules(source, one(attempt, "isNull"))
        with pytest.raises(AttributeMissingError, match=r"has no (attribute|column)"):
            staged(Segment(source=source), {"k": attempt})


def test_a_rule_that_does_not_fit_is_explained(source):
    with pytest.raises(RulesInvalidError, match="does not fit the values"):
        count_rules(source, one("orders", "contains", "1"))


def test_a_source_that_is_gone_is_unavailable_and_its_segment_shows_that(source, monkeypatch):
    segment = Segment.objects.create(name="All", source=source)
    if source.is_in_database:
        type(source.database).objects.update(table="gone")
    else:
        ProfileSource.objects.update(snapshot="sources/0/gone.parquet")
    source = ProfileSource.objects.get()

    with pytest.raises(SourceUnavailableError):
        count_rules(source, everybody())
    with pytest.raises(SourceUnavailableError):
        staged(Segment(source=source), {"k": "id"})
    evaluate_now(Segment.objects.get(), trigger="refresh")
    segment.refresh_from_db()
    assert segment.member_count is None
    assert str(segment.problem)
