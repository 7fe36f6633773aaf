"""What a change says when the values are more than a word."""

import json

from ccexport.audit.values import display_value
from segments.models import Segment

RULES = Segment._meta.get_field("rules")


def condition(attribute, operator, value=None):
    return {"attribute": attribute, "operator": operator, "value": value}


def test_rules_are_shown_in_words():
    either = {"op": "or", "rules": [condition("vip", "equals", True), condition("phone", "isNull")]}
    rules = {"op": "and", "rules": [condition("country", "isIn", ["France", "Germany"]), either]}

    assert (
        display_value(RULES, json.dumps(rules))
        == "country is any of France, Germany and (vip is yes or phone is empty)"
    )


def test_no_rules_mean_everybody():
    assert display_value(RULES, json.dumps({"op": "and", "rules": []})) == "everybody"


def test_rules_that_nobody_understands_are_shown_as_they_are():
    assert display_value(RULES, '{"op": "and"}') == '{"op": "and"}'
