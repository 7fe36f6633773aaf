"""Birthdays that do not exist cost the birthday, not the person (docs/decisions/0016), and nobody counts as refused."""

import pytest

from exports.models import Run
from exports.runs import start_run
from tests.support.fixtures_exports import work_until_over

BIRTHDAY = {"birthday_month": "bm", "birthday_day": "bd"}


def birthdays(sent):
    months, days = sent.values("birthday_month"), sent.values("birthday_day")
    return [(months[email], days[email]) for email in sorted(sent.listed)]


def test_days_that_do_not_exist_are_left_out_and_the_next_run_sends_nobody_again(send, beside, bob):
    sent = send(beside("01/birthday.csv"), {"first_name": "first", **BIRTHDAY})

    none = ("", "")
    assert birthdays(sent) == [none, none, ("5", "6"), none, none, none]  # 3.6 is no month, 7.5 no day
    assert list(sent.values("first_name").values()) == ["Ann", "Bob", "Cy", "Di", "Ed", "Flo"]
    assert (sent.run.status, sent.run.without_value) == (Run.Status.SUCCEEDED, 5)
    assert sent.run.batches.get().is_confirmed
    assert work_until_over(start_run(sent.export, by=bob)[0]).counts == {"unchanged": 6}


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (["2,29", "02,09", "12,31", "6,31"], [("2", "29"), ("2", "9"), ("12", "31"), ("", "")]),
        (["3.0,7.00", "11,0", "May,5", " 4 , 30 "], [("3", "7"), ("", ""), ("", ""), ("4", "30")]),
        (["0,5", "-3,5", "null,5", "١,5"], [("", "")] * 4),
    ],
)
def test_only_days_of_the_calendar_are_on_the_list(send, pairs, expected):
    rows = "".join(f"{n},p{n}@example.com,{pair}\n" for n, pair in enumerate(pairs, start=1))
    sent = send("id,email,bm,bd\n" + rows, BIRTHDAY)

    assert birthdays(sent) == expected
    assert sent.run.status == Run.Status.SUCCEEDED


def test_months_that_a_workbook_holds_as_numbers_are_whole(send, workbook):
    rows = [["id", "email", "bm", "bd"], [1, "p1@example.com", 3.0, 7], [2, "p2@example.com", 3.6, 5]]

    assert birthdays(send(workbook(rows), BIRTHDAY)) == [("3", "7"), ("", "")]


def test_months_of_a_table_with_gaps_are_whole(send, parquet):
    sent = send(
        parquet(
            "SELECT * FROM (VALUES (1, 'p1@example.com', 4::DOUBLE, 30::DOUBLE), (2, 'p2@example.com', NULL, 31))"
            " AS people (id, email, bm, bd)"
        ),
        BIRTHDAY,
    )

    assert birthdays(sent) == [("4", "30"), ("", "")]
