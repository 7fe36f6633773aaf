"""What the tests in a real browser share: signing in, watching what a page does, taking pictures."""

import os
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page, Request

from tests.conftest import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "test-results" / "screenshots"
DOCUMENTATION = ROOT / "docs" / "screenshots"
README = ROOT / "README.md"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def chromium() -> str | None:
    """Return the path of the system's Chromium, or None: then Playwright's own download is used."""
    named = os.environ.get("CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def sign_in(page: Page, url: str, name: str, password: str = PASSWORD) -> None:
    """Sign in by the form, as people do, and end on the home page."""
    page.goto(f"{url}/admin/login/")
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(password)
    page.locator("#login-form button[type=submit]").click()
    page.wait_for_url(f"{url}/")


def be(page: Page, url: str, user: User) -> None:
    """Be signed in as `user` from here on, without the form: a second less for tests of something else."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])


def choose_language(page: Page, name: str) -> None:
    """Switch the language in the menu of the person, where each language is called as it calls itself."""
    page.locator("[aria-controls=person-menu]").click()
    page.locator("#person-menu").get_by_role("button", name=name).click()
    page.wait_for_load_state()


def picture(page: Page, name: str) -> Path:
    """Take a picture of the whole page into test-results/.

    With UPDATE_SCREENSHOTS=1 it is copied into docs/screenshots/ if the README shows it.
    """
    PICTURES.mkdir(parents=True, exist_ok=True)
    target = PICTURES / f"{name}.png"
    window = page.viewport_size or DESKTOP
    # What sticks to the window stands where it would in one as high as the page, not across the middle of it.
    height = page.evaluate("document.fonts.ready.then(() => document.documentElement?.scrollHeight ?? 900)")
    if height > window["height"]:
        page.set_viewport_size({"width": window["width"], "height": height})
    page.screenshot(path=target, full_page=True, animations="disabled")
    if height > window["height"]:
        page.set_viewport_size(window)
    if os.environ.get("UPDATE_SCREENSHOTS") == "1" and f"docs/screenshots/{name}.png" in README.read_text("utf-8"):
        DOCUMENTATION.mkdir(parents=True, exist_ok=True)
        shutil.copy(target, DOCUMENTATION / target.name)
    return target


# Names that are the same in every language.
_NAMES = {
    "Constant",
    "Contact",
    "API",
    "CSV",
    "Excel",
    "xlsx",
    "JSON",
    "Parquet",
    "UTF",
    "UTC",
    "Windows",
    "ID",
    "UUID",
    "KB",
    "MB",
}
_NAMES |= {
    "PostgreSQL",
    "SQLite",
    "Webhook",
    "ALERT",
    "URLS",
    "Allow",
    "alice",
    "bob",
    "python",
    "manage",
    "py",
    "qcluster",
}
# Kinds of profile sources, and how their drivers are installed.
_NAMES |= {"Snowflake", "BigQuery", "Flight", "SQL", "Spark", "Databricks", "Arrow", "Apache", "Dremio", "GizmoSQL"}
_NAMES |= {"Google", "Connect", "Web", "pip", "install", "requirements", "txt"}
_NAMES |= {"snowflake", "bigquery", "flightsql", "spark"}
_NAMES |= {"true", "yes", "Email"}  # as files have them
_NAMES |= {"worker"}  # a host of the tests: marks of life outlast the test that made them
# Of an example, a host is no word either.
_ADDRESS = re.compile(r"\S+@\S+|[0-9a-f]{8}-[0-9a-f-]{27}|(?:[a-z]+\.)*example\.com")
_SHOWN = """() => {
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        const silent = parent.closest("script, style, template, code, [lang]:not(html), .material-symbols-outlined");
        if (!silent && parent.checkVisibility()) texts.push(walker.currentNode.textContent);
    }
    for (const element of document.querySelectorAll("[aria-label], [placeholder], [title]"))
        if (element.checkVisibility() && !element.closest("[lang]:not(html)"))
            texts.push(...["aria-label", "placeholder", "title"].map((name) => element.getAttribute(name) ?? ""));
    return [document.title, ...texts];
}"""


def words_of_another_language(page: Page, data: str) -> set[str]:
    """Return the texts of a Chinese page, those for screen readers too, with English words that are none of `data`."""
    known = _NAMES | set(re.findall("[A-Za-z]+", data))
    shown = {text.strip() for text in page.evaluate(_SHOWN)}
    return {text for text in shown if set(re.findall("[A-Za-z]{2,}", _ADDRESS.sub("", text))) - known}


def sideways_overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


class Watch:
    """Notes everything a page must not do: errors in the console, broken rules of the
    Content-Security-Policy, answers of 400 and above, requests to anywhere but this site."""

    def __init__(self, page: Page, home: str) -> None:
        self.complaints: list[str] = []
        self.expected: list[str] = []
        self._hosts = {urlsplit(home).netloc}
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        page.on("request", self._request)

    def allow_host(self, url: str) -> None:
        """Requests to this site are meant, for example the sandbox's consent page."""
        self._hosts.add(urlsplit(url).netloc)

    def expect(self, part: str) -> None:
        """A complaint that holds `part` is meant, for example the console's line about a page answering 403."""
        self.expected.append(part)

    def unexpected(self) -> list[str]:
        return [line for line in self.complaints if not any(part in line for part in self.expected)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc not in self._hosts:
            self.complaints.append(f"outside request: {request.url}")
