"""Blanks that a database pads its columns with are no part of any value."""

import pytest

from .conftest import by_person, is_

MAPPING = {"first_name": "first", "country": "country"}


def test_padded_values_meet_their_rule_and_are_on_the_list_without_blanks(send, beside):
    sent = send(beside("13/pad.csv"), MAPPING, [is_("country", "France")])

    assert sent.members == 2
    assert sent.values("first_name") == {"pad1@example.com": "Ann", "pad2@example.com": "Bob"}
    assert set(sent.values("home_country").values()) == {"France"}


def test_everybody_of_a_padded_file_is_on_the_list(send, beside):
    assert list(send(beside("13/pad.csv"), MAPPING).values("first_name").values()) == ["Ann", "Bob", "Cy"]


@pytest.mark.parametrize(("width", "delimiter"), [(16, ","), (300, "\t")])
def test_columns_of_any_width_are_trimmed(send, width, delimiter):
    rows = [("1", "p1@example.com", "Ann", "France"), ("2", "p2@example.com", "", "France"),
            ("3", "p3@example.com", "Zoë", "Japan")]  # fmt: skip
    text = "\n".join(delimiter.join(cell.ljust(width) for cell in row) for row in rows)
    sent = send(f"{delimiter.join(['id', 'email', 'first', 'country'])}\n{text}\n", MAPPING, [is_("country", "France")])

    assert sent.values("first_name") == by_person(["Ann", ""])
    assert [key for key, *_rest in sent.reported()] == []


def test_keys_of_a_padded_file_are_those_of_one_without_padding(import_file, run_source):
    import_file("id,email\n1     ,nobody      \n23    ,p1@example.com\n")
    assert [key for key, *_rest in run_source(import_file("id,email\n1,nobody\n"), {}).reported()] == ["1"]


def test_padded_columns_of_postgresql_are_trimmed(postgres, postgres_source, run_source):
    postgres.execute("CREATE TABLE people (id char(10) PRIMARY KEY, email char(60), first char(60), country char(30))")
    postgres.execute(
        "INSERT INTO people VALUES ('1', 'p1@example.com', 'Ann', 'France'), ('2', 'p2@example.com', 'Bob', 'Japan')"
    )

    sent = run_source(postgres_source("people"), MAPPING, [is_("country", "France")])

    assert (sent.members, sent.values("first_name")) == (1, by_person(["Ann"]))
