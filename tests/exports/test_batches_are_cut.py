"""Batches keep both limits of an import, and are as few as these allow."""

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constant_contact import csv_body, csv_header, json_body
from engine.sessions import open_engine
from exports.plan import cut
from exports.plan.build import Baseline, Request, write_plan
from exports.plan.cut import Limits, cut_json

from .planning import LIST_ID, plan

# What people write, and what they don't: blanks, quotes, line breaks, control characters, letters of any script.
VALUE = (
    st.none()
    | st.sampled_from(("", " ", "\u3000", "12", "7", "2026-01-31", "1/2/2026", '"', "\\"))
    | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)
)


@pytest.fixture
def small_imports(monkeypatch):
    """Imports of few rows and 1,000 bytes, so that a few profiles show what a million would."""
    monkeypatch.setattr(cut, "MAX_ROWS", 10)
    monkeypatch.setattr(cut, "CSV_MAX_ROWS", 9)
    monkeypatch.setattr(cut, "MAX_BYTES", 1_000)


def _profiles(count, **values):
    return [(str(number), None, f"p{number:04}@example.com", *values.values()) for number in range(count)]


def _bodies(planned, targets):
    bodies = []
    assert sum(batch.rows for batch in planned.made.cuts) == planned.made.counts.get("send", 0)
    for batch in planned.made.cuts:
        payloads = [row["payload"] for row in planned.rows() if row["batch"] == batch.number]
        assert len(payloads) == batch.rows
        if planned.made.encoding == "csv":
            bodies.append(csv_body(payloads, csv_header(batch.header)))
        else:
            bodies.append(json_body(payloads, [LIST_ID]))
    return bodies


def test_rows_bind_where_profiles_are_short(tmp_path, small_imports):
    planned = plan(tmp_path, _profiles(25))
    assert [batch.rows for batch in planned.made.cuts] == [10, 10, 5]
    assert planned.made.encoding == "json"


def test_bytes_bind_where_profiles_are_long_and_are_measured_after_encoding(tmp_path, small_imports):
    targets = ("email", "last_name")
    planned = plan(tmp_path, _profiles(25, last_name="山" * 40), targets)
    bodies = _bodies(planned, targets)
    assert [len(body) for body in bodies] == [batch.body_bytes for batch in planned.made.cuts]
    assert all(len(body) <= 1_000 for body in bodies)


def test_one_byte_less_room_would_need_another_batch(tmp_path, monkeypatch, small_imports):
    profiles = _profiles(10)
    size = plan(tmp_path, profiles, name="first").made.cuts[0].body_bytes
    monkeypatch.setattr(cut, "MAX_BYTES", size)
    assert len(plan(tmp_path, profiles, name="exact").made.cuts) == 1
    monkeypatch.setattr(cut, "MAX_BYTES", size - 1)
    assert len(plan(tmp_path, profiles, name="short").made.cuts) == 2


def test_a_file_import_is_chosen_where_it_needs_fewer_calls(tmp_path, monkeypatch, small_imports):
    targets = ("email", "first_name", "last_name", "city", "state")
    monkeypatch.setattr(cut, "CSV_MAX_ROWS", 99)
    planned = plan(tmp_path, _profiles(40, a='An "odd", one', b="Last", c="Seattle", d="WA"), targets)
    assert planned.made.encoding == "csv"
    bodies = _bodies(planned, targets)
    assert [len(body) for body in bodies] == [batch.body_bytes for batch in planned.made.cuts]
    rows = [row for body in bodies for row in csv.DictReader(io.StringIO(body.decode()))]
    assert len(rows) == 40
    assert rows[7] == {
        "email": "p0007@example.com",
        "first_name": 'An "odd", one',
        "last_name": "Last",
        "city": "Seattle",
        "state": "WA",
    }


def test_a_file_has_no_empty_cells_so_that_nothing_is_erased(tmp_path, monkeypatch, small_imports):
    monkeypatch.setattr(cut, "MAX_ROWS", 100)
    monkeypatch.setattr(cut, "CSV_MAX_ROWS", 99)
    targets = ("email", "first_name", "last_name", "city")
    profiles = [
        (str(number), None, f"p{number:04}@example.com", "Ana" if number % 2 else "", "Longer name", "Seattle")
        for number in range(60)
    ]
    planned = plan(tmp_path, profiles, targets)
    assert planned.made.encoding == "csv"
    for body, batch in zip(_bodies(planned, targets), planned.made.cuts, strict=True):
        rows = list(csv.DictReader(io.StringIO(body.decode())))
        assert all(all(row.values()) for row in rows)
        assert list(rows[0]) == list(batch.header)


def test_a_value_that_is_not_sent_leaves_no_cell_in_a_file(tmp_path, monkeypatch, small_imports):
    monkeypatch.setattr(cut, "MAX_ROWS", 100)
    monkeypatch.setattr(cut, "CSV_MAX_ROWS", 99)
    targets = ("email", "phone", "last_name", "city")
    profiles = [
        (str(number), None, f"p{number:04}@example.com", 'on Mondays, or "later"', "A longer name", "Seattle, WA")
        for number in range(60)
    ]
    planned = plan(tmp_path, profiles, targets)
    assert planned.made.encoding == "csv"
    rows = [row for body in _bodies(planned, targets) for row in csv.DictReader(io.StringIO(body.decode()))]
    assert rows[7] == {"email": "p0007@example.com", "last_name": "A longer name", "city": "Seattle, WA"}
    assert planned.withheld_of("7", targets) == {"phone"}


def test_a_line_break_in_a_value_keeps_json_since_the_service_counts_lines(tmp_path, small_imports):
    targets = ("email", "first_name", "last_name", "city", "state")
    profiles = _profiles(40, a="An odd one", b="Last", c="Seattle", d="WA")
    profiles[3] = ("3", None, "p0003@example.com", "two\nlines", "x", "y", "z")
    assert plan(tmp_path, profiles, targets).made.encoding == "json"


