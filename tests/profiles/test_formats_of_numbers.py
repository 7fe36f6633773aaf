"""How numbers are written is recognised where the column as a whole proves it, else somebody is asked."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segments.members.query import count_rules

pytestmark = pytest.mark.django_db


def made(make_source, *values, other=()):
    rows = "".join(
        f'{place},"{value}","{extra}"\n'
        for place, (value, extra) in enumerate(zip(values, other or values, strict=True))
    )
    return make_source(f"id,v,w\n{rows}")


def count(source, operator, value):
    rule = {"attribute": "v", "operator": operator, "value": value}
    return count_rules(source, {"op": "and", "rules": [rule]})


@pytest.mark.parametrize(
    ("values", "format"),
    [
        (["12,50", "1.234,56", "3,00"], "1.234,56"),
        (["12,50", "3,00"], "1.234,56"),
        (["1.234.567", "12"], "1.234,56"),
        (["-1.234,5", "0,5"], "1.234,56"),
        (["1,234.56", "12"], "1,234.56"),
        (["1,234", "12.5"], "1,234.56"),
        (["1,234,567", "12"], "1,234.56"),
        (["1 234,56", "12,5"], "1 234,56"),
        (["1\u00a0234,56", "12,5"], "1 234,56"),
        (["1\u202f234.56", "12.5"], "1 234.56"),
        (["1'234.56", "12.5"], "1'234.56"),
        (["12.50", "0.125"], ""),
        (["1.500", "0.250"], ""),
        (["1234.500"], ""),
    ],
)
def test_a_column_proves_how_its_numbers_are_written(make_source, values, format):
    attribute = made(make_source, *values).attribute("v")

    assert (attribute.type, attribute.format, attribute.formats) == ("number", format, ())


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["1.500", "2.000", "999"], ("", "1.234,56")),
        (["1,500", "2,000"], ("1.234,56", "1,234.56")),
        (["1,5", "2,5"], ("1.234,56",)),
        (["12 345 678"], ("1 234,56", "1 234.56")),
    ],
)
def test_what_could_mean_several_things_is_text_until_somebody_chooses(make_source, values, formats):
    attribute = made(make_source, *values).attribute("v")

    assert (attribute.type, attribute.formats) == ("text", formats)


@pytest.mark.parametrize(
    "values", [["1.23.456"], ["1,23,456.7"], ["12.3456,7"], ["1.234,56", "x"], ["+1.234,56"], ["01,50"]]
)
def test_what_is_no_number_stays_text(make_source, values):
    attribute = made(make_source, *values).attribute("v")

    assert (attribute.type, attribute.formats) == ("text", ())


def test_other_columns_of_the_file_tell_how_numbers_are_written(make_source):
    source = made(make_source, "1.500", "2.000", "999", other=["12,50", "1.234,56", "3,00"])

    assert source.attribute("v").format == "1.234,56"
    assert count(source, "greaterThan", "1000") == 2


def test_numbers_with_separators_are_compared_exactly(make_source):
    source = made(make_source, "12,50", "1.234,56", "3,00", "12.345.678.901.234.567.890,01")

    assert count(source, "greaterThan", "1234.56") == 1
    assert count(source, "greaterThanOrEqualTo", "1234.56") == 2
    assert count(source, "equals", "12345678901234567890.01") == 1
    assert count(source, "equals", "12345678901234567890.02") == 0


def test_a_separator_far_down_is_seen(make_source):
    lines = "".join(f"{place},{place}\n" for place in range(6000))

    source = make_source(f'id,v\n{lines}6000,"1.234,56"\n')

    assert source.attribute("v").format == "1.234,56"
    assert count(source, "greaterThan", "5999") == 0


def test_numbers_stay_what_they_were_in_the_file_before(make_source):
    made(make_source, "1.234,56", "12,50")

    assert made(make_source, "1.500", "2.000").attribute("v").format == "1.234,56"


money = st.decimals(min_value=-(10**8), max_value=10**8, places=2)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(money, min_size=1, max_size=8), bound=money)
def test_german_amounts_are_read_as_plain_python_reads_them(make_source, values, bound):
    written = [f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in values]

    source = made(make_source, *written)

    assert count(source, "lessThan", str(bound)) == sum(value < bound for value in values)
    assert count(source, "equals", str(values[0])) == sum(value == Decimal(values[0]) for value in values)
