"""Where an export says so, a value that Constant Contact would refuse leaves out the person, not just the value."""

import json

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.models import Export, Run
from exports.models.configuration import configuration_of
from exports.plan.build import Baseline
from exports.plan.dispositions import SENT_WITHOUT, Disposition
from exports.plan.outdated import changes_since
from exports.plan.reader import find_person, left_out_rows, open_plan
from exports.reports.person import explain
from exports.runs import start_run
from tests.support.fixtures_exports import make_export, make_segment, make_source, on_list, work_once, work_until_over

from .planning import plan

TARGETS = ("email", "anniversary", "birthday_day", "birthday_month", "cf:level", "first_name", "phone")
GOOD = {"anniversary": "2020-01-05", "birthday_day": "30", "birthday_month": "4", "cf:level": "Gold",
        "first_name": "Ana", "phone": "+1 425 555 0100"}  # fmt: skip
FAULTY = [
    ("phone", "ask Bob", "invalid_value"),
    ("phone", "425-555-0100 or 425-555-0101", "invalid_value"),
    ("phone", " 555-01\u2003", "invalid_value"),
    ("first_name", "x" * 51, "too_long"),
    ("first_name", f"\u2003{'x' * 51}", "too_long"),
    ("cf:level", "x" * 256, "too_long"),
    ("birthday_day", "31", "invalid_value"),
    ("birthday_month", "13", "invalid_value"),
    ("anniversary", "2023-02-29", "invalid_value"),
    ("anniversary", "12/25/20", "invalid_value"),
]
ACCEPTED = [("phone", ""), ("phone", " \u2003"), ("first_name", "x" * 50), ("first_name", f" {'x' * 50} "),
            ("first_name", "\x01\x02"), ("anniversary", "0000-00-00"),
            ("birthday_day", "29.0"), ("cf:level", "x" * 255)]  # fmt: skip


def planned(folder, *people, strict=(), baseline=None, name="plan"):
    """The plan of people with these values, and good ones besides. `strict`: targets."""
    profiles = [
        (str(number), None, f"p{number}@example.com", *({**GOOD, **person}[target] for target in TARGETS[1:]))
        for number, person in enumerate(people)
    ]
    places = [place for place, target in enumerate(TARGETS) if target in strict]
    return plan(folder, profiles, TARGETS, baseline, name=name, strict=places)


# --- What the plan says ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("target", "value", "disposition"), FAULTY)
def test_a_faulty_value_of_a_strict_field_leaves_the_person_out_by_its_name(tmp_path, target, value, disposition):
    made = planned(tmp_path, {}, {target: value}, strict=[target])
    assert made.disposition_of("1") == (disposition, target)
    assert made.made.counts == {disposition: 1, "send": 1}
    assert made.made.without_value == 0


@pytest.mark.parametrize(("target", "value", "disposition"), FAULTY)
def test_of_other_fields_it_costs_the_value(tmp_path, target, value, disposition):
    others = [other for other in TARGETS[1:] if other != target and not target.startswith("birthday")]
    made = planned(tmp_path, {}, {target: value}, strict=others)
    assert made.made.counts == {"send": 2}
    assert made.made.without_value == 1


@pytest.mark.parametrize(("target", "value"), ACCEPTED)
def test_an_empty_or_accepted_value_leaves_nobody_out(tmp_path, target, value):
    made = planned(tmp_path, {target: value}, strict=TARGETS[1:])
    assert made.made.counts == {"send": 1}
    assert made.made.without_value == 0


@pytest.mark.parametrize("half", ["birthday_day", "birthday_month"])
def test_a_birthday_without_its_other_half_is_faulty_where_the_half_stands(tmp_path, half):
    other = ({"birthday_day", "birthday_month"} - {half}).pop()
    assert planned(tmp_path, {other: ""}, strict=[half]).disposition_of("0") == ("invalid_value", half)
    assert planned(tmp_path, {other: ""}, strict=[other]).disposition_of("0") == ("send", "")
    assert planned(tmp_path, {half: "", other: ""}, strict=[half, other]).disposition_of("0") == ("send", "")


def test_somebody_with_a_strict_and_another_fault_is_only_left_out(tmp_path):
    made = planned(tmp_path, {"phone": "ask Bob", "anniversary": "soon"}, {"anniversary": "soon"}, strict=["phone"])
    assert made.disposition_of("0") == ("invalid_value", "phone")
    assert made.withheld_of("0", TARGETS) == set()
    assert made.withheld_of("1", TARGETS) == {"anniversary"}


