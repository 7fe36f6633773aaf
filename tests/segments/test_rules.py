"""Which rules are refused, and with which sentence."""

import pytest

from profiles.attributes import Attribute
from segments.errors import RulesInvalidError
from segments.rules.tree import Condition, Group, read_rules

ATTRIBUTES = [
    Attribute("country", "text"),
    Attribute("orders", "whole"),
    Attribute("spent", "number"),
    Attribute("born", "date"),
    Attribute("updated", "moment"),
    Attribute("vip", "boolean"),
]


def condition(attribute="country", operator="equals", value="France", **more):
    return {"attribute": attribute, "operator": operator, "value": value, **more}


def problems(*rules, op="and"):
    with pytest.raises(RulesInvalidError) as refusal:
        read_rules({"op": op, "rules": list(rules)}, ATTRIBUTES)
    return [str(problem) for problem in refusal.value.problems]


def test_no_conditions_mean_everybody():
    assert read_rules({"op": "and", "rules": []}, ATTRIBUTES).is_everybody


def test_groups_may_be_nested():
    tree = read_rules(
        {"op": "or", "rules": [condition(), {"op": "and", "rules": [condition("orders", "greaterThan", "3")]}]},
        ATTRIBUTES,
    )

    assert isinstance(tree.first.rules[0], Condition)
    assert isinstance(tree.first.rules[1], Group)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (condition(attribute=""), "Choose an attribute."),
        (condition(attribute="town"), "The profile source has no attribute “town”."),
        (condition(attribute=["country"]), "Choose an attribute."),
        (condition(operator=""), "Choose how to compare “country”."),
        (condition(operator="greaterThan"), "This comparison does not fit the values of “country”."),
        (condition("orders", "contains", "1"), "This comparison does not fit the values of “orders”."),
        (condition("vip", "isWithinLast", "3"), "This comparison does not fit the values of “vip”."),
        (condition(value=""), "Enter a value to compare “country” with."),
        (condition(value=None), "Enter a value to compare “country” with."),
        (condition(value="  "), "Enter a value to compare “country” with."),
        (condition(value=5), "Enter a text of up to 1,000 characters."),
        (condition(value="x" * 1001), "Enter a text of up to 1,000 characters."),
        (condition(value="a\0b"), "The value contains invalid characters."),
        (condition(value="\ud800"), "The value contains invalid characters."),
        (condition(operator="isIn", value=[]), "Enter at least one value to compare “country” with."),
        (condition(operator="isIn", value="France"), "Enter at least one value to compare “country” with."),
        (condition(operator="isIn", value=["", " "]), "Enter at least one value to compare “country” with."),
        (condition("orders", value="many"), "“many” is not a number."),
        (condition("orders", value="1,5"), "“1,5” is not a number."),
        (condition("spent", value="1e5"), "“1e5” is not a number."),
        (condition("spent", value=True), "“True” is not a number."),
        (condition("spent", "isBetween", ["1", ""]), "Enter a value to compare “spent” with."),
        (condition("spent", "isBetween", "1"), "Enter a lower and an upper bound for “spent”."),
        (condition("spent", "isBetween", ["9", "10.5"]), None),
        (condition("spent", "isBetween", ["10.5", "9"]), "The lower bound of “spent” is above the upper one."),
        (condition("born", value="31.01.2026"), "“31.01.2026” is not a date."),
        (condition("born", value="2026-02-30"), "“2026-02-30” is not a date."),
        (condition("updated", "isBetween", ["2026-02-01", "2026-01-01"]), "The lower bound of “updated” is above"),
        (condition("updated", "isWithinLast", "0"), "Enter the number of days as a whole number from 1 to 36,500."),
        (condition("updated", "isWithinLast", "2.5"), "Enter the number of days as a whole number from 1 to 36,500."),
        (condition("vip", value="maybe"), "Choose yes or no."),
        (condition("vip", value=None), "Choose yes or no."),
        ("country is France", "This condition can't be read."),
        ({"op": "and", "rules": []}, "This group has no conditions."),
        ({"op": "xor", "rules": [condition()]}, "Choose an attribute."),
    ],
)
def test_a_wrong_rule_is_refused_with_a_sentence(rule, said):
    if said is None:
        read_rules({"op": "and", "rules": [rule]}, ATTRIBUTES)
    else:
        assert problems(rule)[0].startswith(f"Condition 1: {said}")


