"""The whole way in a browser, in both languages: from a connection and a customer file to the right people on a list.

The pages are asked for by the words on them, and nothing but pages is used; only the work of the queue's workers is
called from here.
"""

import csv
import io
import re
from pathlib import Path

import pytest
from django.utils import translation
from playwright.sync_api import Locator, Page, expect

from ccexport.demo.customers import write_customers
from connections.models import Connection
from exports.models import Run
from profiles.models import ProfileImport
from profiles.tasks import import_profiles
from segments.models import Evaluation
from segments.tasks import evaluate_segment
from tests.conftest import PASSWORD
from tests.support.browser import DESKTOP, PHONE, picture, sign_in, words_of_another_language
from tests.support.fixtures_exports import on_list, work_once, work_until_over

pytestmark = pytest.mark.parametrize(
    "language",
    [
        pytest.param("en", marks=pytest.mark.browser_context_args(locale="en-US")),
        pytest.param("zh-hans", marks=pytest.mark.browser_context_args(locale="zh-CN")),
    ],
)
# What people call their things, in their own language.
NAMES = {
    "en": {
        "connection": "Newsletter – main account",
        "source": "Customers",
        "segment": "Customers in the United States",
        "export": "US customers → Newsletter",
    },
    "zh-hans": {
        "connection": "新闻简报 – 主帐户",
        "source": "客户",
        "segment": "美国客户",
        "export": "美国客户 → 新闻简报",
    },
}
VALID = re.compile(r"[a-z0-9.]+@[a-z0-9.]+")  # of the sample customers; what the service refuses has letters like é


class Walk:
    """A page, and the words on it in the language of the walk."""

    def __init__(self, page: Page, language: str, data: str) -> None:
        self.page = page
        self.language = language
        self.names = NAMES[language]
        self.foreign: set[str] = set()
        self._data = data

    def say(self, text: str, **values: object) -> str:
        """Return what the page calls `text`, which is written here in English."""
        with translation.override(self.language):
            return translation.gettext(text) % values if values else translation.gettext(text)

    def press(self, text: str) -> None:
        self.page.get_by_role("button", name=self.say(text), exact=True).click()

    def follow(self, text: str) -> None:
        self.page.get_by_role("link", name=self.say(text), exact=True).first.click()

    def control(self, label: str) -> Locator:
        """The field, box or choice whose label begins so: a star or an explanation may follow."""
        begins = re.compile(rf"^\s*{re.escape(self.say(label))}")
        return self.page.locator("input, select, textarea").and_(self.page.get_by_label(begins)).first

    def see(self, text: str, **values: object) -> None:
        expect(self.page.get_by_text(self.say(text, **values)).filter(visible=True).first).to_be_visible()

    def keep(self, name: str) -> None:
        """Take the picture of this step, and note words of the other language."""
        picture(self.page, f"walk-{self.language}-{name}")
        if self.language != "en":
            self.foreign |= words_of_another_language(self.page, self._data)

    def keep_otherwise(self, name: str) -> None:
        """Take pictures of this step in the dark, and on a phone."""
        for variant, width, colours in (("dark", DESKTOP, "dark"), ("phone", PHONE, "light")):
            self.page.set_viewport_size(width)
            self.page.emulate_media(color_scheme=colours)
            self.page.reload()
            picture(self.page, f"walk-{self.language}-{name}-{variant}")
        self.page.set_viewport_size(DESKTOP)


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    """A file as people have one: 5,000 sample customers, some without an address, some with one that is none."""
    path = tmp_path / "customers.csv"
    write_customers(path)
    return path


@pytest.fixture
def walk(page: Page, language: str, customers: Path) -> Walk:
    names = f"{customers.name} Adventure Works Cycles Newsletter"
    return Walk(page, language, f"{names} {customers.read_text()}")


@pytest.fixture(autouse=True)
def _this_site_is_known_to_constant_contact(constant_contact, settings, live_server, watch) -> None:
    settings.BASE_URL = live_server.url
    constant_contact.add_application(
        client_id=constant_contact.client_id, redirect_uris=[f"{live_server.url}/connections/oauth/callback/"]
    )
    watch.allow_host(constant_contact.url)


def test_from_a_connection_and_a_file_to_the_right_people_on_a_list(
    walk, live_server, alice, bob, customers, constant_contact
):
    sign_in(walk.page, live_server.url, "alice")
    connect_constant_contact(walk)
    share_with_contributors(walk)

    walk.page.context.clear_cookies()
    sign_in(walk.page, live_server.url, "bob")
    upload(walk, customers)
    make_segment(walk, len(wanted(customers)))
    make_export(walk)
    preview(walk)
    run_now(walk)
    left_out = download_left_out(walk)

    reached = {row["email"].lower() for row in wanted(customers) if VALID.fullmatch(row["email"].lower())}
    assert on_list(constant_contact, constant_contact.newsletter) == reached
    assert len(left_out) + len(reached) == len(wanted(customers))
    assert walk.foreign == set()


def wanted(customers: Path) -> list[dict[str, str]]:
    return [row for row in csv.DictReader(customers.open()) if row["country"] == "United States"]


