"""What Constant Contact would refuse is not sent: the list holds what a plain reading in Python would send, no more."""

import calendar
import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.models import Run
from exports.plan.reader import find_person, left_out_rows
from exports.reports.person import explain
from exports.runs import start_run
from tests.support.fixtures_exports import make_export, make_segment, make_source, work_until_over

from .planning import plan

BIRTHDAY = ("email", "birthday_month", "birthday_day")
ANNIVERSARY = ("email", "anniversary")
BLANKS = ["", " ", "\u2003", "\u200b", "\u00a0 "]


def sent_of(tmp_path, people, targets):
    """What is sent of each person, besides the address; and which values are not, though they are there."""
    profiles = [(str(number), None, f"p{number}@example.com", *values) for number, values in enumerate(people)]
    planned = plan(tmp_path, profiles, targets)
    payloads = {payload.pop("email"): payload for payload in planned.payloads()}
    marks = {row["email"]: row["withheld"] for row in planned.rows()}
    return [
        (
            payloads[f"p{number}@example.com"],
            {target for bit, target in enumerate(targets) if marks[f"p{number}@example.com"] >> bit & 1},
        )
        for number in range(len(people))
    ]


def run_of(connection, list_id, tmp_path, bob, mapping, people):
    """A finished run of people in France with these values."""
    rows = [{"id": str(number), "country": "France"} | person for number, person in enumerate(people)]
    export = make_export(connection, list_id, make_segment(make_source(tmp_path, rows)), mapping=mapping)
    return work_until_over(start_run(export, by=bob)[0])


# --- Birthdays -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "day", "sent"),
    [
        ("2", "29", (2, 29)),
        ("02", "09", (2, 9)),
        ("3.0", "7.00", (3, 7)),
        ("\u20034\u2003", " 30\ufeff", (4, 30)),
        ("2", "30", None),
        ("4", "31", None),
        ("6", "31", None),
        ("12", "", None),
        ("", "12", None),
        ("3.6", "5", None),
        ("3", "5.4", None),
        ("0", "1", None),
        ("13", "1", None),
        ("1", "32", None),
        ("-3", "5", None),
        ("March", "5", None),
        ("nan", "5", None),
        ("infinity", "5", None),
        ("1", "99999999999999999999", None),
    ],
)
def test_a_birthday_is_sent_only_if_the_day_exists(tmp_path, month, day, sent):
    filled = {target for target, value in zip(BIRTHDAY[1:], (month, day), strict=True) if value}
    expected = ({}, filled) if sent is None else ({"birthday_month": sent[0], "birthday_day": sent[1]}, set())
    assert sent_of(tmp_path, [(month, day)], BIRTHDAY) == [expected]


def whole(text, last):
    match = re.fullmatch(r"0*([0-9]+)(?:[.]0*)?", text.strip(" \u2003\u200b\u00a0"))
    return int(match[1]) if match and 1 <= int(match[1]) <= last else None


numbers = st.one_of(
    st.integers(-1, 40).map(str), st.integers(0, 40).map("{:02}".format), st.sampled_from(BLANKS),
    st.builds("{}.{}".format, st.integers(0, 13), st.sampled_from(["0", "00", "5", "999999", "4"])),
    st.sampled_from(["x", "1/2", "3.", "٣"]),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(people=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20))
def test_birthdays_are_what_a_plain_reading_says(tmp_path_factory, people):
    expected = []
    for month_text, day_text in people:
        month, day = whole(month_text, 12), whole(day_text, 31)
        if month and day and day <= calendar.monthrange(2024, month)[1]:
            expected.append(({"birthday_month": month, "birthday_day": day}, set()))
        else:
            texts = {"birthday_month": month_text, "birthday_day": day_text}
            expected.append(({}, {target for target, text in texts.items() if text.strip(" \u2003\u200b\u00a0")}))
    assert sent_of(tmp_path_factory.mktemp("plan"), people, BIRTHDAY) == expected


# --- Anniversaries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    ["12/25/20", "3/4/21", "1-2-22", "20-01-05", "infinity", "-infinity", "epoch", "now", "10000-01-05", "1899-12-31",
     "1/1/1899", "0044-03-15 (BC)", "2020-01-05 (BC)", "0020-12-25", "0999-01-01 10:00:00", "2023-02-29", "12/2020"],
)  # fmt: skip
def test_an_anniversary_outside_of_what_is_accepted_is_not_sent(tmp_path, written):
    assert sent_of(tmp_path, [(written,)], ANNIVERSARY) == [({}, {"anniversary"})]


