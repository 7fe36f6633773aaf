"""Numbers that differ in their twentieth digit are different people's."""

import pytest

from .conftest import by_person, is_, people


def neighbours(number):
    return [number, str(int(number) + 1), str(int(number) - 1)]


def test_only_the_person_with_this_card_is_on_the_list(send, beside):
    sent = send(beside("08/cards.csv"), {"cf:Card": "card"}, [is_("card", "12345678901234567890")])

    assert (sent.members, sent.values("cf:card")) == (1, {"a@example.com": "12345678901234567890"})


@pytest.mark.parametrize(
    "card", ["9223372036854775807", "9007199254740993", "-12345678901234567890", "123456789012345678901234567890"]
)
def test_numbers_of_any_length_are_told_from_their_neighbours(send, card):
    sent = send(people(neighbours(card), "card"), {"cf:Card": "card"}, [is_("card", card)])

    assert (sent.members, sent.values("cf:card")) == (1, by_person([card]))


def test_numbers_with_many_places_are_told_from_their_neighbours(send):
    values = ["0.1", "0.10000000000000000001", "0.09999999999999999999"]
    sent = send(people(values), {"cf:Rate": "value"}, [is_("value", "0.1", "greaterThan")])

    assert sent.values("cf:rate") == {"p2@example.com": values[1]}


def test_long_whole_numbers_of_a_parquet_file_are_told_from_their_neighbours(send, parquet):
    query = "SELECT n AS id, 'p' || n || '@example.com' AS email, (18446744073709551614 + n - 1)::UBIGINT AS card"
    sent = send(
        parquet(f"{query} FROM range(1, 3) AS numbers (n)"),
        {"cf:Card": "card"},
        [is_("card", "18446744073709551615")],
    )

    assert sent.values("cf:card") == {"p2@example.com": "18446744073709551615"}
