"""Chromium for the tests in this folder. Run them as a call of their own (`-m ui`): the flag below is process-wide."""

import os
from pathlib import Path

import pytest

from tests.support.browser import DESKTOP, Watch, chromium

# Playwright's synchronous interface keeps an event loop in the main thread, and Django refuses to use its
# database beside one. Only here: in the product that refusal is right.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

FOLDER = Path(__file__).parent
QUIET = [
    "--no-sandbox",  # Chromium refuses to run as root with it, and CI often is root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.ui)
            # Before the first fixture runs: the live server needs committed rows.
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, browser_type):
    path = chromium() or browser_type.executable_path
    if not Path(path).exists():
        pytest.fail("No Chromium on this machine. Install it (Debian: apt-get install chromium).", pytrace=False)
    return {**browser_type_launch_args, "executable_path": path, "args": QUIET}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": DESKTOP, "locale": "en-US"}


@pytest.fixture
def watch(page, live_server):
    """Watches the page of the test, which fails at its end if the page did what no page of ours may do."""
    watch = Watch(page, live_server.url)
    yield watch
    assert watch.unexpected() == []


@pytest.fixture(autouse=True)
def _watched(watch):
    """Every test in this folder is watched."""
