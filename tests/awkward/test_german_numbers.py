"""Numbers with decimal commas are compared as the numbers they are, and are on the list as they were written."""

import pytest

from .conftest import is_, people


def test_turnover_over_a_thousand_is_found_where_another_column_proves_how_numbers_are_written(send, beside):
    sent = send(beside("22/de.csv"), {"cf:Umsatz": "umsatz"}, [is_("umsatz", "1000", "greaterThan")])

    assert sent.values("cf:umsatz") == {"a@example.com": "1.500", "b@example.com": "2.000"}


def test_amounts_with_commas_are_compared(send, beside):
    sent = send(beside("22/de.csv"), {"cf:Betrag": "betrag"}, [is_("betrag", "12.5", "greaterThanOrEqualTo")])

    assert sent.values("cf:betrag") == {"a@example.com": "12,50", "b@example.com": "1.234,56"}


@pytest.mark.parametrize(
    ("written", "format", "above"),
    [
        (["1.500", "999", "2.000"], "1.234,56", ["1.500", "2.000"]),
        (["1.500", "999", "2.000"], "", []),
        (["1 500,00", "999,99", "12 000,5"], None, ["1 500,00", "12 000,5"]),
        (["1'500.00", "999.99", "-2'000"], None, ["1'500.00"]),
        (["-1.500,75", "1.000,01", "0,5"], None, ["1.000,01"]),
    ],
)
def test_numbers_are_read_as_they_prove_or_as_somebody_chose(send, written, format, above):
    sent = send(
        people(written, delimiter=";"),
        {"cf:Value": "value"},
        [is_("value", "999.99", "greaterThan")],
        formats={} if format is None else {"value": format},
    )

    assert list(sent.values("cf:value").values()) == above