def connect_constant_contact(walk: Walk) -> None:
    """The wizard up to the answer of the consent page, and to the export user."""
    walk.keep("home-empty")
    walk.follow("Connections")
    walk.follow("Add connection")
    walk.keep("add-connection")
    walk.follow("Set up")
    walk.control("Display name").fill(walk.names["connection"])
    walk.keep("display-name")
    walk.press("Continue")
    expect(walk.control("Administrators")).to_be_checked()
    walk.keep("who-can-use-it")
    walk.press("Continue")
    walk.control("I agree").check()
    walk.keep("data-privacy")
    walk.press("Continue")
    walk.keep("connect")
    walk.press("Authenticate with Constant Contact")
    walk.page.get_by_role("button", name="Allow").click()
    expect(walk.page.get_by_text("Adventure Works Cycles").first).to_be_visible()
    walk.keep("connected")
    walk.follow("Continue")
    walk.control("Your password").fill(PASSWORD)
    walk.keep("export-user")
    walk.press("Add yourself as export user")
    walk.see("Everything is ready")
    walk.press("Save")
    walk.page.wait_for_url("**/change/")
    walk.keep("connection")


def share_with_contributors(walk: Walk) -> None:
    walk.control("Administrators and all contributors").check()
    walk.press("Save")
    walk.see("Saved.")
    assert Connection.objects.get().sharing == Connection.Sharing.CONTRIBUTORS


def upload(walk: Walk, customers: Path) -> None:
    walk.follow("Profile sources")
    walk.keep("sources-empty")
    walk.follow("Add profile source")
    walk.follow("Set up")  # the first tile: a file
    walk.control("CSV, Excel or Parquet file").set_input_files(customers)
    expect(walk.control("Key attribute")).to_have_value("customer_id")
    walk.control("Name").fill(walk.names["source"])
    walk.keep("upload")
    walk.press("Upload and import")
    walk.page.wait_for_url("**/change/")
    import_profiles(ProfileImport.objects.get().pk)
    expect(walk.page.get_by_role("link", name=walk.say("Add segment"))).to_be_visible()
    walk.keep("source")


def make_segment(walk: Walk, members: int) -> None:
    walk.follow("Add segment")
    walk.control("Name").fill(walk.names["segment"])
    condition = walk.page.get_by_role("group", name=walk.say("Condition"), exact=True)
    condition.get_by_label(walk.say("Attribute")).select_option("country")
    condition.get_by_label(walk.say("Add a value")).fill("United States")
    expect(walk.page.get_by_text(f"{members:,}", exact=True)).to_be_visible()
    walk.keep("segment-form")
    walk.press("Run")
    walk.page.wait_for_url("**/change/")
    evaluate_segment(Evaluation.objects.get().pk)
    walk.page.reload()
    walk.keep("segment")
    walk.follow("Show members")
    walk.keep("members")
    walk.follow("Segments")
    walk.keep("segments")


def make_export(walk: Walk) -> None:
    walk.follow("Exports")
    walk.keep("exports-empty")
    walk.follow("Add export")
    page = walk.page
    walk.control("Display name").fill(walk.names["export"])
    walk.control("Connection for export").select_option(label=walk.names["connection"])
    walk.control("Constant Contact List ID").fill("newsl")
    page.get_by_role("listbox").get_by_role("option", name="Newsletter").click()
    expect(page.get_by_role("combobox", name=walk.say("Email"), exact=True)).to_have_value("email")
    for field, attribute in (("First name", "first_name"), ("Last name", "last_name"), ("City", "city")):
        walk.press("Add attribute")
        row = page.get_by_role("group", name=walk.say("Matched attribute")).last
        row.get_by_label(walk.say("Field at Constant Contact")).select_option(label=walk.say(field))
        row.get_by_label(walk.say("Attribute"), exact=True).select_option(attribute)
    page.get_by_label(walk.names["segment"]).check()
    walk.keep("export-form")
    walk.press("Save")
    page.wait_for_url("**/change/")
    assert not Run.objects.exists()  # saving runs nothing
    walk.keep("export")


def preview(walk: Walk) -> None:
    walk.press("Preview")
    walk.page.wait_for_url("**/run/*/change/")
    run = work_once(Run.objects.get())
    expect(walk.page.get_by_role("heading", name=walk.say("What would happen to everybody"))).to_be_visible()
    assert run.status == Run.Status.PLANNED
    walk.keep("preview")
    walk.page.get_by_role("link", name=walk.names["export"]).first.click()


def run_now(walk: Walk) -> None:
    walk.press("Run now")
    walk.page.wait_for_url("**/run/*/change/")
    walk.keep("run-queued")
    work_until_over(Run.objects.get(preview=False))
    walk.see("Accepted by Constant Contact")
    expect(walk.page.locator("[data-poll]")).to_have_count(0)
    walk.keep("run")
    walk.keep_otherwise("run")


def download_left_out(walk: Walk) -> list[dict[str, str]]:
    with walk.page.expect_download() as download:
        walk.follow("Download left-out profiles")
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    walk.follow("Runs")
    walk.keep("runs")
    walk.follow("Exports")
    walk.keep("exports")
    walk.follow("Home")
    walk.keep("home")
    return list(csv.DictReader(io.StringIO(text)))
