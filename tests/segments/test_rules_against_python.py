"""The compiled rules select what a plain reading of them in Python selects, on random rows."""

from datetime import date, datetime, timedelta
from itertools import combinations, zip_longest

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.attributes import Attribute
from segments.rules.compile import compile_rules
from segments.rules.operators import OPERATORS
from segments.rules.tree import read_rules

TODAY = date(2026, 11, 24)
NAMES = {
    "text": 'a "text"; --',
    "whole": "whole",
    "number": "the number",
    "date": "date",
    "moment": "moment",
    "boolean": "select",
}
ATTRIBUTES = [Attribute(name, kind) for kind, name in NAMES.items()]

# --- Random rows and random rules ------------------------------------------------------------------------

# Few different values, so that bounds are met and equal texts occur in both cases.
texts = st.one_of(st.text(alphabet="aAéÉ%", max_size=2), st.text(alphabet="aAbBéÉ%_\\'\" 1;漢e\u0301", max_size=4))
wholes = st.integers(-2, 2).map(str)
numbers = st.sampled_from(["-1.5", "-1", "0", "0.1", "0.10", "0.2", "1.25", "2"])
days = st.integers(-4, 2).map(lambda offset: (TODAY + timedelta(days=offset)).isoformat())
moments = st.builds("{} {}".format, days, st.sampled_from(["00:00:00", "12:30:00", "23:59:59"]))
booleans = st.sampled_from(["true", "FALSE", "yes", "no"])
VALUES = {"text": texts, "whole": wholes, "number": numbers, "date": days, "moment": moments, "boolean": booleans}


def cell(kind):
    return st.one_of(VALUES[kind], VALUES[kind], st.sampled_from(["", " "]))


rows = st.lists(st.tuples(*(cell(kind) for kind in NAMES)), min_size=10, max_size=25)


def leaf(kind, operator, value):
    ignore_case = st.booleans() if kind == "text" else st.just(False)
    parts = {
        "attribute": st.just(NAMES[kind]),
        "operator": st.just(operator),
        "value": value,
        "ignore_case": ignore_case,
    }
    return st.fixed_dictionaries(parts)


def leaves(kind, values):
    filled = values.filter(str.strip)
    two = st.lists(values, min_size=2, max_size=2).map(lambda bounds: sorted(bounds, key=number_or_text))
    empty = [leaf(kind, "isNull", st.none()), leaf(kind, "isNotNull", st.none())]
    if kind == "text":
        one = [
            leaf(kind, operator, filled) for operator in ("equals", "notEquals", "contains", "startsWith", "endsWith")
        ]
        return [*one, leaf(kind, "isIn", st.lists(filled, min_size=1, max_size=3)), *empty]
    if kind == "boolean":
        return [leaf(kind, "equals", st.sampled_from([True, False, "true", "false"])), *empty]
    if kind in ("date", "moment"):
        compared = [leaf(kind, operator, days) for operator in ("equals", "lessThan", "greaterThan")]
        between = st.lists(days, min_size=2, max_size=2).map(sorted)
        return [*compared, leaf(kind, "isBetween", between), leaf(kind, "isWithinLast", st.integers(1, 4)), *empty]
    operators = ("equals", "notEquals", "greaterThan", "greaterThanOrEqualTo", "lessThan", "lessThanOrEqualTo")
    return [*(leaf(kind, operator, values) for operator in operators), leaf(kind, "isBetween", two), *empty]


def number_or_text(value):
    return float(value)


any_leaf = st.one_of(*(one for kind, values in VALUES.items() for one in leaves(kind, values)))
groups = st.recursive(
    any_leaf,
    lambda inner: st.fixed_dictionaries(
        {"op": st.sampled_from(["and", "or"]), "rules": st.lists(inner, min_size=1, max_size=3)}
    ),
    max_leaves=8,
)
trees = st.fixed_dictionaries({"op": st.sampled_from(["and", "or"]), "rules": st.lists(groups, min_size=1, max_size=2)})
steps = st.builds(
    lambda operation, tree: {"operation": operation, **tree}, st.sampled_from(["union", "intersect", "except"]), trees
)
everybody = st.just({"op": "and", "rules": []})
several = st.builds(
    lambda first, then: {**first, "then": then}, st.one_of(trees, trees, everybody), st.lists(steps, max_size=3)
)

# --- The plain reading --------------------------------------------------------------------------------------


def lower(text):
    """Letter by letter, as databases do it: str.lower looks at neighbours."""
    return "".join(letter.lower() for letter in text)


def value_in(row, rule):
    kind = next(kind for kind, name in NAMES.items() if name == rule["attribute"])
    raw = row[list(NAMES).index(kind)]
    if kind != "text" and not raw.strip():
        return kind, None
    read = {
        "text": lambda: raw or None,
        "whole": lambda: float(raw),
        "number": lambda: float(raw),
        "date": lambda: date.fromisoformat(raw),
        "moment": lambda: datetime.fromisoformat(raw).date(),
        "boolean": lambda: raw.lower() in ("true", "yes"),
    }
    return kind, read[kind]()


def wanted(kind, value, ignore_case):
    if isinstance(value, list):
        return [wanted(kind, one, ignore_case) for one in value]
    if kind == "text":
        return lower(value) if ignore_case else value
    if kind in ("whole", "number"):
        return float(value)
    return value in (True, "true") if kind == "boolean" else date.fromisoformat(value)


