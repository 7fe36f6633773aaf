"""Who is at Constant Contact with the same values costs no call."""

import duckdb

from exports.plan.build import Baseline
from exports.plan.repeat import write_repeated_plan

from .planning import Planned, plan

TARGETS = ("email", "first_name")
PEOPLE = [
    ("1", None, "a@example.com", "Ana"),
    ("2", None, "b@example.com", "Ben"),
    ("3", None, "c@example.com", "Chen"),
]


def test_nobody_is_sent_when_nothing_changed(tmp_path):
    first = plan(tmp_path, PEOPLE, TARGETS, name="first")
    again = plan(tmp_path, PEOPLE, TARGETS, Baseline(first.path, [1]), name="again")
    assert again.made.counts == {"unchanged": 3}
    assert again.made.cuts == []


def test_a_changed_value_and_a_new_person_are_sent(tmp_path):
    first = plan(tmp_path, PEOPLE, TARGETS, name="first")
    changed = [*PEOPLE[:2], ("3", None, "c@example.com", "Chan"), ("4", None, "d@example.com", "Dora")]
    again = plan(tmp_path, changed, TARGETS, Baseline(first.path, [1]), name="again")
    assert [payload["email"] for payload in again.payloads()] == ["c@example.com", "d@example.com"]


def test_people_of_a_batch_that_was_not_imported_are_sent_again(tmp_path):
    first = plan(tmp_path, PEOPLE, TARGETS, name="first")
    again = plan(tmp_path, PEOPLE, TARGETS, Baseline(first.path, []), name="again")
    assert again.made.counts == {"send": 3}


def test_unchanged_people_stay_known_from_run_to_run(tmp_path):
    first = plan(tmp_path, PEOPLE, TARGETS, name="first")
    second = plan(tmp_path, PEOPLE, TARGETS, Baseline(first.path, [1]), name="second")
    third = plan(tmp_path, PEOPLE, TARGETS, Baseline(second.path, []), name="third")
    assert third.made.counts == {"unchanged": 3}


def test_a_plan_made_from_the_one_before_is_the_plan_that_its_profiles_would_give(tmp_path):
    people = [*PEOPLE, ("4", None, "A@example.com", "Ana again"), ("5", None, "", "Nobody"), ("6", None, "x@", "No")]
    first = plan(tmp_path, people, TARGETS, name="of O'Brien")
    again = plan(tmp_path, people, TARGETS, Baseline(first.path, [1]), name="again")
    with duckdb.connect() as duck:
        made = write_repeated_plan(duck, first.path, tmp_path / "repeated.parquet")
    repeated = Planned(made, tmp_path / "repeated.parquet")
    assert (repeated.made.counts, list(repeated.made.cuts)) == (again.made.counts, list(again.made.cuts))
    assert repeated.rows() == again.rows()


def test_the_same_profiles_give_the_same_plan(tmp_path):
    assert plan(tmp_path, PEOPLE, TARGETS, name="one").rows() == plan(tmp_path, PEOPLE, TARGETS, name="two").rows()