def test_an_address_of_the_office_keeps_json_since_files_have_no_such_column(tmp_path, small_imports):
    targets = ("email", "work_city", "work_street")
    planned = plan(tmp_path, _profiles(40, a="x" * 30, b="y" * 30), targets)
    assert planned.made.encoding == "json"


def test_a_million_narrow_rows_would_be_cut_at_forty_thousand(tmp_path):
    planned = plan(tmp_path, [("1", None, "a@example.com")])
    (batch,) = planned.made.cuts
    assert batch.body_bytes == len(
        json_body([json.dumps({"email": "a@example.com"}, separators=(",", ":"))], [LIST_ID])
    )


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(VALUE, VALUE, VALUE, VALUE), min_size=1, max_size=100))
def test_whatever_the_values_are_the_size_told_beforehand_is_that_of_the_body(values):
    targets = ("email", "first_name", "phone", "anniversary", "birthday_month")
    profiles = [(str(number), None, f"p{number}@example.com", *row) for number, row in enumerate(values)]
    with TemporaryDirectory() as folder:
        planned = plan(Path(folder), profiles, targets)
        bodies = _bodies(planned, targets)
    assert [len(body) for body in bodies] == [batch.body_bytes for batch in planned.made.cuts]
    for body in bodies:
        json.loads(body)


TARGETS = ("email", "first_name", "last_name", "job_title", "company_name", "street", "city", "state", "zip")


@pytest.fixture
def many(tmp_path):
    """A file with several groups of rows, which the engine's threads read at once."""
    path = tmp_path / "source.parquet"
    address = "'p' || n || CASE WHEN n % 50 = 7 THEN ' at ' ELSE '@' END || 'example.com' AS value_0"
    texts = [f"md5((n + {position})::VARCHAR)[:12] AS value_{position}" for position in range(1, len(TARGETS))]
    with duckdb.connect() as duck:
        duck.execute(f"COPY (SELECT n, {address}, {', '.join(texts)} FROM range(260_000) AS t(n)) TO '{path}'")
    return path


def _plan_of(path, targets, where="true", baseline=None):
    """The plan of those rows, and how many rows each of its batches has there."""
    plan_file = path.with_name(f"{uuid4()}.parquet")
    with open_engine(reach=[path.parent], keep_order=True) as duck:
        duck.execute(f"""
            CREATE VIEW members AS SELECT file_row_number AS place, n::VARCHAR AS profile_id, NULL AS updated_at, *
            FROM read_parquet('{path}') WHERE {where}
        """)
        made = write_plan(duck, Request(["members"], targets, [LIST_ID], baseline), plan_file)
        numbered = "SELECT batch, count(*) FROM read_parquet($path) WHERE batch > 0 GROUP BY ALL ORDER BY ALL"
        return made, plan_file, duck.execute(numbered, {"path": str(plan_file)}).fetchall()


@pytest.mark.parametrize(("targets", "encoding"), [(TARGETS[:2], "json"), (TARGETS, "csv")])
def test_profiles_from_several_groups_of_rows_are_in_the_batches_they_were_cut_for(many, targets, encoding):
    """A join of the engine doesn't keep the order of more rows than one thread reads."""
    first, first_file, batches = _plan_of(many, targets, "n % 10 < 3")
    assert batches == [(cut.number, cut.rows) for cut in first.cuts]
    again, _file, batches = _plan_of(many, targets, baseline=Baseline(first_file, [cut.number for cut in first.cuts]))
    assert again.encoding == encoding
    assert len(again.cuts) > 3
    assert batches == [(cut.number, cut.rows) for cut in again.cuts]


LINE = st.tuples(st.integers(0, 6_000) | st.integers(1 << 40, (1 << 40) + 3_000), st.integers(2, 300))


def _filled_one_after_the_other(lines, limits):
    """What `cut_json` returns, in plain Python: (rows, bytes) of each batch, and the places that belong to it."""
    batches = []
    for place, size in sorted(lines.items()):
        if not batches or batches[-1][0] == limits.rows or batches[-1][1] + size + 1 > limits.payload_bytes:
            batches.append([0, 0, []])
        batch = batches[-1]
        batch[0] += 1
        batch[1] += size + 1
        batch[2].append(place)
    return batches


@settings(max_examples=40, deadline=None)
@given(
    st.lists(LINE, max_size=400).map(dict),
    st.integers(1, 150),
    st.integers(301, 9_000),
    st.randoms(use_true_random=False),
)
def test_wherever_profiles_lie_batches_are_those_of_filling_one_after_the_other(lines, rows, room, random):
    limits = Limits(rows, room, 40)
    mixed = random.sample(sorted(lines.items()), len(lines))
    with duckdb.connect() as duck:
        duck.execute("CREATE TABLE candidate (place BIGINT, bytes INTEGER, disposition VARCHAR)")
        duck.execute("INSERT INTO candidate VALUES (5, 10, 'duplicate')")
        if mixed:
            duck.executemany("INSERT INTO candidate VALUES (?, ?, 'send')", mixed)
        cuts = cut_json(duck, limits)
    expected = _filled_one_after_the_other(lines, limits)
    assert [(cut.rows, cut.body_bytes) for cut in cuts] == [(rows, size + 40) for rows, size, _places in expected]
    firsts = [places[0] for _rows, _size, places in expected[1:]]
    assert all(places[-1] <= cut.last for cut, (_rows, _size, places) in zip(cuts, expected, strict=True))
    assert all(cut.last < first for cut, first in zip(cuts, firsts, strict=False))
