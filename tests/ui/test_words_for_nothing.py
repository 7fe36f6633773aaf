"""Words for "nothing" on the page of a source: seen, understood and treated as empty with one click."""

import pytest

from tests.support.axe import violations
from tests.support.browser import DESKTOP, PHONE, be, picture, sideways_overflow

NAMES = "id,email,first_name,last_name,age\n" + "".join(
    f"{n},p{n}@example.com,{'NULL' if n % 3 == 0 else f'Ann{n}'},Smith{n},{'#N/A' if n % 4 == 0 else n}\n"
    for n in range(1, 41)
)


@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_one_click_treats_words_as_empty_and_another_takes_it_back(page, live_server, bob, make_source, window):
    source = make_source(NAMES)
    page.set_viewport_size(window)
    be(page, live_server.url, bob)
    page.goto(f"{live_server.url}/admin/profiles/profilesource/{source.pk}/change/")
    picture(page, f"words-before-{window['width']}")
    assert sideways_overflow(page) == 0
    assert violations(page) == []

    page.get_by_role("button", name="Treat as empty: words for “nothing” in “first_name”").click()

    page.get_by_text("Counted as empty: NULL (13)").wait_for()
    picture(page, f"words-after-{window['width']}")
    page.get_by_role("button", name="Treat as values again: words for “nothing” in “first_name”").click()
    page.get_by_text("13 values of “first_name” count as values again").wait_for()