@pytest.mark.parametrize(
    ("address", "disposition"),
    [("", "no_email"), ("nowhere", "invalid_email"), ("a\u200bb@example.com", "invisible_in_email")],
)
def test_a_faulty_address_comes_first(tmp_path, address, disposition):
    made = plan(tmp_path, [("1", None, address, "ask Bob")], ("email", "phone"), strict=[1])
    assert made.disposition_of("1") == (disposition, "")


def test_an_address_that_is_too_long_is_said_of_the_address(tmp_path):
    made = plan(tmp_path, [("1", None, f"{'x' * 50}@example.com", "ask Bob")], ("email", "phone"), strict=[1])
    assert made.disposition_of("1") == ("too_long", "email")


def test_older_values_of_a_person_are_not_sent_in_place_of_the_faulty_ones(tmp_path):
    profiles = [
        ("1", "2024-01-01", "ana@example.com", "+1 425 555 0100"),
        ("2", "2025-01-01", "Ana@example.com", "ask Bob"),
        ("3", "2025-01-01", "ben@example.com", "+1 425 555 0100"),
        ("4", "2024-01-01", "ben@example.com", "ask Bob"),
    ]
    made = plan(tmp_path, profiles, ("email", "phone"), strict=[1])
    assert {row["profile_id"]: row["disposition"] for row in made.rows()} == {
        "1": "duplicate", "2": "invalid_value", "3": "send", "4": "duplicate",
    }  # fmt: skip


VALUES = {
    "anniversary": ["2020-01-05", "1/5/2020", "12/25/20", "epoch", "0000-00-00", "", "\u2003"],
    "birthday_day": ["3", "31", "x", "", "4.0"],
    "birthday_month": ["4", "13", "", " ", "3.6"],
    "cf:level": ["Gold", "x" * 256, " " * 300, "", " Gold\x07"],
    "first_name": ["Ana", "x" * 51, "x" * 50 + " ", "", None],
    "phone": ["+1 425 555 0100", "ask Bob", "555-01", "", "\u200b"],
}


@settings(max_examples=25, deadline=None)
@given(
    people=st.lists(st.fixed_dictionaries({target: st.sampled_from(VALUES[target]) for target in TARGETS[1:]}),
                    min_size=1, max_size=20),
    strict=st.sets(st.sampled_from(TARGETS[1:])),
)  # fmt: skip
def test_exactly_those_are_left_out_who_would_be_sent_without_a_strict_value(tmp_path_factory, people, strict):
    folder = tmp_path_factory.mktemp("plans")
    without, made = planned(folder, *people, name="without"), planned(folder, *people, strict=strict)
    rows = {row["profile_id"]: row for row in made.rows()}
    for row in without.rows():
        withheld = [target for bit, target in enumerate(TARGETS) if row["withheld"] >> bit & 1 and target in strict]
        now = rows[row["profile_id"]]
        if withheld:
            assert (now["disposition"] in ("invalid_value", "too_long"), now["reason"]) == (True, withheld[0])
            assert (now["payload"], now["batch"], now["withheld"]) == ("", None, 0)
        else:
            assert {**now, "batch": None} == {**row, "batch": None}


# --- Compared with an earlier plan -----------------------------------------------------------------------


@pytest.mark.parametrize("is_certain", [True, False])
def test_who_was_sent_without_a_value_is_left_out_once_it_is_strict(tmp_path, is_certain):
    people = [{"phone": "ask Bob"}, {"phone": " +1 425 555 0100 "}, {}]
    first = planned(tmp_path, *people, name="first")
    baseline = Baseline(first.path, [1], is_certain=is_certain)
    second = planned(tmp_path, *people, strict=["phone"], baseline=baseline, name="second")
    assert second.made.counts == {"invalid_value": 1, "unchanged": 2}
    assert second.disposition_of("0") == ("invalid_value", "phone")
    baseline = Baseline(second.path, [], is_certain=is_certain, strict=[TARGETS.index("phone")])
    third = planned(tmp_path, *people, strict=["phone"], baseline=baseline, name="third")
    assert third.made.counts == {"invalid_value": 1, "unchanged": 2}
    fourth = planned(tmp_path, *people, baseline=baseline, name="fourth")
    assert fourth.made.counts == {"send": 1, "unchanged": 2}
    assert fourth.withheld_of("0", TARGETS) == {"phone"}


