"""What the list said when it was read back decides whose values have arrived, one by one and by name."""

import pytest

from exports.plan.build import Baseline

from .people_files import day, known, people, planned, said

PROFILES = {"1": "ana@example.com", "2": "ben@example.com", "3": "chen@example.com"}
SENT_BY = 5  # the run of the first plan


def sent(email: str, **columns) -> dict:
    return known(email, run_id=SENT_BY, **columns)


def first_plan(folder):
    return planned(folder, PROFILES, people(folder)).path


def kinds(made) -> list[tuple[str, str]]:
    return [said(made)[email] for email in PROFILES.values()]


def test_of_an_unclear_batch_whoever_is_on_the_list_is_unchanged_and_who_is_not_is_sent_once_more(tmp_path):
    roster = [sent("ana@example.com"), sent("ben@example.com", on_list=False, confirmed=None)]
    roster.append(sent("chen@example.com", updated=day(-9)))  # there, but not changed since
    told = people(tmp_path, roster)
    second = planned(
        tmp_path, PROFILES, told, Baseline(first_plan(tmp_path), [], {1: 70}, run=SENT_BY, sent={1: day(0)})
    )
    assert kinds(second) == [("unchanged", ""), ("send", "again"), ("send", "again")]
    assert [row["on_list"] for row in second.rows()] == [True, False, True]

    # The second time everybody is counted, and ben is still not there. Of chen nobody knows which values arrived.
    later = [roster[0], roster[1] | {"run_id": 6, "last_sent": day(4)}, roster[2] | {"run_id": 6, "last_sent": day(4)}]
    third = planned(tmp_path, PROFILES, people(tmp_path, later), Baseline(second.path, [1], is_certain=True, run=6))
    assert kinds(third) == [("unchanged", ""), ("not_on_list", ""), ("unchanged", "")]
    unclear = planned(
        tmp_path, PROFILES, people(tmp_path, later), Baseline(second.path, [], {1: 71}, run=6, sent={1: day(4)})
    )
    assert kinds(unclear) == [("unchanged", ""), ("not_on_list", ""), ("unconfirmed", "71")]

    # It stays so, until a value changes, or until they are on the list.
    fourth = planned(tmp_path, PROFILES, people(tmp_path, later), Baseline(third.path, [], run=7))
    assert kinds(fourth) == kinds(third)
    changed = PROFILES | {"2": ("ben@example.com", "Benjamin")}
    fifth = planned(tmp_path, changed, people(tmp_path, later), Baseline(fourth.path, [], run=8))
    assert kinds(fifth)[1] == ("send", "")
    there = [later[0], known("ben@example.com", ours=False), later[2]]
    sixth = planned(tmp_path, PROFILES, people(tmp_path, there), Baseline(fourth.path, [], run=8))
    assert kinds(sixth)[1] == ("send", "")


def test_who_is_not_on_the_list_is_not_called_unchanged_however_they_were_counted(tmp_path):
    roster = [sent("ana@example.com"), sent("ben@example.com", on_list=False, confirmed=None), sent("chen@example.com")]
    told = people(tmp_path, roster)
    for baseline in (
        Baseline(first_plan(tmp_path), [1], is_certain=True, run=SENT_BY),
        Baseline(first_plan(tmp_path), [1], run=SENT_BY),
    ):
        assert kinds(planned(tmp_path, PROFILES, told, baseline)) == [
            ("unchanged", ""), ("send", "again"), ("unchanged", ""),
        ]  # fmt: skip


def test_an_unconfirmed_profile_is_resolved_by_the_run_that_sent_it_last(tmp_path):
    first = first_plan(tmp_path)
    second = planned(tmp_path, PROFILES, people(tmp_path), Baseline(first, [], {1: 70}))
    third = planned(tmp_path, PROFILES, people(tmp_path), Baseline(second.path, [], {1: 71}))
    assert kinds(third) == [("unconfirmed", "71")] * 3
    roster = [sent("ana@example.com"), sent("ben@example.com", on_list=False), known("chen@example.com", run_id=99)]
    told = people(tmp_path, roster)
    fourth = planned(tmp_path, PROFILES, told, Baseline(third.path, [], run=9, sent_before={71: (SENT_BY, day(0))}))
    assert kinds(fourth) == [("unchanged", ""), ("not_on_list", ""), ("unconfirmed", "71")]


@pytest.mark.parametrize("outcome", [{"unknown": [1]}, {"confirmed": []}])
def test_of_a_batch_that_was_perhaps_never_imported_nobody_is_said_to_be_missing(tmp_path, outcome):
    roster = [sent(email, on_list=False, confirmed=None) for email in PROFILES.values()]
    baseline = Baseline(first_plan(tmp_path), **({"confirmed": []} | outcome), run=SENT_BY)
    assert kinds(planned(tmp_path, PROFILES, people(tmp_path, roster), baseline)) == [("send", "")] * 3


def test_what_the_list_said_before_a_run_says_nothing_of_it(tmp_path):
    roster = [sent(email, on_list=False, confirmed=None) for email in PROFILES.values()]
    baseline = Baseline(first_plan(tmp_path), [1], {}, is_certain=True)  # not in the roster yet
    assert kinds(planned(tmp_path, PROFILES, people(tmp_path, roster), baseline)) == [("unchanged", "")] * 3
