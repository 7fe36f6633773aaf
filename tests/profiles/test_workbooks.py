"""Excel workbooks: what their cells become, and what cannot be read."""

import io
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from engine.sessions import open_engine
from profiles.errors import ImportRefusedError
from profiles.files import workbook
from profiles.files.recognise import copy_into_snapshot, recognise_file
from profiles.models import ProfileImport, ProfileSource
from profiles.tasks import import_profiles

ADD = reverse("admin:profiles_profilesource_add_file")
COLUMNS = reverse("admin:profiles_profilesource_columns")
HEADER = ["id", "value", "note"]


def book(*rows, sheets=(), formats=None):
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "Customers"
    for row in rows:
        sheet.append(row)
    for place, number_format in (formats or {}).items():
        sheet[place].number_format = number_format
    for name in sheets:
        made.create_sheet(name).append(["other"])
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def imported(path, tmp_path):
    form, parquet = recognise_file(path, lambda share: None), tmp_path / "t.parquet"
    with open_engine(reach=[path, tmp_path]) as duck:
        warnings = copy_into_snapshot(duck, path, form, parquet, lambda share: None)
        found = duck.execute("SELECT * FROM read_parquet($path) ORDER BY 1", {"path": str(parquet)}).fetchall()
    return found, [str(warning) for warning in warnings]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (4155550123, "General", "4155550123"),
        (2139.0, "General", "2139"),
        (2139, "00000", "02139"),
        (94105, "00000", "94105"),
        (123456789012345, "0", "123456789012345"),
        (6.221234567890123e16, "General", "62212345678901230"),
        (1.5, "General", "1.5"),
        (0.0000001, "General", "0.0000001"),
        (-3, "General", "-3"),
        (True, "General", "true"),
        (False, "General", "false"),
        (date(2026, 1, 31), "dd/mm/yyyy", "2026-01-31"),
        (datetime(2026, 1, 31, 8, 5), "yyyy-mm-dd h:mm", "2026-01-31 08:05:00"),
        (datetime(2026, 1, 31), "yyyy-mm-dd h:mm", "2026-01-31 00:00:00"),
        (time(8, 5), "h:mm", "08:05:00"),
        ("0012345678901234567890", "@", "0012345678901234567890"),
        ("line one\nline “two”, three", "General", "line one\nline “two”, three"),
        ("Zoë 王", "General", "Zoë 王"),
    ],
)
def test_a_cell_becomes_the_text_that_a_person_reads(write, tmp_path, value, number_format, text):
    path = write(book(HEADER, ["1", value, "x"], formats={"B2": number_format}))

    assert imported(path, tmp_path) == ([("1", text, "x")], [])


def test_blank_rows_short_rows_and_trailing_columns_are_read(write, tmp_path):
    path = write(book([], HEADER, ["1"], [], ["2", None, "y", None, ""]))

    assert imported(path, tmp_path)[0] == [("1", None, None), ("2", None, "y")]


def test_the_first_sheet_is_read_and_the_others_are_named(write, tmp_path):
    path = write(book(HEADER, ["1", "a", "x"], sheets=["Old", "Notes"]))

    rows, (warning,) = imported(path, tmp_path)

    assert rows == [("1", "a", "x")]
    assert warning.startswith("Only the sheet “Customers” of the workbook was imported. Not imported: Old, Notes.")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (book(), "The file is empty."),
        (book(["id", "id"]), "These column names occur more than once: id, id."),
        (book(["id", "a@b.co"]), "The first line of the file holds values"),
        (b"PK\x03\x04 and nothing else", "This is a workbook or an archive"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(write, content, said):
    with pytest.raises(ImportRefusedError) as refusal:
        recognise_file(write(content), lambda share: None)

    assert said in str(refusal.value)


def test_an_archive_of_other_things_is_refused(write):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("people.csv", "id\n1\n")

    with pytest.raises(ImportRefusedError, match="This is a workbook or an archive"):
        recognise_file(write(content.getvalue()), lambda share: None)


def test_a_row_with_more_values_than_columns_is_refused_with_its_number(write, tmp_path):
    with pytest.raises(ImportRefusedError, match="Line 3 of the file does not fit its header"):
        imported(write(book(HEADER, ["1", "a", "x"], ["2", "b", "y", "z"])), tmp_path)


def test_a_workbook_that_memory_does_not_hold_is_refused_before_it_is_read(write, monkeypatch):
    monkeypatch.setattr(workbook, "TEXTS_MAX", 100)
    content = io.BytesIO(book(HEADER, ["1", "a", "x"]))
    with zipfile.ZipFile(content, "a") as parts:
        parts.writestr("xl/sharedStrings.xml", " " * 200)  # where Excel puts all texts

    with pytest.raises(ImportRefusedError, match="The workbook is too large: its texts take more"):
        recognise_file(write(content.getvalue()), lambda share: None)


def test_a_damaged_sheet_is_a_sentence(write):
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(HEADER, ["1", "a", "x"]))) as old, zipfile.ZipFile(content, "w") as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part)[: 300 if "sheet1" in part.filename else None])

    with pytest.raises(ImportRefusedError, match="The workbook is damaged"):
        recognise_file(write(content.getvalue()), lambda share: None)


def test_a_workbook_is_looked_at_uploaded_and_imported(bob_client):
    content = book(["customer_id", "email", "joined"], [7, "ann@example.com", date(2026, 1, 31)])

    answer = bob_client.post(COLUMNS, content, content_type=workbook.MEDIA_TYPE).json()
    assert answer["names"] == ["customer_id", "email", "joined"]
    assert answer["rows"] == [["7", "ann@example.com", "2026-01-31"]]
    assert answer["key"] == "customer_id"

    file = SimpleUploadedFile("people.xlsx", content)
    bob_client.post(ADD, {"name": "People", "file": file, "key_attribute": "customer_id"})
    job = ProfileImport.objects.get()
    import_profiles(job.pk)
    job.refresh_from_db()
    assert (job.state, job.format_label) == ("done", "Excel")
    assert ProfileSource.objects.get().attribute("joined").type == "date"
