"""Every value of a CSV file comes out exactly as it went in."""

import csv
import io
import random

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.sessions import open_engine
from profiles.errors import ImportRefusedError
from profiles.files.csv_header import recognise
from profiles.files.csv_to_parquet import write_snapshot

ALPHABET = "aB0 1é漢ß€\t,;|'\"\\\n\r+-.#@%_"


def read_back(path, parquet, encoding=""):
    """Import the CSV file at `path` and return its rows, in the order of their first column."""
    form = recognise(path, encoding=encoding)
    with open_engine(reach=[path, parquet.parent]) as duck:
        write_snapshot(duck, path, form, parquet, lambda share: None)
        return duck.execute("SELECT * FROM read_parquet($path)", {"path": str(parquet)}).fetchall()


def csv_bytes(rows, *, delimiter=",", line_end="\n", encoding="utf-8", quoting=csv.QUOTE_ALL):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def as_stored(rows):
    return sorted(tuple(value or None for value in row) for row in rows)


values = st.text(alphabet=ALPHABET, max_size=12)
tables = st.lists(st.tuples(values, values), min_size=1, max_size=40)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=tables,
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_quoted_values_survive_unchanged(tmp_path, table, delimiter, line_end, encoding):
    rows = [(str(number), *row) for number, row in enumerate(table)]
    path = tmp_path / "table.csv"
    path.write_bytes(csv_bytes([("id", "a", "b"), *rows], delimiter=delimiter, line_end=line_end, encoding=encoding))

    found = read_back(path, tmp_path / "table.parquet")

    assert sorted(found) == as_stored(rows)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.lists(st.tuples(st.text(alphabet="aB0 1+-.é", max_size=8)), min_size=1, max_size=60))
def test_unquoted_values_survive_unchanged(tmp_path, table):
    rows = [(str(number), *row) for number, row in enumerate(table)]
    path = tmp_path / "table.csv"
    path.write_bytes(csv_bytes([("id", "a"), *rows], encoding="windows-1252", quoting=csv.QUOTE_MINIMAL))

    assert sorted(read_back(path, tmp_path / "table.parquet", "windows-1252")) == as_stored(rows)


@pytest.mark.parametrize(
    "value", ["007", "+1 555 0100", "1e5", "NULL", "nan", "1.50", "TRUE", "2024-02-30", "0x1F", "-0"]
)
def test_what_looks_like_a_number_or_nothing_stays_as_it_is(write, tmp_path, value):
    path = write(f"id,value\n1,{value}\n")

    assert read_back(path, tmp_path / "t.parquet") == [("1", value)]


def test_line_ends_of_both_kinds_in_one_file_are_read(write, tmp_path):
    path = write(b'id,name\r\n1,"a\r\nb"\n2,"c\nd"\r\n\n3,e')

    assert sorted(read_back(path, tmp_path / "t.parquet")) == [("1", "a\r\nb"), ("2", "c\nd"), ("3", "e")]


def test_blank_lines_and_excels_hint_before_the_header_are_skipped(write, tmp_path):
    path = write("sep=;\r\n\r\nid;name\r\n1;x\r\n")

    assert read_back(path, tmp_path / "t.parquet") == [("1", "x")]


def test_names_that_look_like_sql_are_names(write, tmp_path):
    path = write('id,"a""; DROP TABLE x; --","select"\n1,2,3\n')

    read_back(path, tmp_path / "t.parquet")

    names = [
        row[0]
        for row in duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(tmp_path / "t.parquet")]).fetchall()
    ]
    assert names == ["id", 'a"; DROP TABLE x; --', "select"]


def test_a_file_read_in_many_pieces_keeps_line_ends_inside_quotes(write, tmp_path):
    """Two threads share the file: a boundary inside a quoted value must not cut it."""
    dice = random.Random(5)
    notes = ["plain", 'line one\nline, "two"\n3,4,5,6', "\n1,2,3\n", ""]
    rows = [(str(number), dice.choice(notes) * dice.randint(1, 40)) for number in range(20_000)]
    path = write(csv_bytes([("id", "note"), *rows], quoting=csv.QUOTE_MINIMAL))

    assert sorted(read_back(path, tmp_path / "t.parquet")) == as_stored(rows)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "id,name\n1,a\n2,b,c\n",
            "Line 3 of the file does not fit its header (columns: 2, values: 3).",
        ),
        ('id,name\n1,"a\nb"\n2,"x\ny",c\n', "Line 4 of the file does not fit its header (columns: 2, values: 3)."),
        ("id,name\r\r\n1,a\r\r\n2,b,c\r\r\n", "Line 3 of the file does not fit its header (columns: 2, values: 3)."),
        ("\rid,name\r1,a\r2,b,c\r", "Line 4 of the file does not fit its header (columns: 2, values: 3)."),
        ("id,name,\n1,a,\n2,b,c\n", "Line 3 of the file does not fit its header (columns: 2, values: 3)."),
        ('id,name\n1,a\n2,"b\n3,c\n', "A quotation mark that opens on line 3 is not closed properly."),
        ("id,name\n1," + "x" * 2_100_000 + "\n", "A line of the file is longer than 2 MB."),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_not_quoted(write, tmp_path, content, said):
    with pytest.raises(ImportRefusedError) as refusal:
        read_back(write(content), tmp_path / "t.parquet")

    assert str(refusal.value).startswith(said)
    assert refusal.value.__cause__ is None  # DuckDB's own message holds the line
