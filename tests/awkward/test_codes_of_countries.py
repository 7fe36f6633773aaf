"""NO is Norway, unless the other values of the column say that it means no."""

import pytest

from .conftest import by_person, is_, people


@pytest.mark.parametrize(
    ("column", "values"), [("国家", ["NO", "NO", ""]), ("state", ["NO", "SE", "YES"]), ("code", ["no", "No", "NO"])]
)
def test_norway_alone_is_text(send, column, values):
    rule = {**is_(column, "NO"), "ignore_case": True}
    sent = send(people(values, column), {"country": column}, [rule])

    assert sent.source.attribute(column).type == "text"
    expected = {email: value for email, value in by_person(values).items() if value.upper() == "NO"}
    assert sent.values("home_country") == expected


def test_yes_and_no_are_what_they_say(send):
    sent = send(people(["yes", "NO", "no", ""]), {}, [{**is_("value", "x"), "value": False}])

    assert sent.source.attribute("value").type == "boolean"
    assert set(sent.listed) == {"p2@example.com", "p3@example.com"}
