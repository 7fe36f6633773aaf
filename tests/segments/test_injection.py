"""What looks like SQL in a name or a value is a name or a value."""

import pytest

from engine.sessions import open_engine
from segments.errors import RulesInvalidError
from segments.members.query import count_rules, sample_members, stage_members
from segments.models import Segment

ATTEMPTS = [
    "' OR '1'='1",
    "x'); DROP TABLE profiles; --",
    '" OR 1=1 --',
    "\\' OR 1=1 --",
    "%",
    "_",
    "$1",
    "?",
    "/* */",
    "'' UNION SELECT content FROM read_text('/etc/passwd') --",
    "\u2019 OR 1=1",
]


@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("operator", ["equals", "contains", "startsWith", "endsWith"])
def test_an_attempt_in_a_value_matches_only_itself(make_source, attempt, operator):
    quoted = attempt.replace('"', '""')
    source = make_source(f'id,name\n1,"{quoted}"\n2,plain\n3,"OR 1=1 profiles"\n')
    rules = {"op": "or", "rules": [{"attribute": "name", "operator": operator, "value": attempt, "ignore_case": True}]}

    assert count_rules(source, rules) == 1


@pytest.mark.parametrize("attempt", [attempt for attempt in ATTEMPTS if "\\" not in attempt])
def test_an_attempt_in_the_name_of_a_column_is_a_name(make_source, attempt):
    name = f"n{attempt}"
    quoted = name.replace('"', '""')
    source = make_source(f'id,"{quoted}"\n1,x\n2,y\n')
    segment = Segment(
        source=source, rules={"op": "and", "rules": [{"attribute": name, "operator": "equals", "value": "y"}]}
    )

    with open_engine() as duck:
        stage_members(duck, segment, {'al"ias; --': name}, 'vi"ew; --')
        found = duck.execute('SELECT "al""ias; --" FROM "vi""ew; --"').fetchall()

    assert found == [("y",)]
    assert sample_members(segment)[1] == [("2", "y")]


@pytest.mark.parametrize("attribute", ["name; DROP TABLE x", 'name" OR 1=1 --', "read_text('/etc/passwd')", "*"])
def test_an_attempt_in_the_name_of_an_attribute_is_refused(people, attribute):
    with pytest.raises(RulesInvalidError):
        count_rules(people, {"op": "and", "rules": [{"attribute": attribute, "operator": "isNull"}]})


def test_an_attempt_in_the_operator_is_refused(people):
    with pytest.raises(RulesInvalidError):
        count_rules(
            people, {"op": "and", "rules": [{"attribute": "name", "operator": "= 'x' OR 1=1 --", "value": "x"}]}
        )
