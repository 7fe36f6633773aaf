"""Rows as a CSV file: what a spreadsheet makes of it, when the answer begins, and how much of it is in memory."""

import csv
import io

import pytest

from web.csv_download import PIECE, csv_download

NAMES = ("id", "name")


def lines_of(answer) -> list[list[str]]:
    text = b"".join(answer).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-x", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_quoted_in_names_and_rows(cell):
    assert lines_of(csv_download("a.csv", [cell], [[cell]])) == [[f"'{cell}"], [f"'{cell}"]]


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell():
    assert lines_of(csv_download("a.csv", NAMES, [(-1.5, "+49"), (None, "José, “x”\ny")])) == [
        ["id", "name"],
        ["-1.5", "+49"],
        ["", "José, “x”\ny"],
    ]


def test_without_rows_the_file_has_their_names():
    answer = csv_download("people-1.csv", NAMES, [])

    assert answer["Content-Disposition"] == 'attachment; filename="people-1.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert lines_of(answer) == [["id", "name"]]


def test_rows_that_can_not_be_read_raise_before_the_answer_begins():
    def rows():
        raise FileNotFoundError
        yield

    with pytest.raises(FileNotFoundError):
        csv_download("a.csv", NAMES, rows())


def test_rows_are_read_as_they_are_sent_and_let_go_when_nobody_reads_on(db):
    read, ended = [], []

    def rows():
        try:
            for number in range(10 * PIECE):
                read.append(number)
                yield number, ""
        finally:
            ended.append(True)

    answer = csv_download("a.csv", NAMES, rows())
    assert len(read) == 1

    pieces = iter(answer)
    next(pieces), next(pieces)
    assert len(read) <= PIECE

    answer.close()
    assert ended
