"""The sample customer file, from the file to a segment."""

import csv

import pytest

from engine.sessions import open_engine
from profiles.imports.lifecycle import import_now
from profiles.models import ProfileSource
from segments.members.query import count_rules, stage_members
from segments.models import Segment, everybody

IN_THE_US = {"op": "and", "rules": [{"attribute": "country", "operator": "equals", "value": "United States"}]}


@pytest.fixture
def customers(db, adventureworks_csv) -> ProfileSource:
    source = ProfileSource.objects.create(name="AdventureWorks", key_attribute="person_id")
    import_now(source, adventureworks_csv, key="person_id", updated="updated_at")
    source.refresh_from_db()
    return source


def test_all_customers_are_taken_in_and_those_in_the_united_states_are_counted(customers):
    assert customers.row_count == count_rules(customers, everybody()) == 19_972
    assert count_rules(customers, IN_THE_US) == 8_103


def test_every_value_of_every_customer_is_exactly_that_of_the_file(customers, adventureworks_csv):
    with adventureworks_csv.open(newline="", encoding="utf-8") as file:
        names, *rows = csv.reader(file)
    with open_engine() as duck:
        stage_members(duck, Segment(source=customers), dict(zip(names, names, strict=True)), "members")
        found = duck.execute("SELECT * FROM members").fetchall()

    assert sorted(tuple(value or "" for value in row) for row in found) == sorted(map(tuple, rows))


def test_the_attributes_are_what_a_person_would_say_they_are(customers):
    types = {attribute.name: attribute.type for attribute in customers.attributes()}

    assert [name for name, type in types.items() if type == "whole"] == ["person_id", "email_promotion"]
    assert types["updated_at"] == "moment"
    assert types["postal_code"] == types["phone"] == types["customer_number"] == "text"
    assert [attribute.name for attribute in customers.attributes() if attribute.looks_like_email] == ["email"]
    assert "United States" in customers.attribute("country").values
