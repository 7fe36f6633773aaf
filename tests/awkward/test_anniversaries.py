"""Anniversaries that Constant Contact refuses cost the anniversary, not the person (docs/decisions/0016)."""

import pytest

from exports.models import Run

from .conftest import by_person, people

JOINED = {"anniversary": "joined"}


def test_years_of_two_digits_and_words_are_left_out_and_everybody_is_on_the_list(send, beside):
    sent = send(beside("02/anniv.csv"), JOINED)

    assert sent.values("anniversary") == by_person([""] * 6 + ["2020-01-05"])
    assert (sent.run.status, sent.run.without_value) == (Run.Status.SUCCEEDED, 6)


def test_dates_of_a_parquet_file_beyond_what_is_accepted_are_left_out(send, beside):
    sent = send(beside("02/dates.parquet"), {"anniversary": "d"})

    assert sent.values("anniversary") == {"a@example.com": "9999-12-31", "b@example.com": "", "c@example.com": ""}
    assert (sent.run.status, sent.run.without_value) == (Run.Status.SUCCEEDED, 2)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["1899-12-31", "1900-01-01", "9999-12-31"], ["", "1900-01-01", "9999-12-31"]),
        (["31.12.1899", "01.01.1900", "24.12.2020"], ["", "1900-01-01", "2020-12-24"]),
        (["0000-00-00", "2020-01-05", "0000-00-00"], ["", "2020-01-05", ""]),
        (["2020-01-05 BC", "-infinity", "today"], ["", "", ""]),
        (["2021-02-29", "2024-02-29", "2021-13-01"], ["", "2024-02-29", ""]),
    ],
)
def test_only_dates_that_are_accepted_are_on_the_list(send, written, expected):
    sent = send(people(written, "joined"), JOINED)

    assert sent.values("anniversary") == by_person(expected)
    assert sent.run.batches.get().is_confirmed
    empty = sum(each == "0000-00-00" for each in written)
    assert sent.run.without_value == expected.count("") - empty


def test_infinite_dates_of_a_parquet_file_are_left_out(send, parquet):
    sent = send(
        parquet(
            "SELECT n AS id, 'p' || n || '@example.com' AS email, joined::DATE AS joined FROM "
            "(VALUES (1, 'infinity'), (2, '-infinity'), (3, '2020-01-05'), (4, NULL)) AS people (n, joined)"
        ),
        JOINED,
    )

    assert sent.values("anniversary") == by_person(["", "", "2020-01-05", ""])