@pytest.mark.parametrize("written", ["0000-00-00", "00/00/0000", "0000-00-00 00:00:00", *BLANKS])
def test_a_date_of_zeros_is_none(tmp_path, written):
    assert sent_of(tmp_path, [(written,)], ANNIVERSARY) == [({}, set())]


@pytest.mark.parametrize(
    ("written", "sent"),
    [("2020-01-05", "2020-01-05"), ("\u20031/5/2020 ", "1/5/2020"), ("1900-01-01", "1900-01-01"),
     ("9999-12-31", "9999-12-31"), ("9999-12-31 23:59:59", "9999-12-31"), ("2024-02-29", "2024-02-29")],
)  # fmt: skip
def test_an_anniversary_of_the_accepted_years_is_sent(tmp_path, written, sent):
    assert sent_of(tmp_path, [(written,)], ANNIVERSARY) == [({"anniversary": sent}, set())]


@settings(max_examples=25, deadline=None)
@given(
    days=st.lists(st.integers(0, 3_652_058).map(lambda days: date(1, 1, 1) + timedelta(days)), min_size=1, max_size=20),
    form=st.sampled_from(["{0.month}/{0.day}/{0.year:04}", "{0.year:04}-{0.month:02}-{0.day:02}",
                          "{0.year:04}/{0.month}/{0.day}", "{0.month}-{0.day}-{0.year:04}",
                          "{0.month}/{0.day}/{1:02}", "{0.year:04}-{0.month:02}-{0.day:02} 10:30:00"]),
)  # fmt: skip
def test_anniversaries_are_what_a_plain_reading_says(tmp_path_factory, days, form):
    written = [form.format(day, day.year % 100) for day in days]
    is_sent = [day.year >= 1900 and "{1" not in form for day in days]
    expected = [
        ({"anniversary": text.split(" ")[0]}, set()) if sent else ({}, {"anniversary"})
        for text, sent in zip(written, is_sent, strict=True)
    ]
    assert sent_of(tmp_path_factory.mktemp("plan"), [(text,) for text in written], ANNIVERSARY) == expected


# --- In a run --------------------------------------------------------------------------------------------


def test_everybody_is_on_the_list_with_what_is_accepted(connection, sandbox, list_id, tmp_path, bob):
    joined = ["12/25/20", "3/4/21", "1-2-22", "infinity", "10000-01-05", "epoch", "2020-01-05"]
    people = [
        {"email": f"p{number}@example.com", "joined": value, "month": "4", "day": "31" if number else "30"}
        for number, value in enumerate(joined)
    ]
    mapping = {"email": "email", "anniversary": "joined", "birthday_month": "month", "birthday_day": "day"}
    run = run_of(connection, list_id, tmp_path, bob, mapping, people)
    members = {member["email"]: member for member in sandbox.members(list_id)}
    assert (run.status, run.without_value, len(members)) == (Run.Status.SUCCEEDED, 7, 7)
    assert [email for email, member in members.items() if member.get("anniversary")] == ["p6@example.com"]
    assert [email for email, member in members.items() if member.get("birthday_day")] == ["p0@example.com"]


def test_what_is_not_sent_is_on_the_page_of_the_run_and_of_the_person(
    connection, sandbox, list_id, tmp_path, bob, bob_client
):
    people = [
        {"email": "a@example.com", "joined": "infinity", "tel": "ask Bob"},
        {"email": "b@example.com", "joined": "2020-01-05", "tel": "+1 425 555 0100"},
    ]
    mapping = {"email": "email", "anniversary": "joined", "phone": "tel"}
    run = run_of(connection, list_id, tmp_path, bob, mapping, people)
    assert [(row[1], row[3]) for row in left_out_rows(run)] == [("a@example.com", "joined"), ("a@example.com", "tel")]
    (outcome,) = find_person(run, " A@Example.com\u200b")
    assert [str(one.details.get("fields")) for one in explain(outcome, {}) if one.code == "person.withheld"] == [
        "['Anniversary', 'Phone']"
    ]
    (other,) = find_person(run, "b@example.com")
    assert not other.withheld
    page = bob_client.get(reverse("admin:exports_run_change", args=[run.pk])).content.decode()
    assert "1 profile was sent without a value that Constant Contact does not accept." in page
