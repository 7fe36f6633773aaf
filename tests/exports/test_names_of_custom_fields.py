"""A custom field may be called anything: its values arrive in it, and nobody else's do."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constant_contact import MisalignedColumnsError, csv_body, csv_header
from exports.destination import custom_fields
from exports.models import Run
from exports.pipeline import send
from exports.plan import cut
from exports.runs import start_run
from tests.support.fixtures_exports import make_export, make_segment, make_source, work_until_over

from .planning import plan

LABELS = ['Aa "x", y', 'Height (")', '"', "a,b", "Plain", "'quoted'", '","']
COUNT = 30


@pytest.fixture
def wide_export(db, tmp_path, sandbox, connection, list_id, monkeypatch):
    """An export of people with a field of each label, in a file import: bytes fill its batches."""
    monkeypatch.setattr(cut, "MAX_BYTES", 3_000)
    people = [
        {"id": number, "email": f"p{number}@example.com", "country": "France"}
        | {f"c{place}": f"v{place} of {number}" for place in range(len(LABELS))}
        for number in range(COUNT)
    ]
    targets = [custom_fields.create(connection, label)[0] for label in LABELS]
    mapping = {"email": "email"} | {target: f"c{place}" for place, target in enumerate(targets)}
    source = make_source(tmp_path, people)
    return make_export(connection, list_id, make_segment(source), mapping=mapping)


def test_every_value_arrives_in_its_own_field(wide_export, sandbox, list_id, bob):
    run = work_until_over(start_run(wide_export, by=bob)[0])
    assert (run.status, run.encoding) == (Run.Status.SUCCEEDED, Run.Encoding.CSV)
    members = {member["email"]: member for member in sandbox.members(list_id)}
    assert len(members) == COUNT
    for number in range(COUNT):
        for target, attribute in list(wide_export.mapping.items())[1:]:
            member = members[f"p{number}@example.com"]
            assert member["custom_fields"][target.removeprefix("cf:")] == f"v{attribute[1:]} of {number}"


def test_a_file_whose_lines_do_not_match_its_header_is_not_sent(wide_export, sandbox, list_id, bob, monkeypatch):
    monkeypatch.setattr(send, "csv_header", ",".join)
    run = work_until_over(start_run(wide_export, by=bob)[0])
    assert (run.status, run.reason) == (Run.Status.FAILED, "columns_differ")
    assert not sandbox.members(list_id)


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r\n")), min_size=2))
def test_a_header_reads_back_as_the_names_it_was_made_of(names):
    assert next(csv.reader(io.StringIO(csv_header(names), newline=""))) == names


@pytest.mark.parametrize("line", ["a@example.com", "a@example.com,b,c", 'a@example.com,"b",""'])
def test_a_line_with_another_number_of_cells_is_refused(line):
    with pytest.raises(MisalignedColumnsError):
        csv_body(["b@example.com,Ben", line], csv_header(["email", "first_name"]))


def test_a_name_with_a_line_feed_goes_as_json_because_a_file_counts_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(cut, "MAX_BYTES", 1_000)
    profiles = [(str(number), None, f"p{number}@example.com", "x" * 20) for number in range(40)]
    assert plan(tmp_path, profiles, ("email", "cf:one\nline"), name="broken").made.encoding == "json"
    assert plan(tmp_path, profiles, ("email", "cf:one_line"), name="whole").made.encoding == "csv"