def test_nobody_unconfirmed_or_sent_once_more_is_kept_by_that(tmp_path):
    people = [{"phone": "ask Bob"}, {}]
    first = planned(tmp_path, *people, name="first")
    again = planned(tmp_path, *people, strict=["phone"], baseline=Baseline(first.path, [], {1: 7}), name="again")
    assert again.disposition_of("0") == ("invalid_value", "phone")
    assert again.disposition_of("1") == ("send", "again")
    second = planned(tmp_path, *people, baseline=Baseline(first.path, [], {1: 7}), name="second")
    third = planned(tmp_path, *people, strict=["phone"], baseline=Baseline(second.path, [], {1: 8}), name="third")
    assert third.disposition_of("0") == ("invalid_value", "phone")
    assert third.disposition_of("1") == ("unconfirmed", "8")


def test_a_value_that_becomes_faulty_leaves_out_who_was_sent_before(tmp_path):
    first = planned(tmp_path, {}, {}, strict=["phone"], name="first")
    baseline = Baseline(first.path, [1], is_certain=True, strict=[TARGETS.index("phone")])
    second = planned(tmp_path, {"phone": "ask Bob"}, {}, strict=["phone"], baseline=baseline, name="second")
    assert second.made.counts == {"invalid_value": 1, "unchanged": 1}


# --- In a run --------------------------------------------------------------------------------------------

MAPPING = {"email": "email", "first_name": "first_name", "phone": "tel", "anniversary": "joined"}
PEOPLE = [
    {"id": "1", "email": "ana@example.com", "first_name": "Ana", "tel": "ask Bob", "joined": "2020-01-05"},
    {"id": "2", "email": "ben@example.com", "first_name": "Ben", "tel": "425-555-0100", "joined": "infinity"},
    {"id": "3", "email": "chen@example.com", "first_name": "x" * 51, "tel": "", "joined": ""},
    {"id": "4", "email": "dora@example.com", "first_name": "Dora", "tel": "425-555-0101", "joined": "2020-01-05"},
]


@pytest.fixture
def strict_export(connection, list_id, db, tmp_path) -> Export:
    """Of the four, the first has a faulty phone, for which people are left out."""
    source = make_source(tmp_path, [{**person, "country": "France"} for person in PEOPLE])
    return make_export(connection, list_id, make_segment(source), mapping=MAPPING, strict_targets=["phone"])


def run_now(export: Export, bob, **options) -> Run:
    return work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob, **options)[0])


def choose(export: Export, *targets: str) -> None:
    Export.objects.filter(pk=export.pk).update(strict_targets=list(targets))


def test_the_list_holds_who_is_not_left_out_and_the_report_names_both_kinds(
    strict_export, sandbox, list_id, bob, alice_client
):
    run = run_now(strict_export, bob)

    assert on_list(sandbox, list_id) == {"ben@example.com", "chen@example.com", "dora@example.com"}
    assert (run.counts, run.without_value) == ({"invalid_value": 1, "send": 3}, 2)
    assert (run.status, run.reason) == (Run.Status.COMPLETED_WITH_ERRORS, "some_left_out")
    invalid = Disposition.INVALID_VALUE.label
    assert sorted((row[0], str(row[2]), row[3]) for row in left_out_rows(run)) == [
        ("1", str(invalid), "tel"), ("2", str(SENT_WITHOUT), "joined"), ("3", str(SENT_WITHOUT), "first_name"),
    ]  # fmt: skip
    page = alice_client.get(reverse("admin:exports_run_change", args=[run.pk])).text
    assert str(invalid) in page
    assert "2 profiles were sent without a value that Constant Contact does not accept." in page
    assert "A value that is not accepted leaves the person out</dt><dd>Phone</dd>" in page
    (person,) = find_person(run, "ana@example.com")
    (message,) = explain(person, {})
    assert message.happened == "Left out: Constant Contact does not accept the value for “Phone”."
    assert "have the export leave out the value only" in message.next_step


def test_a_text_that_is_too_long_is_shown_so_with_what_to_do(strict_export, bob):
    choose(strict_export, "first_name")
    run = run_now(strict_export, bob)
    (person,) = find_person(run, "chen@example.com")
    (message,) = explain(person, {})
    assert message.happened == "Left out: the value for “First name” is longer than Constant Contact accepts."
    assert "have the export leave out the value only" in message.next_step


