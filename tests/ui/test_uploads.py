"""The upload page in a browser: what a file leaves open is chosen there, and the preview follows."""

import openpyxl
import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import Page, expect

from profiles.imports.lifecycle import start_import
from profiles.models import ProfileImport, ProfileSource
from profiles.tasks import import_profiles
from tests.support.browser import DESKTOP, PHONE, be, picture, sideways_overflow

FILE = "CSV, Excel or Parquet file"
MARK = "Read the rest and mark the letters that are lost"
ROWS = "".join(f"{n},p{n}@example.com,José,Müller\n" for n in range(1, 10_001))


@pytest.fixture
def add_file(page: Page, live_server, bob):
    """Open the page for a new file and choose one."""
    be(page, live_server.url, bob)

    def add(path):
        page.goto(f"{live_server.url}/admin/profiles/profilesource/add/file/")
        page.get_by_label(FILE).set_input_files(path)

    return add


@pytest.fixture
def damaged(tmp_path):
    """One bad byte, further on in the file than the page sends at first."""
    path = tmp_path / "spring customers.csv"
    path.write_bytes(f"id,email,first,last\n{ROWS}".encode() + b"10001,last@example.com,Andr\xe9,Dupont\n")
    return path


@pytest.fixture
def sheets(tmp_path):
    made = openpyxl.Workbook()
    made.active.title = "Read me"
    made.active.append(["Exported by the shop", "Exported by the shop"])
    for name, rows in {"Customers": ["ann@example.com", "ben@example.com"], "Old": ["old@example.com"]}.items():
        sheet = made.create_sheet(name)
        sheet.append(["customer_id", "email"])
        for number, email in enumerate(rows):
            sheet.append([number, email])
    path = tmp_path / "customers.xlsx"
    made.save(path)
    return path


@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_letters_that_are_lost_are_marked_where_somebody_says_so(page: Page, add_file, damaged, window):
    page.set_viewport_size(window)
    add_file(damaged)
    expect(page.get_by_role("alert")).to_contain_text("line 10,002 is damaged at character 28")
    expect(page.get_by_role("cell", name="José")).to_have_count(0)
    picture(page, f"upload-damaged-{window['width']}")

    page.get_by_label(MARK).check()
    expect(page.get_by_role("cell", name="Andr�")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_text("Each letter that is lost is marked �")).to_be_visible()
    assert sideways_overflow(page) == 0
    picture(page, f"upload-marked-{window['width']}")

    page.get_by_label(MARK).uncheck()
    expect(page.get_by_role("alert")).to_contain_text("is damaged at character")
    page.get_by_label(MARK).check()
    page.get_by_role("button", name="Upload and import").click()
    expect(page.get_by_text("spring customers.csv waits for a worker.")).to_be_visible()
    import_profiles(ProfileImport.objects.get().pk)
    page.reload()
    expect(page.get_by_text("1 value of the file was damaged")).to_be_visible()
    picture(page, f"source-marked-{window['width']}")


def test_the_choice_is_gone_with_the_next_file(page: Page, add_file, damaged, sheets):
    add_file(damaged)
    page.get_by_label(MARK).check()
    expect(page.get_by_role("cell", name="Andr�")).to_be_visible()

    page.get_by_label(FILE).set_input_files(sheets)
    expect(page.get_by_label(MARK)).to_be_hidden()
    page.get_by_label(FILE).set_input_files(damaged)
    expect(page.get_by_label(MARK)).to_be_visible()
    expect(page.get_by_label(MARK)).not_to_be_checked()


def test_the_page_of_a_failed_import_offers_the_same(page: Page, live_server, bob, damaged):
    be(page, live_server.url, bob)
    source = ProfileSource.objects.create(name="Customers", key_attribute="id")
    job = start_import(source, ContentFile(damaged.read_bytes(), "spring.csv"), key="id", updated="", by=bob)
    import_profiles(job.pk)
    page.goto(f"{live_server.url}/admin/profiles/profilesource/{source.pk}/change/")
    expect(page.get_by_role("alert")).to_contain_text("line 10,002 is damaged at character 28")
    picture(page, "source-damaged")

    page.get_by_role("button", name=MARK).click()
    expect(page.get_by_text("spring.csv waits for a worker.")).to_be_visible()
    import_profiles(ProfileImport.objects.first().pk)
    expect(page.get_by_text("1 value of the file was damaged")).to_be_visible()


@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_sheet_is_chosen_and_the_preview_follows(page: Page, add_file, sheets, window):
    page.set_viewport_size(window)
    add_file(sheets)
    sheet = page.get_by_label("Sheet")
    expect(page.get_by_role("alert")).to_contain_text("These column names occur more than once")
    expect(sheet).to_have_value("Read me")

    sheet.select_option("Customers")
    expect(page.get_by_role("cell", name="ann@example.com")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert sideways_overflow(page) == 0
    picture(page, f"upload-sheet-{window['width']}")
    sheet.select_option("Old")
    expect(page.get_by_role("cell", name="old@example.com")).to_be_visible()
    sheet.select_option("Customers")
    expect(page.get_by_role("cell", name="ben@example.com")).to_be_visible()

    page.get_by_role("button", name="Upload and import").click()
    expect(page.get_by_text("customers.xlsx waits for a worker.")).to_be_visible()
    import_profiles(ProfileImport.objects.get().pk)
    assert (ProfileSource.objects.get().row_count, ProfileImport.objects.get().sheet) == (2, "Customers")

    page.goto(page.url.replace("/change/", "/upload/"))
    page.get_by_label(FILE).set_input_files(sheets)
    expect(sheet).to_have_value("Customers")
    expect(page.get_by_role("cell", name="ben@example.com")).to_be_visible()


def test_a_file_without_sheets_hides_the_choice_and_takes_no_name(page: Page, add_file, sheets, damaged, tmp_path):
    add_file(sheets)
    page.get_by_label("Sheet").select_option("Old")
    plain = tmp_path / "plain.csv"
    plain.write_text("id,email\n1,a@example.com\n")

    page.get_by_label(FILE).set_input_files(plain)

    expect(page.get_by_role("cell", name="a@example.com")).to_be_visible()
    expect(page.get_by_label("Sheet")).to_be_hidden()
