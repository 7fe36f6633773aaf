"""axe-core: what shuts people out of a page, as far as a program can see it."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Page

# Only colours differ between light and dark.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def violations(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """Return what axe-core finds on the page, each with the first element that it is about."""
    try:
        answer = Axe().run(page, options=options)
    except Error:  # another page came while this one was looked at
        page.wait_for_load_state("networkidle")
        answer = Axe().run(page, options=options)
    found = answer.response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]
