"""A date is the same day in the rule and on the list, however it is written."""

from datetime import date, datetime

import pytest

from .conftest import by_person, is_, people

JOINED = {"anniversary": "joined"}
DAYS = ["2020-12-25", "2021-04-03"]


@pytest.mark.parametrize("name", ["dm.csv", "dot.csv"])
def test_the_day_that_the_rule_finds_is_the_one_on_the_list(send, beside, name):
    sent = send(beside(f"04/{name}"), JOINED, [is_("joined", "2021-04-03")])

    assert sent.source.attribute("joined").type == "date"
    assert list(sent.values("anniversary").values()) == ["2021-04-03"]
    assert sent.members == 1


@pytest.mark.parametrize("name", ["dm.csv", "dot.csv"])
def test_both_days_are_on_the_list(send, beside, name):
    assert list(send(beside(f"04/{name}"), JOINED).values("anniversary").values()) == DAYS


@pytest.mark.parametrize(
    ("written", "format"),
    [
        (["25/12/2020 11:59 PM", "03/04/2021 12:00 AM"], None),
        (["25-12-2020", "3-4-2021"], None),
        (["12/25/2020", "04/03/2021"], None),
        (["25.12.2020", "00.00.0000", "03.04.2021"], None),
        (["05/12/2020", "03/04/2021"], "%d/%m/%Y"),
        (["12-05-2020", "04-03-2021"], "%m-%d-%Y"),
    ],
)
def test_a_way_of_writing_that_is_proved_or_chosen_holds_for_rule_and_list(send, written, format):
    sent = send(
        people(written, "joined"),
        JOINED,
        [is_("joined", "2021-01-01", "lessThan")],
        formats={"joined": format} if format else None,
    )

    assert sent.values("anniversary") == {"p1@example.com": "2020-12-05" if format else "2020-12-25"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["25/12/2020", "03/04/2021", "unknown"], ["2020-12-25", "2021-04-03", ""]),
        (["25.12.2020", "3-4-2021", "31/02/2021", "\u00a003/04/2021"], ["2020-12-25", "2021-04-03", "", "2021-04-03"]),
        (["12/25/2020", "03/04/2021", "unknown"], ["12/25/2020", "03/04/2021", ""]),
    ],
)
def test_a_text_among_dates_does_not_turn_the_others_around(send, written, expected):
    sent = send(people(written, "joined"), JOINED)

    assert sent.source.attribute("joined").type == "text"
    assert sent.values("anniversary") == by_person(expected)
    assert sent.run.without_value == 1


def test_texts_of_a_parquet_file_that_hold_dates_are_the_days_that_are_meant(send, parquet):
    query = "SELECT n AS id, 'p' || n || '@example.com' AS email, joined FROM "
    sent = send(parquet(query + "(VALUES (1, '25/12/2020'), (2, '03/04/2021')) AS people (n, joined)"), JOINED)

    assert sent.values("anniversary") == by_person(DAYS)


def test_dates_of_a_workbook_are_days(send, workbook):
    rows = [["id", "email", "joined"], [1, "p1@example.com", date(2020, 12, 25)]]
    sent = send(workbook([*rows, [2, "p2@example.com", datetime(2021, 4, 3, 17, 5)]]), JOINED)

    assert sent.values("anniversary") == by_person(DAYS)
