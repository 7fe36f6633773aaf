"""Who opted out, was deleted or left the list is not sent, and the plan says since when and from where."""

import duckdb
import pytest

from exports.plan.build import Baseline
from exports.plan.repeat import may_be_repeated, write_repeated_plan
from tests.exports.planning import plan

from .people_files import TARGETS, day, known, people, planned, said

OPTED_OUT = [
    {"email": "out@example.com", "kind": "opted_out", "at": day(3), "source": "Contact"},
    {"email": "untold@example.com", "kind": "opted_out", "at": None, "source": ""},
    {"email": "deleted@example.com", "kind": "deleted", "at": day(4), "source": ""},
]


def test_whoever_opted_out_was_deleted_or_left_is_not_sent_and_everybody_else_is(tmp_path):
    roster = [known("left@example.com", on_list=False, left=day(5)), known("there@example.com")]
    profiles = {
        "1": " OUT@example.com ",
        "2": "untold@example.com",
        "3": "deleted@example.com",
        "4": "left@example.com",
        "5": "there@example.com",
        "6": "new@example.com",
        "7": "out@",
    }
    made = planned(tmp_path, profiles, people(tmp_path, roster, OPTED_OUT))
    assert said(made) == {
        "out@example.com": ("opted_out", "2026-03-04T12:00:00Z Contact"),
        "untold@example.com": ("opted_out", "- -"),
        "deleted@example.com": ("deleted", "2026-03-05T12:00:00Z -"),
        "left@example.com": ("left_list", "2026-03-06T12:00:00Z list"),
        "there@example.com": ("send", ""),
        "new@example.com": ("send", ""),
        "out@": ("invalid_email", ""),
    }
    assert made.made.counts == {
        "send": 2, "opted_out": 2, "deleted": 1, "left_list": 1, "invalid_email": 1,
    }  # fmt: skip
    on_list = {row["email"]: row["on_list"] for row in made.rows() if row["disposition"] == "send"}
    assert on_list == {"there@example.com": True, "new@example.com": False}
    assert [each["email"] for each in made.payloads()] == ["there@example.com", "new@example.com"]


def test_of_several_reasons_the_first_is_said_and_a_duplicate_stays_one(tmp_path):
    roster = [known("out@example.com", on_list=False, left=day(1))]
    rows = [("1", "2026-01-02", "out@example.com", "Ana"), ("2", "2026-01-01", "out@example.com", "Ana")]
    made = plan(tmp_path, rows, TARGETS, people=people(tmp_path, roster, OPTED_OUT))
    assert made.disposition_of("1") == ("opted_out", "2026-03-04T12:00:00Z Contact")
    assert made.disposition_of("2") == ("duplicate", "")


def test_whoever_is_left_out_for_an_attribute_of_theirs_besides_is_said_to_have_opted_out(tmp_path):
    profiles = {"1": ("out@example.com", "x" * 60), "2": ("other@example.com", "x" * 60)}
    made = planned(tmp_path, profiles, people(tmp_path, [], OPTED_OUT), strict=[1])
    assert [kind for kind, _reason in said(made).values()] == ["opted_out", "too_long"]


@pytest.mark.parametrize("value", ["Ana", "Changed"])
def test_whoever_leaves_after_they_were_sent_is_not_put_back(tmp_path, value):
    first = planned(tmp_path, {"1": "ana@example.com", "2": "ben@example.com"}, people(tmp_path))
    left = people(tmp_path, [known("ana@example.com", on_list=False, left=day(2)), known("ben@example.com")])
    second = planned(
        tmp_path, {"1": ("ana@example.com", value), "2": "ben@example.com"}, left, Baseline(first.path, [1])
    )
    assert said(second) == {
        "ana@example.com": ("left_list", "2026-03-03T12:00:00Z list"),
        "ben@example.com": ("unchanged", ""),
    }


def test_whoever_came_back_by_their_own_doing_is_sent_again_with_all_their_values(tmp_path):
    first = planned(tmp_path, {"1": "ana@example.com"}, people(tmp_path))
    left = people(tmp_path, [known("ana@example.com", on_list=False, left=day(2))])
    second = planned(tmp_path, {"1": "ana@example.com"}, left, Baseline(first.path, [1]))
    back = people(tmp_path, [known("ana@example.com", ours=False)])
    third = planned(tmp_path, {"1": "ana@example.com"}, back, Baseline(second.path, []))
    assert said(third) == {"ana@example.com": ("send", "")}
    assert third.rows()[0]["on_list"] is True


def test_a_plan_is_repeated_only_while_the_same_people_are_kept_out(tmp_path):
    profiles = {"1": "ana@example.com", "2": "out@example.com"}
    first = planned(tmp_path, profiles, people(tmp_path, [], OPTED_OUT))
    roster = [known("ana@example.com")]
    same, more = people(tmp_path, roster, OPTED_OUT), people(tmp_path, roster, [])
    gone = people(tmp_path, [known("ana@example.com", on_list=False, left=day(2))], OPTED_OUT)
    missing = people(tmp_path, [known("ana@example.com", on_list=False, confirmed=None)], OPTED_OUT)
    removed = people(tmp_path, [known("ana@example.com", on_list=False, removed=day(2))], OPTED_OUT)
    path = tmp_path / "repeated.parquet"
    with duckdb.connect() as duck:
        for each in (more, gone, missing, removed):
            assert not may_be_repeated(duck, first.path, each)
        assert may_be_repeated(duck, first.path, same)
        assert write_repeated_plan(duck, first.path, path, same).counts == {"opted_out": 1, "unchanged": 1}
        rows = duck.execute("SELECT email, disposition, reason, on_list FROM read_parquet(?) ORDER BY 1", [str(path)])
        assert rows.fetchall() == [
            ("ana@example.com", "unchanged", "", True),
            ("out@example.com", "opted_out", "2026-03-04T12:00:00Z Contact", False),
        ]