@pytest.mark.parametrize(
    "rules", [None, [], "x", {}, {"op": "and"}, {"op": "not", "rules": []}, {"op": "and", "rules": {}}]
)
def test_what_is_no_tree_of_rules_is_refused(rules):
    with pytest.raises(RulesInvalidError, match="These rules can't be read"):
        read_rules(rules, ATTRIBUTES)


def test_every_problem_is_named_with_its_place():
    nested = {"op": "or", "rules": [condition(), condition(value="")]}

    assert [text.split(":")[0] for text in problems(condition(operator=""), nested)] == ["Condition 1", "Condition 2.2"]


def test_groups_nested_too_deeply_are_refused():
    rules = condition()
    for _level in range(40):
        rules = {"op": "and", "rules": [rules]}

    with pytest.raises(RulesInvalidError, match="nested too deeply"):
        read_rules(rules, ATTRIBUTES)


def test_an_operator_without_a_value_needs_none():
    tree = read_rules({"op": "and", "rules": [{"attribute": "orders", "operator": "isNull"}]}, ATTRIBUTES)

    assert tree.first.rules[0].value is None


def test_letter_case_counts_where_it_cannot_be_ignored():
    tree = read_rules({"op": "and", "rules": [condition("orders", value="3", ignore_case=True)]}, ATTRIBUTES)

    assert tree.first.rules[0].ignore_case is False


def step(*rules, operation="union", op="and", **more):
    return {"operation": operation, "op": op, "rules": list(rules), **more}


def problems_of(*steps, first=()):
    with pytest.raises(RulesInvalidError) as refusal:
        read_rules({"op": "and", "rules": list(first), "then": list(steps)}, ATTRIBUTES)
    return [str(problem) for problem in refusal.value.problems]


def test_rules_are_combined_in_their_order():
    steps = [step(condition(), operation="intersect"), step(condition(value="Spain"), operation="except", op="or")]

    rules = read_rules({"op": "and", "rules": [], "then": steps}, ATTRIBUTES)

    assert [(each.operation, each.group.op) for each in rules.then] == [("intersect", "and"), ("except", "or")]
    assert not rules.is_everybody
    assert rules.size() == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (step(condition(), operation=""), "Rule 2: Choose how this rule is combined with those before"),
        (step(condition(), operation="minus"), "Rule 2: Choose how this rule is combined with those before"),
        ({"op": "and", "rules": [condition()]}, "Rule 2: Choose how this rule is combined with those before"),
        (step(), "Rule 2: This rule has no conditions. Add one to it, or remove the rule."),
        (step(condition(value="")), "Rule 2, condition 1: Enter a value to compare “country” with."),
        (step(condition(), op="xor"), "Rule 2: These rules can't be read."),
        ("country is France", "Rule 2: These rules can't be read."),
    ],
)
def test_a_wrong_later_rule_is_refused_with_its_number(wrong, said):
    assert problems_of(wrong)[0].startswith(said)


def test_problems_of_several_rules_are_raised_together():
    told = problems_of(step(condition(value="")), step(), first=[condition(operator="")])

    assert [text.split(":")[0] for text in told] == ["Condition 1", "Rule 2, condition 1", "Rule 3"]


@pytest.mark.parametrize("then", [{}, "x", 3, [{}] * 20])
def test_what_is_no_list_of_rules_is_refused(then):
    with pytest.raises(RulesInvalidError):
        read_rules({"op": "and", "rules": [], "then": then}, ATTRIBUTES)
