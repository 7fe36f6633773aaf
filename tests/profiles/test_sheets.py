"""Of a workbook with several sheets a person chooses one, and the import reads it."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from openpyxl.chart import BarChart

from profiles.errors import ImportRefusedError
from profiles.files import workbook
from profiles.files.recognise import recognise_file
from profiles.models import ProfileImport, ProfileSource
from tests.profiles.pages import done, upload, url

ADD = reverse("admin:profiles_profilesource_add_file")
COLUMNS = reverse("admin:profiles_profilesource_columns")
READ_ME = [["Exported on Monday by the shop", None], ["Do not edit", "a@b.co"]]
CUSTOMERS = [["id", "email"], ["1", "ann@example.com"], ["2", "ben@example.com"]]
OLD = [["number", "address"], ["9", "old@example.com"]]


def book(sheets, hidden=(), charts=()):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if name in hidden:
            sheet.sheet_state = "hidden"
    for name in charts:
        made.create_chartsheet(name, 0).add_chart(BarChart())
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


THREE = book({"Read me": READ_ME, "Customers": CUSTOMERS, "Old": OLD})


def recognised(write, content, sheet=""):
    return recognise_file(write(content), lambda share: None, sheet=sheet)


@pytest.mark.parametrize(("sheet", "names"), [("Customers", ("id", "email")), ("Old", ("number", "address"))])
def test_the_sheet_that_is_named_is_read(write, sheet, names):
    form = recognised(write, THREE, sheet)

    assert (form.names, form.sheet) == (names, sheet)
    assert set(form.other_sheets) == {"Read me", "Customers", "Old"} - {sheet}


def test_without_a_name_the_first_is_read_that_is_visible_and_holds_something(write):
    content = book({"Hidden": OLD, "Blank": [], "Customers": CUSTOMERS, "Notes": OLD}, hidden=["Hidden"], charts=["C"])

    form = recognised(write, content)

    assert (form.sheet, form.other_sheets) == ("Customers", ("Notes",))


def test_a_hidden_sheet_is_read_where_it_is_named(write):
    content = book({"Customers": CUSTOMERS, "Hidden": OLD}, hidden=["Hidden"])

    assert recognised(write, content, "Hidden").names == ("number", "address")


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(write):
    content = book({"Customers": CUSTOMERS, "Blank": [], "Hidden": OLD, "Zoë 王": OLD}, hidden=["Hidden"])

    with pytest.raises(ImportRefusedError) as refusal:
        recognised(write, content, "Kunden")

    assert str(refusal.value) == (
        "The workbook has no sheet “Kunden”. Its sheets are: Customers, Zoë 王. Choose one of them."
    )


@pytest.mark.parametrize("sheet", ["Blank", ""])
def test_a_blank_sheet_is_an_empty_file(write, sheet):
    with pytest.raises(ImportRefusedError, match="The file is empty"):
        recognised(write, book({"Blank": [], "Also blank": []}), sheet)


def test_other_kinds_of_files_have_no_sheet(write):
    assert recognised(write, b"id,email\n1,a@b.co\n", "Customers").names == ("id", "email")


def looked_at(client, content, sheet=""):
    return client.post(f"{COLUMNS}?sheet={sheet}", content, content_type=workbook.MEDIA_TYPE).json()


def test_the_page_offers_the_sheets_and_shows_the_one_that_is_chosen(bob_client):
    answer = looked_at(bob_client, THREE, "Customers")

    assert (answer["sheets"], answer["sheet"]) == (["Read me", "Customers", "Old"], "Customers")
    assert (answer["names"], answer["rows"]) == (["id", "email"], CUSTOMERS[1:])
    assert answer["key"] == "id"


def test_the_page_shows_the_first_sheet_where_that_of_the_file_before_is_gone(bob_client):
    answer = looked_at(bob_client, book({"Customers": CUSTOMERS, "Old": OLD}), "Kunden")

    assert (answer["sheet"], answer["names"]) == ("Customers", ["id", "email"])


def test_another_sheet_can_be_chosen_where_the_first_is_no_table(bob_client):
    answer = looked_at(bob_client, book({"Read me": [["x", "x"]], "Customers": CUSTOMERS}))

    assert answer["problem"].startswith("These column names occur more than once: x, x.")
    assert (answer["sheets"], answer["sheet"]) == (["Read me", "Customers"], "Read me")


def test_of_one_sheet_nothing_is_asked(bob_client):
    content = book({"Customers": CUSTOMERS, "Blank": [], "Hidden": OLD}, hidden=["Hidden"])

    assert "sheets" not in looked_at(bob_client, content)


def test_the_sheet_that_is_chosen_is_imported_without_a_warning_and_shown(bob_client):
    bob_client.post(ADD, upload(THREE, "people.xlsx", sheet="Customers"))

    job = done(ProfileImport.objects.get())
    source = ProfileSource.objects.get()
    assert (job.state, job.sheet, job.row_count, job.warnings) == ("done", "Customers", 2, [])
    assert "<dt>Sheet</dt><dd>Customers</dd>" in bob_client.get(url("change", source)).content.decode()


def test_without_a_choice_the_page_says_which_were_not_imported(bob_client):
    bob_client.post(ADD, upload(book({"Customers": CUSTOMERS, "Old": OLD}), "people.xlsx"))

    job = done(ProfileImport.objects.get())
    assert job.sheet == "Customers"
    page = bob_client.get(url("change", ProfileSource.objects.get())).content.decode()
    assert "Only the sheet “Customers” of the workbook was imported. Not imported: Old." in page


def test_a_sheet_that_is_not_there_is_refused_on_the_page(bob_client):
    page = bob_client.post(ADD, upload(THREE, "people.xlsx", sheet="Kunden")).content.decode()

    assert "Its sheets are: Read me, Customers, Old." in page
    assert not ProfileImport.objects.exists()


def test_the_next_upload_proposes_the_same_sheet(bob_client):
    bob_client.post(ADD, upload(THREE, "people.xlsx", sheet="Customers"))
    done(ProfileImport.objects.get())
    address = url("upload", ProfileSource.objects.get())

    assert 'name="sheet" value="Customers"' in bob_client.get(address).content.decode()


def test_where_there_was_one_sheet_none_is_proposed(bob_client):
    """A file of each month may name its only sheet after the month."""
    bob_client.post(ADD, upload(book({"October": CUSTOMERS}), "people.xlsx"))
    assert done(ProfileImport.objects.get()).sheet == ""

    bob_client.post(url("upload", ProfileSource.objects.get()), upload(book({"November": CUSTOMERS}), "people.xlsx"))
    assert done(ProfileImport.objects.first()).state == "done"


def test_a_worker_that_takes_the_import_over_reads_the_same_sheet(bob_client):
    bob_client.post(ADD, upload(THREE, "people.xlsx", sheet="Customers"))
    died = timezone.now() - timedelta(minutes=5)
    ProfileImport.objects.update(state="running", attempts=1, claimed_until=died)

    job = done(ProfileImport.objects.get())

    assert (job.state, job.attempts, job.sheet, job.row_count) == ("done", 2, "Customers", 2)


@pytest.mark.django_db
def test_the_command_reads_the_sheet_that_is_named(write, capsys):
    path = str(write(THREE, "people.xlsx"))

    call_command("import_profiles", path, "--source=P", "--key=number", "--sheet=Old")

    assert "P: 1 profiles from people.xlsx (Excel)" in capsys.readouterr().out
    assert ProfileImport.objects.get().sheet == "Old"
    with pytest.raises(CommandError, match=r"no sheet “Older”\. Its sheets are: Read me, Customers, Old\."):
        call_command("import_profiles", path, "--source=P", "--key=number", "--sheet=Older")


@pytest.mark.django_db
def test_the_command_says_which_it_did_not_read(write, capsys):
    path = str(write(book({"Customers": CUSTOMERS, "Old": OLD}), "people.xlsx"))

    call_command("import_profiles", path, "--source=P", "--key=id")

    said = capsys.readouterr().out
    assert "Only the sheet “Customers” of the workbook was imported. Not imported: Old." in said
    assert "(on the command line: --sheet)" in said