def holds(rule, row):
    if "op" in rule:
        results = [holds(child, row) for child in rule["rules"]]
        return (any(results) if rule["op"] == "or" else all(results)) or not results
    kind, value = value_in(row, rule)
    operator = rule["operator"]
    if operator in ("isNull", "isNotNull"):
        return (value is None or not str(value).strip()) == (operator == "isNull")
    if operator == "isWithinLast":
        return value is not None and TODAY - timedelta(days=rule["value"]) <= value <= TODAY
    right = wanted(kind, rule["value"], rule["ignore_case"])
    left = lower(value) if value is not None and rule["ignore_case"] else value
    if operator == "notEquals":
        return left != right
    return (
        left is not None
        and {
            "equals": lambda: left == right,
            "greaterThan": lambda: left > right,
            "greaterThanOrEqualTo": lambda: left >= right,
            "lessThan": lambda: left < right,
            "lessThanOrEqualTo": lambda: left <= right,
            "isBetween": lambda: right[0] <= left <= right[1],
            "isIn": lambda: left in right,
            "contains": lambda: right in left,
            "startsWith": lambda: left.startswith(right),
            "endsWith": lambda: left.endswith(right),
        }[operator]()
    )


# --- The comparison -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def duck():
    duck = duckdb.connect(config={"threads": 1})
    columns = ", ".join('"' + name.replace('"', '""') + '" VARCHAR' for name in NAMES.values())
    duck.execute(f"CREATE TABLE profiles (place INTEGER, {columns})")
    yield duck
    duck.close()


def fill(duck, table):
    duck.execute("DELETE FROM profiles")
    columns = [[value or None for value in column] for column in zip(*table, strict=True)]
    duck.execute(
        "INSERT INTO profiles SELECT unnest(?), " + ", ".join(["unnest(?)"] * 6), [list(range(len(table))), *columns]
    )


def selected(duck, rules):
    condition = compile_rules(read_rules(rules, ATTRIBUTES), today=TODAY).sql("duckdb")
    return {place for (place,) in duck.execute(f"SELECT place FROM profiles WHERE {condition}").fetchall()}


SETS = {"union": set.union, "intersect": set.intersection, "except": set.difference}


def expected(rules, table):
    """Each rule is a set of rows, and sets are combined in the order of the rules."""
    found = {place for place, row in enumerate(table) if holds(rules, row)}
    for step in rules.get("then", []):
        found = SETS[step["operation"]](found, expected({key: step[key] for key in ("op", "rules")}, table))
    return found


def every_leaf():
    """Each operator with each value of a small pool: what chance would seldom try."""
    dates = [(TODAY + timedelta(days=offset)).isoformat() for offset in range(-4, 3)]
    pools = {
        "text": [*TEXTS],
        "whole": ["-2", "0", "1", "1.5"],
        "number": ["-1.5", "0.1", "0.10", "2"],
        "date": dates,
        "moment": dates,
    }
    for kind in NAMES:
        yield leaf_of(kind, "isNull"), leaf_of(kind, "isNotNull")
    yield tuple(leaf_of("boolean", "equals", value) for value in (True, False))
    for kind, pool in pools.items():
        for operator in OPERATORS[kind]:
            yield tuple(leaves_of(kind, operator, pool))


def leaves_of(kind, operator, pool):
    cases = [True, False] if operator.may_ignore_case else [False]
    if operator.operand == "one":
        return [leaf_of(kind, operator.code, value, case) for value in pool for case in cases]
    if operator.operand == "two":
        pairs = [list(pair) for pair in combinations(sorted(pool, key=bound), 2)]
        return [leaf_of(kind, operator.code, pair) for pair in pairs]
    if operator.operand == "many":
        return [leaf_of(kind, operator.code, list(pair), case) for pair in combinations(pool, 2) for case in cases]
    return [leaf_of(kind, operator.code, days) for days in range(1, 5)] if operator.operand == "days" else []


def bound(value):
    return value if "-" in value[1:] else float(value)


def leaf_of(kind, operator, value=None, ignore_case=False):
    return {"attribute": NAMES[kind], "operator": operator, "value": value, "ignore_case": ignore_case}


TEXTS = ["a", "A", "b", "é", "É", "%", "_", "'", '"', "\\", "aé", "AÉ", "éa", "a%", "漢", "e\u0301", "a ", "1"]


def test_every_operator_selects_the_same_rows_as_plain_python(duck):
    moments = [f"{(TODAY + timedelta(days=offset)).isoformat()} 12:30:00" for offset in range(-5, 4)]
    columns = {
        "text": ["", " ", *TEXTS],
        "whole": ["", " ", "-2", "-1", "0", "1", "2"],
        "number": ["", "-1.5", "-1", "0", "0.1", "0.10", "1.5", "2"],
        "date": ["", *(moment[:10] for moment in moments)],
        "moment": ["", *moments],
        "boolean": ["", "true", "FALSE", "yes", "no"],
    }
    table = list(zip_longest(*columns.values(), fillvalue=""))
    fill(duck, table)

    leaves = [leaf for leaves in every_leaf() for leaf in leaves]

    assert [leaf for leaf in leaves if selected(duck, {"op": "and", "rules": [leaf]}) != expected(leaf, table)] == []


@settings(max_examples=100, deadline=None)
@given(rules=several, table=rows)
def test_compiled_rules_select_the_same_rows_as_plain_python(duck, rules, table):
    fill(duck, table)

    assert selected(duck, rules) == expected(rules, table)


@settings(max_examples=100, deadline=None)
@given(value=st.text(min_size=1, max_size=20).filter(lambda value: value.strip() and "\0" not in value))
def test_any_text_finds_itself_and_nothing_else(duck, value):
    rules = {"op": "and", "rules": [{"attribute": NAMES["text"], "operator": "equals", "value": value}]}
    fill(duck, [(value, "", "", "", "", ""), (value + "x", "", "", "", "", "")])

    assert selected(duck, rules) == {0}
