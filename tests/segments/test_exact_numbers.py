"""Numbers of a file are compared digit by digit, however many digits they have."""

from decimal import Decimal

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from profiles.describe import describe
from segments.members.query import count_rules
from segments.rules.compile import compile_rules
from segments.rules.operators import OPERATORS
from segments.rules.tree import read_rules

CARDS = ("12345678901234567890", "12345678901234567891", "12345678901234567889")
PLAIN = {
    "equals": lambda value, bound: value == bound,
    "notEquals": lambda value, bound: value != bound,
    "greaterThan": lambda value, bound: value > bound,
    "greaterThanOrEqualTo": lambda value, bound: value >= bound,
    "lessThan": lambda value, bound: value < bound,
    "lessThanOrEqualTo": lambda value, bound: value <= bound,
}


def rule(attribute, operator, value):
    return {"op": "and", "rules": [{"attribute": attribute, "operator": operator, "value": value}]}


def test_twenty_digit_numbers_do_not_equal_their_neighbours(make_source):
    source = make_source("id,card\n" + "".join(f"{place},{card}\n" for place, card in enumerate(CARDS)))

    assert count_rules(source, rule("card", "equals", CARDS[0])) == 1
    assert count_rules(source, rule("card", "greaterThan", CARDS[0])) == 1
    assert count_rules(source, rule("card", "isBetween", [CARDS[2], CARDS[0]])) == 2


@pytest.mark.parametrize(
    ("operator", "value", "count"),
    [
        ("equals", "9223372036854775807.5", 0),
        ("notEquals", "9223372036854775807.5", 2),
        ("lessThan", "9223372036854775806.5", 1),
        ("greaterThanOrEqualTo", "9223372036854775806.5", 1),
        ("greaterThan", "9" * 30, 0),
        ("lessThan", "9" * 30, 2),
        ("isBetween", ["9223372036854775806.1", "9223372036854775806.9"], 0),
    ],
)
def test_nineteen_digit_numbers_are_compared_with_fractions(make_source, operator, value, count):
    source = make_source("id,card\n1,9223372036854775807\n2,9223372036854775806\n")

    assert source.attribute("card").type == "whole"
    assert count_rules(source, rule("card", operator, value)) == count


digits = st.integers(0, 10**30 - 1)
close = st.sampled_from([0, 10**15, 2**53, 12345678901234567890, 10**29])
wholes = st.one_of(digits, st.builds(lambda near, step: near + step, close, st.integers(0, 3)))
texts = st.builds(
    lambda sign, whole, places: f"{sign}{whole}{places}",
    st.sampled_from(["", "-"]),
    wholes,
    st.one_of(st.just(""), st.text("0159", min_size=1, max_size=7).map(".{}".format)),
)


@settings(max_examples=40, deadline=None)
@given(values=st.lists(texts, min_size=1, max_size=8), bounds=st.lists(texts, min_size=2, max_size=2))
@example(values=["0.1", "0.3", "0.30"], bounds=["0.3", "0.30000000000000001"])
@example(values=["12345678901234567890.25"], bounds=["12345678901234567890.5", "0"])
def test_numbers_are_compared_as_plain_python_compares_decimals(tmp_path_factory, values, bounds):
    path = tmp_path_factory.mktemp("numbers") / "numbers.parquet"
    with duckdb.connect() as duck:
        values = [*values, "0.5"]  # which tells a point from what stands between thousands
        duck.execute("CREATE TABLE numbers AS SELECT UNNEST($values) AS n", {"values": values})
        duck.table("numbers").write_parquet(str(path))
        [attribute] = describe(duck, path, ["n"], lambda share: None)

        def found(operator, value):
            condition = compile_rules(read_rules(rule("n", operator, value), [attribute])).sql("duckdb")
            return [one for (one,) in duck.execute(f"SELECT n FROM numbers WHERE {condition}").fetchall()]

        for bound in bounds:
            for operator, holds in PLAIN.items():
                assert found(operator, bound) == [one for one in values if holds(Decimal(one), Decimal(bound))]
        low, high = sorted(bounds, key=Decimal)
        assert found("isBetween", [low, high]) == [
            one for one in values if Decimal(low) <= Decimal(one) <= Decimal(high)
        ]


def test_every_operator_of_numbers_is_tried():
    codes = {operator.code for operator in OPERATORS["number"]}

    assert codes - {"isNull", "isNotNull"} == {*PLAIN, "isBetween"}
