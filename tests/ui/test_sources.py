"""Profile sources in a browser: choose a kind, say where the table is, test it, look at what is in it."""

import duckdb
import pytest
from playwright.sync_api import Page, expect

from profiles.models import ProfileSource
from profiles.tasks import import_profiles, refresh_source
from tests.support.browser import (
    DESKTOP,
    PHONE,
    be,
    choose_language,
    picture,
    sideways_overflow,
    words_of_another_language,
)

KINDS = ["Uploaded file", "PostgreSQL", "Snowflake", "BigQuery", "Flight SQL", "Spark / Databricks"]
# Words that are names or values, in every language.
NAMES = "TLS PEM public db people id email name country updated vip example com true false"


def people(postgres):
    postgres.execute(
        "CREATE TABLE people (id integer PRIMARY KEY, email text, country text, updated date, vip boolean)"
    )
    postgres.execute(
        "INSERT INTO people SELECT i, CASE WHEN i % 4 > 0 THEN 'person' || i || '@example.com' END, "
        "(ARRAY['France', 'Germany', 'Spain'])[1 + i % 3], date '2026-01-01' + i, i % 2 = 0 "
        "FROM generate_series(1, 200) AS i"
    )


def enter(page: Page, postgres, options):
    form = page.locator("[data-database-form]")
    form.get_by_label("Name").fill("Customers in PostgreSQL")
    form.get_by_label("Host").fill(options["host"])
    form.get_by_label("Port").fill(str(options["port"]))
    form.get_by_label("Database").fill(options["database"])
    form.get_by_label("User").fill(options["user"])
    form.get_by_label("Encryption (TLS)").select_option("prefer")
    form.get_by_label("Schema").fill(postgres.schema)
    form.get_by_label("Table or view").fill("people")
    form.get_by_label("Key attribute").fill("id")
    form.get_by_label("Last updated attribute").fill("updated")


def test_an_administrator_adds_a_table_tests_it_and_sees_what_is_in_it(
    page: Page, live_server, alice, postgres, postgres_options
):
    people(postgres)
    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}/admin/profiles/profilesource/add/")
    for kind in KINDS:
        expect(page.get_by_role("heading", name=kind, exact=True)).to_be_visible()
    picture(page, "profile-source-tiles")
    page.get_by_role("region", name="PostgreSQL").get_by_role("link", name="Set up").click()

    enter(page, postgres, postgres_options)
    page.get_by_label("Password").fill("certainly not this one")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("The connection does not work yet.")).to_be_visible()
    expect(page.get_by_text("refused the user or the password")).to_be_visible()
    picture(page, "profile-source-database-refused")

    page.get_by_label("Password").fill(postgres_options["password"])
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("The connection works.")).to_be_visible()
    assert not ProfileSource.objects.exists()

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The columns of the table are being looked at.")).to_be_visible()
    refresh_source(ProfileSource.objects.get().pk)
    email = page.get_by_role("row").filter(has_text="Email address")
    expect(email).to_contain_text("75%")
    expect(email).to_contain_text("p…@example.com")
    expect(page.get_by_role("row").filter(has_text="country")).to_contain_text("France")
    picture(page, "profile-source-database")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("The connection works.")).to_be_visible()


@pytest.fixture
def parquet(tmp_path, settings):
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        }
    }
    path = tmp_path / "spring_customers.parquet"
    with duckdb.connect() as duck:
        duck.execute(
            "COPY (SELECT i AS customer_id, 'ann' || i || '@example.com' AS email, "
            "DATE '2026-01-01' + i::INTEGER AS updated, [i] AS orders FROM range(1, 1001) AS rows(i)) "
            f"TO '{path}' (FORMAT parquet)"
        )
    return path


def test_a_parquet_file_is_looked_at_by_its_end_and_then_imported(page: Page, live_server, bob, parquet):
    be(page, live_server.url, bob)
    page.goto(f"{live_server.url}/admin/profiles/profilesource/add/")
    page.get_by_role("region", name="Uploaded file").get_by_role("link", name="Set up").click()

    page.get_by_label("CSV, Excel or Parquet file").set_input_files(parquet)

    expect(page.get_by_text("Recognized as Parquet with these columns and types.")).to_be_visible()
    expect(page.get_by_text("they are left out: orders (BIGINT[]).")).to_be_visible()
    expect(page.get_by_role("cell", name="Whole number")).to_be_visible()
    expect(page.get_by_label("Key attribute")).to_have_value("customer_id")
    expect(page.get_by_label("Last updated attribute")).to_have_value("updated")
    picture(page, "profile-source-upload-parquet")

    page.get_by_role("button", name="Upload and import").click()
    expect(page.get_by_text("spring_customers.parquet waits for a worker.")).to_be_visible()
    import_profiles(ProfileSource.objects.get().imports.get().pk)
    expect(page.get_by_role("cell", name="a…@example.com")).to_be_visible()
    expect(page.get_by_role("definition").filter(has_text="Parquet").first).to_be_visible()


def test_a_parquet_file_that_was_cut_off_is_refused_before_it_travels(page: Page, live_server, bob, parquet):
    parquet.write_bytes(parquet.read_bytes()[:2000])
    be(page, live_server.url, bob)
    page.goto(f"{live_server.url}/admin/profiles/profilesource/add/file/")

    page.get_by_label("CSV, Excel or Parquet file").set_input_files(parquet)

    expect(page.get_by_role("alert")).to_contain_text("The Parquet file is not complete: its end is missing.")


def test_the_pages_of_a_database_are_whole_in_chinese_in_the_dark_and_on_a_phone(
    page: Page, live_server, alice, postgres, postgres_source, postgres_options
):
    people(postgres)
    source = postgres_source("people", name="客户", updated="updated")
    be(page, live_server.url, alice)
    page.goto(live_server.url)
    choose_language(page, "简体中文")
    home = f"{live_server.url}/admin/profiles/profilesource/"
    pages = {
        "tiles": f"{home}add/",
        "database-form": f"{home}add/postgresql/",
        "database": f"{home}{source.pk}/change/",
    }

    for name, address in pages.items():
        page.goto(address)
        data = f"{NAMES} {postgres.schema} {postgres_options['host']} {' '.join(source.attribute('country').values)}"
        picture(page, f"profile-source-{name}-zh")
        assert words_of_another_language(page, data) == set()
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(PHONE)
        page.reload()
        assert sideways_overflow(page) == 0
        picture(page, f"profile-source-{name}-phone-dark-zh")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESKTOP)


def test_how_values_are_written_is_shown_asked_and_chosen(page: Page, live_server, bob, make_source):
    rows = "\n".join(f"{n},p{n}@example.com,0{n}/04/2021,{n}.500,4.15555E+09,NULL" for n in range(1, 10))
    source = make_source(f"id,email,joined,revenue,phone,first_name\n{rows}\n")
    be(page, live_server.url, bob)
    page.goto(f"{live_server.url}/admin/profiles/profilesource/{source.pk}/change/")
    joined = page.get_by_role("row").filter(has=page.get_by_text("joined", exact=True))

    expect(joined.get_by_text("The values can be read in more than one way.")).to_be_visible()
    picture(page, "profile-source-formats")
    joined.get_by_label("How “joined” is written").select_option(label="31/12/2026")
    joined.get_by_role("button", name="Save").click()

    expect(page.get_by_role("row").filter(has_text="joined").first).to_contain_text("Date")
    choose_language(page, "简体中文")
    page.set_viewport_size(PHONE)
    page.reload()
    assert sideways_overflow(page) == 0
    picture(page, "profile-source-formats-phone-zh")
