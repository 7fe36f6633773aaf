"""A profile whose address changes: the old one is named, and whoever was kept out with it is with the new one."""

import pytest

from exports.plan.build import Baseline

from .people_files import day, known, people, planned, said

A, B, C = "a@example.com", "b@example.com", "c@example.com"


def test_the_address_that_was_sent_last_is_a_former_one(tmp_path):
    for choice in ("remove", "keep", "show"):
        told = people(tmp_path, [known(A, profile_id="1")], former_addresses=choice)
        made = planned(tmp_path, {"1": B}, told)
        assert said(made) == {B: ("send", ""), A: ("former_address", f"{choice} {B}")}
        to_remove = {"to_remove": 1} if choice == "remove" else {}
        assert made.made.counts == {"send": 1, "former_address": 1} | to_remove


@pytest.mark.parametrize("address", ["", "no address", "b@exam\u200bple.com"])
def test_an_address_is_kept_while_nothing_takes_its_place(tmp_path, address):
    made = planned(tmp_path, {"1": address}, people(tmp_path, [known(A, profile_id="1")], former_addresses="remove"))
    assert said(made)[A][1].startswith("keep ")


def test_an_address_that_somebody_else_has_now_is_not_a_former_one(tmp_path):
    told = people(tmp_path, [known(A, profile_id="1")], former_addresses="remove")
    assert said(planned(tmp_path, {"1": B, "2": A}, told)) == {B: ("send", ""), A: ("send", "")}


def test_a_key_of_another_source_or_of_two_profiles_says_nothing_of_an_address(tmp_path):
    """Whose key is not known to be the same profile's is a leaver: those stay unless somebody chose otherwise."""
    of_other_source = people(tmp_path, [known(A, profile_id="1")], former_addresses="remove", comparable_runs=[])
    assert said(planned(tmp_path, {"1": B}, of_other_source))[A] == ("leaver", "keep")


@pytest.mark.parametrize(
    ("old", "opt_outs", "why"),
    [
        (known(A, profile_id="1"), [{"email": A, "kind": "opted_out", "at": day(2)}], f"opted_out {A}"),
        (known(A, profile_id="1"), [{"email": A, "kind": "deleted", "at": day(2)}], f"deleted {A}"),
        (known(A, profile_id="1", on_list=False, left=day(2)), [], f"left_list {A}"),
        (known(A, profile_id="1", ours=False), [{"email": A, "kind": "opted_out", "at": day(2)}], f"opted_out {A}"),
    ],
)
def test_whoever_was_kept_out_with_the_old_address_is_with_the_new_one(tmp_path, old, opt_outs, why):
    told = people(tmp_path, [old], opt_outs, former_addresses="remove")
    for address in (B, C):  # however often it changes
        assert said(planned(tmp_path, {"1": address, "2": "d@example.com"}, told)) == {
            address: ("address_changed", why),
            "d@example.com": ("send", ""),
        }


def test_whoever_is_on_the_list_with_the_new_address_by_their_own_doing_is_free(tmp_path):
    roster = [known(A, profile_id="1", on_list=False, left=day(2)), known(B, ours=False, last_sent=None, run_id=None)]
    assert said(planned(tmp_path, {"1": B}, people(tmp_path, roster))) == {B: ("send", "")}


def test_whoever_opts_out_with_an_address_of_long_ago_keeps_the_one_they_have(tmp_path):
    roster = [
        known(A, profile_id="1", on_list=False, removed=day(3), last_sent=day(0)),
        known(B, profile_id="1", last_sent=day(3)),
    ]
    told = people(tmp_path, roster, [{"email": A, "kind": "opted_out", "at": day(9)}])
    assert said(planned(tmp_path, {"1": B}, told)) == {B: ("send", "")}


def fold(roster: dict[str, dict], made, at: int) -> None:
    """What a run leaves in the roster: its people are on the list, and whom it removes is not."""
    for email, (kind, why) in said(made).items():
        if kind == "send":
            row = roster.get(email) or known(email, profile_id="1", first_sent=day(at))
            roster[email] = row | {"last_sent": day(at), "updated": day(at), "on_list": True, "removed": None}
        elif why.startswith("remove"):
            roster[email] = roster[email] | {"on_list": False, "removed": day(at)}


@pytest.mark.parametrize("fails", [0, 2])
def test_an_address_that_changes_back_and_forth_is_on_the_list_once(tmp_path, fails):
    """`fails`: of the run with this number, the removal did not happen: the next one makes up for it."""
    roster: dict[str, dict] = {}
    baseline = None
    for at, address in enumerate([A, B, A, B, B, C, A]):
        told = people(tmp_path, list(roster.values()), former_addresses="remove")
        made = planned(tmp_path, {"1": address}, told, baseline)
        before = dict(roster)
        fold(roster, made, at)
        if at == fails != 0:
            roster |= {email: row for email, row in before.items() if roster[email]["removed"] == day(at)}
        baseline = Baseline(made.path, [1], is_certain=True, run=1)
        there = [email for email, row in roster.items() if row["on_list"]]
        assert there == [address] or at == fails
    assert said(made) == {A: ("send", ""), C: ("former_address", f"remove {A}")}
