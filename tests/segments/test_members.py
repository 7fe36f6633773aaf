"""Who is in a segment, and what the exports get to read of them."""

from datetime import datetime

import pytest

from engine.sessions import open_engine
from segments.errors import AttributeMissingError, RulesInvalidError
from segments.evaluations.lifecycle import evaluate_now
from segments.members.query import count_members, sample_members, stage_members, stage_union
from segments.models import Segment


def staged(segment, columns, **more):
    with open_engine() as duck:
        stage_members(duck, segment, columns, "members", **more)
        types = [row[1] for row in duck.execute("DESCRIBE members").fetchall()]
        return types, sorted(duck.execute("SELECT * FROM members").fetchall())


def test_the_view_has_one_row_per_member_and_the_texts_of_the_file(americans):
    types, rows = staged(americans, {"key": "id", "zip": "postal_code", "spent": "spent", "mail": "email"})

    assert types == ["VARCHAR"] * 4
    assert rows == [("1", "01234", "19.90", "ann@example.com"), ("2", "98104", "0.5", "ben@example.com")]


def test_the_view_can_tell_when_a_profile_was_last_updated(americans):
    types, rows = staged(americans, {"key": "id"}, updated="moment")

    assert types == ["VARCHAR", "TIMESTAMP"]
    assert rows == [("1", datetime(2026, 1, 10, 8)), ("2", datetime(2026, 3, 1, 12, 30))]


def test_last_updates_with_offsets_and_in_other_forms_are_put_in_order(make_source):
    source = make_source("id,at\n1,2026-01-31T10:00:00+02:00\n2,2026-01-31T09:00:00Z\n3,\n", updated="at")

    assert staged(Segment(source=source), {"key": "id"}, updated="at")[1] == [
        ("1", datetime(2026, 1, 31, 8)),
        ("2", datetime(2026, 1, 31, 9)),
        ("3", None),
    ]
    source = make_source("id,at\n1,31.01.2026\n", updated="at")
    assert staged(Segment(source=source), {"key": "id"}, updated="at")[1] == [("1", datetime(2026, 1, 31))]


def test_without_a_column_of_last_updates_the_view_knows_no_moment(make_source):
    assert staged(Segment(source=make_source()), {"key": "id"}, updated="at")[1][0] == ("1", None)


def test_an_attribute_the_source_lacks_is_named(americans):
    with pytest.raises(AttributeMissingError, match="“People” has no attribute “surname”"):
        staged(americans, {"last_name": "surname"})


def test_rules_that_no_longer_fit_are_raised(people):
    segment = Segment(source=people, rules={"op": "and", "rules": [{"attribute": "town", "operator": "isNull"}]})

    with pytest.raises(RulesInvalidError, match="Condition 1: The profile source has no attribute “town”"):
        staged(segment, {"key": "id"})


def test_opposite_conditions_divide_all_profiles(people):
    def count(operator, attribute, value):
        rules = {"op": "and", "rules": [{"attribute": attribute, "operator": operator, "value": value}]}
        return count_members(Segment(source=people, rules=rules))

    assert count("equals", "country", "France") + count("notEquals", "country", "France") == 5
    assert count("equals", "orders", "3") + count("notEquals", "orders", "3") == 5
    assert count("isNull", "orders", None) + count("isNotNull", "orders", None) == 5


def test_a_count_is_stored_with_its_moment(americans):
    evaluate_now(americans, trigger="refresh")

    americans.refresh_from_db()
    assert americans.member_count == 2
    assert americans.counted_at is not None
    assert not americans.stored_problem


def test_a_count_that_fails_stores_why(americans):
    americans.rules = {"op": "and", "rules": [{"attribute": "town", "operator": "isNull"}]}
    americans.save()

    evaluate_now(americans, trigger="refresh")

    americans.refresh_from_db()
    assert americans.member_count is None
    assert "no attribute “town”" in str(americans.problem)


def test_a_sample_shows_the_first_members_by_their_key(make_source):
    source = make_source("id,name\n10,j\n9,i\n1,a\n2,b\n")

    attributes, rows = sample_members(Segment(source=source), limit=3)

    assert [attribute.name for attribute in attributes] == ["id", "name"]
    assert rows == [("1", "a"), ("2", "b"), ("9", "i")]


def test_very_many_conditions_can_be_counted(people):
    rules = [{"attribute": "country", "operator": "notEquals", "value": f"x{number}"} for number in range(2000)]

    assert count_members(Segment(source=people, rules={"op": "and", "rules": rules})) == 5


@pytest.mark.parametrize("name", ["name", "file_row_number"])  # the latter hides the engine's own
def test_a_place_is_the_same_for_a_profile_each_time_the_view_is_read(make_source, name):
    source = make_source(f"id,{name}\n" + "".join(f"{number},9\n" for number in range(500)))
    with open_engine(keep_order=True) as duck:
        stage_union(duck, [Segment(source=source)], {"key": "id", "value": name}, "members", place="place")
        query = "SELECT key, place, value FROM members ORDER BY place"
        first, again = duck.execute(query).fetchall(), duck.execute(query).fetchall()
    assert first == again
    assert len({place for _key, place, _value in first}) == len({key for key, _place, _value in first}) == 500
    assert {value for _key, _place, value in first} == {"9"}
