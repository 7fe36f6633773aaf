"""Whatever is valid CSV is read, however its lines end and however its rows are padded."""

import csv
import io
import random

import pytest

from engine.sessions import open_engine
from profiles.errors import ImportRefusedError
from profiles.files.csv_header import preview, recognise, recognise_head
from profiles.files.csv_to_parquet import write_snapshot
from profiles.imports import ingest as ingesting
from profiles.imports.ingest import Progress, ingest

NOTE = "Dear customer, as discussed, please call back.\nShe moved, new address below, see CRM.\nThanks, regards"


def imported(path, parquet):
    """Return the rows of a CSV file in the order of their first column, and the warnings of its import."""
    form = recognise(path)
    with open_engine(reach=[path, parquet.parent]) as duck:
        warnings = write_snapshot(duck, path, form, parquet, lambda share: None)
        found = duck.execute("SELECT * FROM read_parquet($path) ORDER BY 1", {"path": str(parquet)}).fetchall()
    return form.names, found, [str(warning) for warning in warnings]


@pytest.mark.parametrize(
    ("content", "names", "rows"),
    [
        ('id,"a\nb",x\r\n1,Ann,a\r\n2,Bob,b\r\n', ("id", "a\nb", "x"), [("1", "Ann", "a"), ("2", "Bob", "b")]),
        ('"id\r\n","x"\n1,a\n2,b\n', ("id", "x"), [("1", "a"), ("2", "b")]),
        ("id,x\r\r\n1,a\r\r\n2,b\r\r\n", ("id", "x"), [("1", "a"), ("2", "b")]),
        ('id,x\r\r\n1,"a\r\r\nb"\r\r\n', ("id", "x"), [("1", "a\r\nb")]),
        ("\ufeff\ufeffid,x\n1,a\n", ("id", "x"), [("1", "a")]),
        ('\ufeff\ufeff"id","x, y"\n1,a\n', ("id", "x, y"), [("1", "a")]),
        ("\rid,x\r1,a\r2,b\r", ("id", "x"), [("1", "a"), ("2", "b")]),
        ("\r\rid,x\r1,a\r\r2,b", ("id", "x"), [("1", "a"), ("2", "b")]),
        ("\nid,x\r\n1,a\r\n2,b\r\n", ("id", "x"), [("1", "a"), ("2", "b")]),
        ("sep=;\rid;x\r1;a\r", ("id", "x"), [("1", "a")]),
        ("email\na\n\nb\n\n", ("email",), [("a",), ("b",)]),
        ("email\r\na\r\n\r\n\r\nb\r\n", ("email",), [("a",), ("b",)]),
        ("id,x,\n1,a,\n2,b,\n", ("id", "x"), [("1", "a"), ("2", "b")]),
        ("id;x;;;\r\n1;a;;;\r\n2;b;;;\r\n", ("id", "x"), [("1", "a"), ("2", "b")]),
        ("id,x,,\n1,a\n2,b,\n3,c,,\n", ("id", "x"), [("1", "a"), ("2", "b"), ("3", "c")]),
        ("id,x\n1,a,,\n2,b\n", ("id", "x"), [("1", "a"), ("2", "b")]),
        ("id,x\n1,a\n   \n2,b\n", ("id", "x"), [("1", "a"), ("2", "b")]),
        ("id,x\n1,a\r2,b\r\n3,c\n", ("id", "x"), [("1", "a"), ("2", "b"), ("3", "c")]),
    ],
)  # fmt: skip
def test_it_is_read_and_the_page_shows_the_same(write, tmp_path, content, names, rows):
    path = write(content.encode())

    assert imported(path, tmp_path / "t.parquet") == (names, rows, [])
    head = path.read_bytes()
    assert [tuple(row) for row in preview(head, recognise_head(head))] == rows[:3]


def test_short_rows_are_filled_with_nothing_and_named(write, tmp_path):
    path = write('id,email,first,notes\n1,a,Ann,"x\ny"\n2,b,Bob\n3,c\n')

    _names, rows, warnings = imported(path, tmp_path / "t.parquet")

    assert rows == [("1", "a", "Ann", "x\ny"), ("2", "b", "Bob", None), ("3", "c", None, None)]
    assert warnings == [
        "2 rows have fewer values than the header has columns, the first on line 4. The missing values are empty. "
        "If these rows are cut off, correct the file and upload it again."
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_notes_of_many_lines_are_read_whatever_the_size_of_the_file(write, tmp_path, line_end):
    dice = random.Random(3)
    lines = NOTE.split("\n")
    rows = [(str(n), f"n{n}@example.com", "\n".join(dice.choice(lines) for _ in range(6))) for n in range(40_000)]
    text = io.StringIO()
    csv.writer(text, lineterminator=line_end).writerows([("id", "email", "note"), *rows])
    path = write(text.getvalue())
    assert path.stat().st_size > 8_000_000

    _names, found, warnings = imported(path, tmp_path / "t.parquet")

    assert (sorted(found), warnings) == (sorted(rows), [])


def test_a_refusal_is_raised_although_its_interim_files_cannot_be_deleted(write, tmp_path, monkeypatch):
    path = write("id,x\n1,a\n2,b,c\n".encode("utf-16"))

    def broken(self, missing_ok=False):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.unlink", broken)
    with pytest.raises(ImportRefusedError, match="Line 3 of the file"):
        imported(path, tmp_path / "t.parquet")


def test_how_far_a_refused_import_is_can_be_asked_after_its_engine_is_closed(write):
    """The thread that shows how far it is may ask after the file was refused and before anybody hears of it."""
    progress = Progress()

    with pytest.raises(ImportRefusedError, match="Line 3 of the file"):
        ingest(write("id,x\n1,a\n2,b,c\n"), 1, "id", "", progress)

    assert progress.current() >= 0


def test_an_engine_that_is_closed_while_it_is_asked_is_no_error(monkeypatch):
    progress = Progress()
    with open_engine() as duck, progress.following(duck, 20, 60):
        duck.close()
        assert progress.current() == 0


def test_an_import_that_nobody_waits_for_stops_while_python_reads_the_file(write, monkeypatch):
    progress = Progress()
    copy = ingesting.copy_into_snapshot

    def stopped_before(*arguments):
        progress.stop()
        return copy(*arguments)

    monkeypatch.setattr(ingesting, "copy_into_snapshot", stopped_before)
    with pytest.raises(ingesting.StoppedError):
        ingest(write("\rid,x\r1,a\r"), 1, "id", "", progress)
