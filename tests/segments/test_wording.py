"""Rules in words."""

import pytest

from segments.models import Segment
from segments.rules.wording import in_short, in_words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (("country", "equals", "France"), "country is “France”"),
        (("country", "isIn", ["France", "Germany"]), "country is any of “France”, “Germany”"),
        (("country", "isNull", None), "country is empty"),
        (("orders", "greaterThanOrEqualTo", "3"), "orders ≥ 3"),
        (("spent", "isBetween", ["1.50", "20"]), "spent is between 1.50 and 20"),
        (("born", "lessThan", "1980-05-17"), "born is before May 17, 1980"),
        (("updated", "isWithinLast", 20), "updated is within the last 20 days"),
        (("updated", "isWithinLast", 1), "updated is within the last 1 day"),
        (("vip", "equals", True), "vip is yes"),
    ],
)
def test_a_condition_reads_like_a_sentence(people, rule, words):
    attribute, operator, value = rule
    rules = {"op": "and", "rules": [{"attribute": attribute, "operator": operator, "value": value}]}

    assert in_short(Segment(source=people, rules=rules)) == words


def test_groups_are_put_in_brackets_on_one_line_and_indented_on_several(people):
    vip = {"attribute": "vip", "operator": "equals", "value": True}
    place = {"attribute": "country", "operator": "equals", "value": "France", "ignore_case": True}
    segment = Segment(source=people, rules={"op": "and", "rules": [vip, {"op": "or", "rules": [place, vip]}]})

    assert in_short(segment) == "vip is yes and (country is “France” (ignoring case) or vip is yes)"
    assert [(line.depth, line.text) for line in in_words(segment)] == [
        (0, "All of these conditions are met:"),
        (1, "vip is yes"),
        (1, "Any of these conditions is met:"),
        (2, "country is “France” (ignoring case)"),
        (2, "vip is yes"),
    ]


def test_rules_are_shown_in_their_order_with_how_they_are_combined(people):
    vip = {"attribute": "vip", "operator": "equals", "value": True}
    empty = {"attribute": "email", "operator": "isNull"}
    steps = [
        {"operation": "except", "op": "or", "rules": [vip, empty]},
        {"operation": "intersect", "op": "and", "rules": [empty]},
        {"operation": "union", "op": "and", "rules": [vip]},
    ]
    segment = Segment(source=people, rules={"op": "and", "rules": [], "then": steps})

    assert in_short(segment) == (
        "((All profiles except (vip is yes or email is empty)) intersect email is empty) union vip is yes"
    )
    assert [(line.depth, line.text) for line in in_words(segment)] == [
        (0, "Rule 1:"),
        (1, "All profiles"),
        (0, "Except rule 2:"),
        (1, "Any of these conditions is met:"),
        (2, "vip is yes"),
        (2, "email is empty"),
        (0, "Intersect with rule 3:"),
        (1, "email is empty"),
        (0, "Union with rule 4:"),
        (1, "vip is yes"),
    ]


def test_no_conditions_are_all_profiles(people):
    assert in_short(Segment(source=people)) == "All profiles"


def test_what_does_not_fit_is_shown_instead(people):
    segment = Segment(source=people, rules={"op": "and", "rules": [{"attribute": "town", "operator": "isNull"}]})

    assert in_short(segment).startswith("Condition 1: The profile source has no attribute “town”.")