def test_the_preview_shows_whom_and_why(strict_export, bob, alice_client):
    run = work_once(start_run(strict_export, by=bob, preview=True)[0])
    answer = alice_client.get(reverse("admin:exports_run_change", args=[run.pk]))
    (example,) = answer.context["examples"]
    assert (example["kind"], example["field"], example["count"]) == ("invalid_value", "Phone", 1)
    assert "2 profiles would be sent without a value" in answer.text


def test_another_choice_sends_only_those_whom_it_concerns(strict_export, sandbox, list_id, bob):
    run_now(strict_export, bob)
    choose(strict_export)
    relaxed = run_now(strict_export, bob)
    assert (relaxed.counts, relaxed.without_value) == ({"send": 1, "unchanged": 3}, 1)
    assert "ana@example.com" in on_list(sandbox, list_id)

    choose(strict_export, "anniversary", "first_name")
    stricter = run_now(strict_export, bob)
    assert stricter.counts == {"invalid_value": 1, "too_long": 1, "unchanged": 2}
    assert stricter.reason_details == {"left_out": 2, "new": 2}
    again = run_now(strict_export, bob)
    assert (again.status, again.counts) == (Run.Status.SUCCEEDED, stricter.counts)


def test_an_unchanged_choice_repeats_the_plan(strict_export, bob):
    first = run_now(strict_export, bob)
    second = run_now(strict_export, bob)
    assert first.plan_inputs == second.plan_inputs
    assert second.counts == {"invalid_value": 1, "unchanged": 3}
    with open_plan(second) as plan:
        assert [(row.profile_id, row.reason) for row in plan.sample("invalid_value")] == [("1", "phone")]


def test_a_run_uses_what_was_chosen_when_it_began(strict_export, bob):
    run = start_run(strict_export, by=bob)[0]
    choose(strict_export)
    assert work_until_over(run).counts == {"invalid_value": 1, "send": 3}


def test_a_preview_of_another_choice_is_out_of_date(strict_export, bob):
    run = work_once(start_run(strict_export, by=bob, preview=True)[0])
    assert not changes_since(run)
    choose(strict_export)
    assert "the export was edited." in changes_since(run)[0]


def test_runs_of_versions_without_the_choice_leave_nobody_out(strict_export, bob):
    choose(strict_export)
    first = run_now(strict_export, bob)
    configuration = dict(first.configuration)
    del configuration["strict"]
    Run.objects.update(configuration=configuration)
    first.refresh_from_db()
    assert configuration_of(first)["strict"] == []
    assert run_now(strict_export, bob).counts == {"unchanged": 4}


@pytest.mark.parametrize(("key", "is_sent"), [("0", True), ("9", False)])
def test_of_somebody_in_two_segments_and_two_sources_the_profile_that_is_kept_decides(
    key, is_sent, strict_export, sandbox, list_id, bob, tmp_path
):
    """Without a last-updated attribute that is the one with the lowest key."""
    everybody = make_segment(strict_export.segments.get().source, "Everybody", [])
    fair = make_source(
        tmp_path, [{**PEOPLE[0], "id": key, "tel": "425-555-0109", "country": "France"}], name="Trade fair"
    )
    strict_export.segments.add(everybody, make_segment(fair, "Fair"))
    run = run_now(strict_export, bob)
    assert run.counts == ({"duplicate": 1, "send": 4} if is_sent else {"duplicate": 1, "invalid_value": 1, "send": 3})
    assert ("ana@example.com" in on_list(sandbox, list_id)) is is_sent
    assert len(find_person(run, "ana@example.com")) == 2


def test_what_is_sent_is_what_would_be_sent_without_the_choice(strict_export, bob, sandbox, list_id):
    run = work_once(start_run(strict_export, by=bob, preview=True)[0])
    choose(strict_export)
    relaxed = work_once(start_run(Export.objects.get(), by=bob, preview=True)[0])
    contacts = []
    for each in (run, relaxed):
        with open_plan(each) as plan:
            contacts.append({row.email: json.loads(row.payload) for row in plan.sample("send")})
    assert contacts[0] == {email: contact for email, contact in contacts[1].items() if email != "ana@example.com"}
