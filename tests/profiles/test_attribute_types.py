"""What the values of a column are taken for. A wrong guess must never change a value or lose one."""

import pytest

from segments.members.query import count_rules


def type_of(make_source, *values, name="value"):
    lines = "\n".join(f'{number},"{value}"' for number, value in enumerate(values, start=1))
    return make_source(f"id,{name}\n{lines}\n").attribute(name)


@pytest.mark.parametrize(
    ("values", "type"),
    [
        (["Paris", "London"], "text"),
        (["1", "-2", "", "30"], "whole"),
        (["1.50", "2", "-0.25"], "number"),
        (["2026-01-31", ""], "date"),
        (["2026-01-31 10:00:00", "2026-01-31T10:00Z", "2026-02-01 10:00:00.123+02:00"], "moment"),
        (["2026-01-31", "2026-01-31 10:00:00"], "moment"),
        (["true", "False", ""], "boolean"),
        (["yes", "no"], "boolean"),
        (["是", "否"], "boolean"),
        (["0", "1"], "whole"),
        (["", ""], "text"),
        (["12", "twelve"], "text"),
        (["2026-01-31", "soon"], "text"),
        (["2026-02-30", "2026-01-31"], "text"),
        (["1,5", "2,5"], "text"),
        (["1e5", "2"], "text"),
        (["nan", "1"], "text"),
        ([" 5", "6"], "text"),
        (["9223372036854775808", "1"], "number"),
        (["31.12.2026", "1.1.2027"], "date"),
        (["12/31/2026 3:05 PM"], "moment"),
    ],
)
def test_a_type_is_what_every_filled_value_fits(make_source, values, type):
    assert type_of(make_source, *values).type == type


@pytest.mark.parametrize("values", [["01234", "98104"], ["+4930123", "5"], ["007", "8"], ["-01", "2"], ["00", "1"]])
def test_codes_with_leading_zeros_or_a_plus_are_text(make_source, values):
    assert type_of(make_source, *values).type == "text"


@pytest.mark.parametrize("name", ["postal_code", "ZIP", "Phone number", "邮编"])
def test_what_is_called_a_code_is_text_although_it_is_all_digits(make_source, name):
    assert type_of(make_source, "98104", "10115", name=name).type == "text"


def test_one_odd_value_far_down_makes_the_column_text(make_source):
    lines = "".join(f"{number},{number}\n" for number in range(20_000))

    source = make_source(f"id,value\n{lines}20000,007\n")

    assert source.attribute("value").type == "text"
    assert source.attribute("id").type == "whole"


def test_days_and_months_that_could_be_either_way_round_stay_text(make_source):
    assert type_of(make_source, "01/02/2026", "03/04/2026").type == "text"


@pytest.mark.parametrize(
    ("values", "type"),
    [
        (["NO", "NO"], "text"),
        (["no"], "text"),
        (["NO", "SE", "YES"], "text"),
        (["N", "n"], "text"),
        (["N", "Y"], "boolean"),
        (["yes", "yes"], "boolean"),
        (["false"], "boolean"),
        (["否"], "boolean"),
    ],
)
def test_yes_or_no_is_guessed_only_from_words_that_mean_it(make_source, values, type):
    assert type_of(make_source, *values).type == type


def test_a_column_of_yes_and_no_stays_so_while_everybody_says_no(make_source):
    type_of(make_source, "yes", "no")

    assert type_of(make_source, "no", "no").type == "boolean"


def test_days_and_months_that_could_be_either_way_round_stay_what_they_were_in_the_file_before(make_source):
    type_of(make_source, "25/12/2020", "03/04/2021")

    attribute = type_of(make_source, "05/04/2021", "03/04/2021")

    assert (attribute.type, attribute.format) == ("date", "%d/%m/%Y")
    assert attribute.formats == ("%m/%d/%Y", "%d/%m/%Y")


def test_days_and_months_are_as_other_columns_of_the_file_prove(make_source):
    source = make_source("id,a,b\n1,01/02/2026,25/12/2020 10:00\n2,03/04/2026,01/12/2020 10:00\n")

    assert source.attribute("a").format == "%d/%m/%Y"


def test_one_day_above_the_twelfth_tells_which_way_round(make_source):
    attribute = type_of(make_source, "01/02/2026", "03/25/2026")

    assert (attribute.type, attribute.format) == ("date", "%m/%d/%Y")


def test_dates_in_another_form_are_compared_as_dates(make_source):
    source = make_source("id,born\n1,31.12.1999\n2,1.1.2000\n3,15.6.2001\n")
    rules = {"op": "and", "rules": [{"attribute": "born", "operator": "greaterThan", "value": "1999-12-31"}]}

    assert count_rules(source, rules) == 2


def test_the_share_of_filled_values_and_examples_are_stored(people):
    country = people.attribute("country")

    assert country.filled == 0.8
    assert set(country.values) == {"United States", "united states", "France", "Germany"}
    assert country.samples == country.values[:3]
    assert country.distinct == 4


def test_a_column_of_addresses_is_marked_and_its_samples_hide_the_names(people):
    email = people.attribute("email")

    assert email.looks_like_email
    assert email.samples == ("a…@example.com", "b…@example.com", "c…@example.com")
    assert email.values == ()


def test_no_address_of_a_customer_is_stored_in_the_database(make_source):
    source = make_source("id,email,note\n1,ann@example.com,call ann@example.com\n2,ben@example.com,\n")

    assert "ann@" not in str(source.columns)
    assert "ben@" not in str(source.columns)


def test_a_column_with_many_different_values_suggests_none(make_source):
    lines = "".join(f"{number},name {number}\n" for number in range(1000))

    attribute = make_source(f"id,name\n{lines}").attribute("name")

    assert attribute.values == ()
    assert attribute.distinct == pytest.approx(1000, rel=0.1)
