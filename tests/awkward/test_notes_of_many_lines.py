"""Notes of many lines are read whatever the size of their file, and are on the list as they were written."""

import pytest

from .conftest import by_person

NOTE = {"cf:Note": "note"}


def noted(notes, line_end="\n"):
    rows = [f'{n},p{n}@example.com,"{note}"' for n, note in enumerate(notes, start=1)]
    return line_end.join(["id,email,note", *rows, ""])


def test_forty_thousand_people_with_notes_of_five_lines_are_on_the_list(send, beside, made_by):
    sent = send(made_by(beside("09/make.py"), "notes.csv"), NOTE)

    assert (sent.source.row_count, len(sent.listed)) == (40_000, 40_000)
    notes = sent.values("cf:note")
    assert {note.count("\n") for note in notes.values()} == {4}
    assert notes["nt0@example.com"].startswith("Dear customer, as discussed, please call back.\nOrder 7")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_notes_are_on_the_list_as_they_were_written(send, line_end):
    notes = ["plain", "one\ntwo", "one\r\n\r\ntwo", '""quoted"",\n3,p9@example.com,x\n', "last"]
    expected = [note.replace('""', '"').strip() for note in notes]

    assert send(noted(notes, line_end), NOTE).values("cf:note") == by_person(expected)


def test_large_files_with_long_notes_are_read_to_their_end(send):
    notes = [("line\n" * (n % 40)) + f"end of {n}" for n in range(1, 3_001)]
    sent = send(noted(notes, "\r\n"), NOTE)

    assert sent.values("cf:note") == by_person(notes)
