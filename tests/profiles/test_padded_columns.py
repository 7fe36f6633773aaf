"""Columns that a database of fixed widths has padded with blanks mean what was entered."""

import pytest

from engine.sessions import open_engine
from segments.members.query import count_rules, read_members, stage_members
from segments.models import Segment, everybody

pytestmark = pytest.mark.django_db
NAMES = ("id", "first", "country", "born")
PEOPLE = [("1", "Ann", "France", "2001-02-03"), ("2", "Bob", "France", ""), ("31", "Zoë", "Japan", "1999-12-31")]


def padded(rows, width=24):
    return "\n".join(",".join(cell.ljust(width) for cell in row) for row in rows) + "\n"


def matching(attribute, value):
    return {"op": "and", "rules": [{"attribute": attribute, "operator": "equals", "value": value}]}


@pytest.fixture
def source(make_source):
    return make_source(",".join(NAMES) + "\n" + padded(PEOPLE))


def test_rules_values_and_keys_have_no_padding(source):
    _names, members = read_members(Segment.objects.create(name="All", source=source, rules=everybody()))

    assert list(members) == [tuple(cell or None for cell in row) for row in PEOPLE]
    assert count_rules(source, matching("country", "France")) == 2
    with open_engine() as duck:
        stage_members(duck, Segment(source=source), {"value_0": "first"}, "m")
        assert sorted(duck.execute("FROM m").fetchall()) == [("Ann",), ("Bob",), ("Zoë",)]


def test_padded_numbers_and_dates_have_their_types(source):
    assert source.attribute("id").type == "whole"
    assert source.attribute("born").type == "date"
    assert source.attribute("born").filled == pytest.approx(2 / 3)


def test_keys_that_differ_by_their_padding_alone_are_the_same_in_the_next_upload(source, make_source):
    again = make_source("id,first,country,born\n1,Ann,France,2001-02-03\n")

    assert count_rules(again, matching("id", "1")) == 1


@pytest.mark.parametrize("values", [("a ", "b"), ("a ", "b "), ("ab  ", "c"), ("a  ",)])
def test_blanks_that_people_left_behind_a_value_stay(make_source, values):
    source = make_source("id,v\n" + "".join(f"{place},{value}\n" for place, value in enumerate(values)))

    with open_engine() as duck:
        stage_members(duck, Segment(source=source), {"id": "id", "v": "v"}, "m")
        assert duck.execute("SELECT v FROM m ORDER BY id").fetchall() == [(value,) for value in values]
