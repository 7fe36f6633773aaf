"""Addresses that the export added and nobody of its segments has any more are rows of the plan, and no candidates."""

import duckdb

from exports.plan.build import Baseline
from exports.plan.repeat import may_be_repeated, write_repeated_plan

from .people_files import OTHER_EXPORT, day, known, people, planned, said

ROSTER = [
    known("ana@example.com", profile_id="1"),
    known("gone@example.com", profile_id="2"),
    known("unjudged@example.com", profile_id="3", on_list=None),
    known("never_added@example.com", ours=False),
    known("added_by_another@example.com", export_id=OTHER_EXPORT),
    known("left@example.com", on_list=False, left=day(2)),
    known("removed@example.com", on_list=False, removed=day(2)),
    known("refused@example.com", on_list=False, confirmed=None),
    known("out@example.com"),
]
OUT = [{"email": "out@example.com", "kind": "opted_out", "at": day(3), "source": "Account"}]


def test_who_left_the_segments_stays_on_the_list_or_is_to_be_removed(tmp_path):
    for choice in ("keep", "remove"):
        made = planned(tmp_path, {"1": "ana@example.com"}, people(tmp_path, ROSTER, OUT, leavers=choice))
        assert said(made) == {
            "ana@example.com": ("send", ""),
            "gone@example.com": ("leaver", choice),
            "unjudged@example.com": ("leaver", choice),
        }
        assert made.made.counts == {"send": 1, "leaver": 2} | ({"to_remove": 2} if choice == "remove" else {})
        assert {row["profile_id"]: row["payload"] for row in made.rows() if row["batch"] is None} == {"2": "", "3": ""}


def test_an_address_of_any_candidate_is_nobodys_leaver(tmp_path):
    rows = {"1": "ana@example.com", "2": ("gone@example.com", "x" * 60), "4": "GONE@example.com"}
    made = planned(tmp_path, rows, people(tmp_path, ROSTER, OUT), strict=[1])
    assert made.made.counts["leaver"] == 1


def test_whom_another_export_of_the_list_wants_is_no_leaver(tmp_path):
    theirs = planned(tmp_path, {"9": "gone@example.com", "8": "unjudged@"}, people(tmp_path))
    made = planned(tmp_path, {"1": "ana@example.com"}, people(tmp_path, ROSTER, OUT, wanted_elsewhere=[theirs.path]))
    assert [email for email, (kind, _why) in said(made).items() if kind == "leaver"] == ["unjudged@example.com"]


def test_a_leaver_who_comes_back_into_the_segments_is_sent_again(tmp_path):
    first = planned(tmp_path, {"2": "gone@example.com"}, people(tmp_path))
    without = planned(tmp_path, {"1": "ana@example.com"}, people(tmp_path, ROSTER, OUT), Baseline(first.path, [1]))
    assert said(without)["gone@example.com"][0] == "leaver"
    removed = people(tmp_path, [known("gone@example.com", profile_id="2", on_list=False, removed=day(4))])
    again = planned(tmp_path, {"2": "gone@example.com"}, removed, Baseline(without.path, [1]))
    assert said(again) == {"gone@example.com": ("send", "")}


def test_whom_we_took_off_the_list_is_not_called_unchanged(tmp_path):
    first = planned(tmp_path, {"2": "gone@example.com"}, people(tmp_path))
    removed = people(tmp_path, [known("gone@example.com", on_list=False, removed=day(4))])
    again = planned(tmp_path, {"2": "gone@example.com"}, removed, Baseline(first.path, [1], is_certain=True))
    assert said(again) == {"gone@example.com": ("send", "")}


def test_a_repeated_plan_finds_the_leavers_of_its_own_day(tmp_path):
    first = planned(tmp_path, {"1": "ana@example.com"}, people(tmp_path, ROSTER[:2]))
    now = people(tmp_path, [ROSTER[0], ROSTER[2]])
    path = tmp_path / "repeated.parquet"
    with duckdb.connect() as duck:
        assert may_be_repeated(duck, first.path, now)
        assert write_repeated_plan(duck, first.path, path, now).counts == {"leaver": 1, "unchanged": 1}
        assert duck.execute("SELECT email FROM read_parquet(?) WHERE reason = 'keep'", [str(path)]).fetchall() == [
            ("unjudged@example.com",)
        ]
