"""Custom fields hold what their type says: whatever else a profile has is not sent, and is counted."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connections.clients import client_for
from constant_contact.fields import custom_import_field
from exports.destination import custom_fields
from exports.models import Run
from exports.models.configuration import configuration_of
from exports.pipeline.plan import targets_of
from exports.plan import cut
from exports.plan.reader import find_person, left_out_rows
from exports.plan.typed import CustomTarget
from exports.runs import start_run
from tests.support.fixtures_exports import api_calls, make_export, make_segment, make_source, work_until_over

from .planning import plan

DATE = {"type": "date", "version": 2}
WHOLE = {"type": "number", "metadata": {"integer": True, "allow_negative": False}}
NUMBER = {"type": "number", "metadata": {"decimal_places": 2, "allow_negative": True}}
MONEY = {"type": "currency", "metadata": {"decimal_places": 2}}
BOOLEAN = {"type": "boolean"}
SIZES = {"type": "single_select", "choices": ["Small", "medium", "Extra, large", 'The "big" one', "Größe", "small"]}


def sent_of(tmp_path, type, values):
    """What is sent of each value to a field of this type; "withheld" if it is not sent though it is there."""
    target = CustomTarget(custom_import_field("cf:field", type))
    profiles = [(str(number), None, f"p{number}@example.com", value) for number, value in enumerate(values)]
    planned = plan(tmp_path, profiles, ("email", target))
    payloads = {payload["email"]: payload.get("cf:field") for payload in planned.payloads()}
    marks = {row["email"]: row["withheld"] for row in planned.rows()}
    addresses = [f"p{number}@example.com" for number in range(len(values))]
    return ["withheld" if marks[address] else payloads[address] for address in addresses]


@pytest.mark.parametrize(
    ("type", "values"),
    [
        (DATE, {"2026-02-28": "2026-02-28", "12/31/2026": "12/31/2026", " 2026-1-5 ": "2026-1-5"}),
        (DATE, {"2026-02-30": "withheld", "soon": "withheld", "epoch": "withheld", "31/12/2026": "withheld"}),
        (DATE, {"2026-12-31T23:30:00-08:00": "2026-12-31", "0000-00-00": None, "": None, " ": None}),
        ({"type": "date", "version": 1}, {"soon": "soon", "2026-02-30": "2026-02-30"}),
        ({"type": "date"}, {"soon": "soon"}),
        ({"type": "datetime"}, {"2026-12-31 17:05:00": "2026-12-31T17:05:00", "2026-12-31": "2026-12-31"}),
        ({"type": "datetime"}, {"2026-02-30 17:05": "withheld", "infinity": "withheld", "0000-00-00 00:00:00": None}),
        (WHOLE, {"12": "12", "3.0": "3", "3.00": "3", "3.6": "withheld", "-1": "withheld", "1e5": "withheld"}),
        (WHOLE, {"12345678901234567890": "12345678901234567890", "0": "0", "1.": "withheld", "1,000": "withheld"}),
        (NUMBER, {"-1.5": "-1.5", "1.25": "1.25", "1.2500": "1.25", "1.255": "withheld", "2": "2", "2.": "withheld"}),
        (NUMBER, {"nan": "withheld", "inf": "withheld", "twelve": "withheld", "1 2": "withheld", "\u20037\u200b": "7"}),
        ({"type": "number"}, {"-1.123456": "-1.123456", "1.10": "1.10", "1,5": "withheld"}),
        (MONEY, {"9.99": "9.99", "-9.9": "-9.9", "9.990": "9.99", "9.999": "withheld", "$9": "withheld"}),
        (BOOLEAN, {"yes": "true", "No": "false", "1": "true", "0": "false", "TRUE": "true", "2": "withheld"}),
        (BOOLEAN, {"是": "true", "否": "false", "y": "true", "perhaps": "withheld", "": None}),
        (SIZES, {"SMALL": "Small", "small": "small", "MEDIUM": "medium", "extra, LARGE": "Extra, large"}),
        (SIZES, {'the "BIG" one': 'The "big" one', "GRÖSSE": "withheld", "GRÖßE": "Größe", "smal": "withheld"}),
        ({"type": "multi_select", "choices": ["a", "b"]}, {"A": "a", "a, b": "withheld"}),
        ({"type": "single_select"}, {"anything": "anything"}),
        ({"type": "text_area"}, {"two\nlines": "two\nlines", "x" * 256: "withheld"}),
        ({"type": "of the future"}, {"anything": "anything"}),
        ({"type": "string"}, {"2026-02-30": "2026-02-30", " yes ": "yes"}),
    ],
)
def test_only_values_of_the_type_are_sent_in_its_form(tmp_path, type, values):
    assert sent_of(tmp_path, type, list(values)) == list(values.values())


texts = st.text(st.sampled_from("0123456789.-+eE ,x"), max_size=8)
decimals = st.decimals(-(10**12), 10**12, places=3).map(str)


@settings(max_examples=30, deadline=None)
@given(
    values=st.lists(texts | decimals, min_size=1, max_size=40),
    places=st.sampled_from([None, 0, 1, 2, 4]),
    may_be_negative=st.booleans(),
)
def test_numbers_are_those_that_plain_python_finds(tmp_path_factory, values, places, may_be_negative):
    def read(value):
        value = value.strip()
        if not value:
            return None
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) or (value[0] == "-" and not may_be_negative):
            return "withheld"
        behind = value.partition(".")[2]
        if places is None or len(behind) <= places:
            return value
        return "withheld" if behind[places:].strip("0") else value[: len(value) - len(behind) + places].rstrip(".")

    metadata = {"allow_negative": may_be_negative} | ({} if places is None else {"decimal_places": places})
    type = {"type": "number", "metadata": {"integer": True} | metadata if places == 0 else metadata}
    assert sent_of(tmp_path_factory.mktemp("plan"), type, values) == [read(value) for value in values]


@pytest.fixture
def typed(db, tmp_path, sandbox, connection, list_id, bob, transactional_db):
    """Send people with a value in a new field of a type; return the run and what the list holds of each."""

    def _typed(type, values, **more):
        target, field = custom_fields.create(connection, "The field", type)
        people = [
            {"id": str(number), "email": f"p{number}@example.com", "value": value}
            for number, value in enumerate(values)
        ]
        export = make_export(
            connection,
            list_id,
            make_segment(make_source(tmp_path, people), rules=[]),
            mapping={"email": "email", target: "value"},
            custom_field_types={target: field.type},
            **more,
        )
        run = work_until_over(start_run(export, by=bob)[0])
        held = {member["email"]: member["custom_fields"].get(field.name) for member in sandbox.members(list_id)}
        return run, [held.get(f"p{number}@example.com", "not on the list") for number in range(len(values))]

    return _typed


ARRIVING = [
    (DATE, ["31.12.2026", "05.01.2027", ""], ["2026-12-31", "2027-01-05", None]),
    (NUMBER, ["1.234,56", "-7,5", "12.000,00"], ["1234.56", "-7.5", "12000.00"]),
    (MONEY, ["1,234.56", "7.50", "12,000.00"], ["1234.56", "7.50", "12000.00"]),
    (WHOLE, ["1 234,00", "7,00", "0,00"], ["1234", "7", "0"]),
    (BOOLEAN, ["yes", "no", ""], ["true", "false", None]),
    (BOOLEAN, ["1", "0", "1"], ["true", "false", "true"]),
    (
        {"type": "datetime"},
        ["31.12.2026 17:05", "05.01.2027 00:00", ""],
        ["2026-12-31T17:05:00", "2027-01-05T00:00:00", None],
    ),
    ({"type": "single_select", "choices": ["Red", "blue"]}, ["RED", "Blue", ""], ["Red", "blue", None]),
]


@pytest.mark.parametrize(("type", "values", "held"), ARRIVING)
def test_values_arrive_in_the_form_of_the_type(typed, type, values, held):
    run, found = typed(type, values)

    assert (run.status, run.without_value) == (Run.Status.SUCCEEDED, 0)
    assert found == held


@pytest.mark.parametrize(("type", "values", "held"), ARRIVING)
def test_they_arrive_in_a_file_import_too(typed, monkeypatch, type, values, held):
    monkeypatch.setattr(cut, "MAX_BYTES", 2_500)
    run, found = typed(type, values * 60)

    assert (run.status, run.encoding) == (Run.Status.SUCCEEDED, Run.Encoding.CSV)
    assert found == held * 60


def test_values_that_do_not_fit_cost_the_value_not_the_person_and_are_counted(typed):
    run, found = typed(NUMBER, ["12", "unknown", "1.999", "3"])

    assert (run.status, run.without_value) == (Run.Status.SUCCEEDED, 2)
    assert found == ["12", None, None, "3"]
    assert [row[1] for row in left_out_rows(run)] == ["p1@example.com", "p2@example.com"]
    [outcome] = find_person(run, "p1@example.com")
    assert list(outcome.withheld) == ["cf:the_field"]


def test_numbers_that_could_mean_two_things_are_not_sent_until_somebody_says_which(typed):
    run, found = typed(NUMBER, ["1.500", "2.750", "12"])

    source = run.export.segments.get().source
    assert source.attribute("value").is_open
    assert run.without_value == 2
    assert found == [None, None, "12"]


def test_a_run_does_not_ask_constant_contact_for_types(typed, sandbox, bob):
    run, _held = typed(NUMBER, ["12"])
    before = len(api_calls(sandbox))
    again = work_until_over(start_run(run.export, by=bob, everyone=True)[0])
    assert again.counts == {"send": 1}
    assert not [call for call in api_calls(sandbox)[before:] if "custom_fields" in call]


def test_a_run_works_with_the_types_of_its_beginning(typed, connection):
    run, _held = typed(NUMBER, ["12"])
    run.export.custom_field_types = {"cf:the_field": BOOLEAN}
    run.export.save()
    run.refresh_from_db()
    assert [target.field.kind for target in targets_of(configuration_of(run))[1:]] == ["number"]


def test_the_custom_fields_of_runs_of_earlier_versions_are_text(typed):
    run, _held = typed(NUMBER, ["12"])
    del run.configuration["field_types"]
    assert not any(isinstance(target, CustomTarget) for target in targets_of(configuration_of(run)))


def test_who_was_sent_to_a_field_of_text_is_sent_again_when_it_has_another_type(typed, sandbox, list_id, bob):
    run, held = typed({"type": "string"}, ["yes", "no"])
    assert held == ["yes", "no"]
    again = work_until_over(start_run(run.export, by=bob)[0])
    assert again.counts == {"unchanged": 2}
    run.export.custom_field_types = {"cf:the_field": BOOLEAN}
    run.export.save()
    work_until_over(start_run(run.export, by=bob)[0])
    assert {member["custom_fields"]["the_field"] for member in sandbox.members(list_id)} == {"true", "false"}


def test_types_are_read_as_the_account_says_them(connection):
    client = client_for(connection, for_page=False)
    made = client.create_custom_field("Size", {**SIZES, "metadata": {"display_type": "dropdown"}})
    assert made.type == {**SIZES, "metadata": {"display_type": "dropdown"}}
    assert custom_fields.custom_fields_of(connection)["cf:size"] == made


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dates(date(1900, 1, 1), date(2100, 1, 1)), min_size=1, max_size=20))
def test_every_day_that_exists_is_sent(tmp_path_factory, days):
    written = [day.isoformat() for day in days]
    assert sent_of(tmp_path_factory.mktemp("plan"), DATE, written) == written


@settings(max_examples=20, deadline=None)
@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=20))
def test_no_number_is_rounded(tmp_path_factory, numbers):
    found = sent_of(tmp_path_factory.mktemp("plan"), NUMBER, [f"{number:f}" for number in numbers])
    assert [Decimal(value) for value in found] == numbers
