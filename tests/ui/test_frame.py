"""The frame around every page: signing in, the menu, language, light and dark, narrow screens, the keyboard."""

import pytest
from django.contrib.auth.models import User

from ccexport.roles import CONTRIBUTORS
from tests.support.browser import PHONE, be, choose_language, picture, sideways_overflow, sign_in

PAGES = ["/", "/admin/auth/user/", "/admin/auth/user/add/", "/nothing-here"]


def heading(page) -> str:
    return page.locator("#main h1").inner_text().strip()


def test_signing_in_leads_home(page, live_server, alice):
    page.goto(f"{live_server.url}/admin/login/")
    picture(page, "sign-in")

    sign_in(page, live_server.url, "alice")

    assert heading(page) == "Home"
    assert page.title().strip() == "Home | Constant Contact exporter"
    picture(page, "home-newcomer")


def test_wrong_password_is_shown_without_which_half_was_wrong(page, live_server, alice):
    page.goto(f"{live_server.url}/admin/login/")
    page.locator("#id_username").fill("alice")
    page.locator("#id_password").fill("wrong")
    page.locator("#login-form button[type=submit]").click()

    assert "Please enter the correct username and password" in page.locator("body").inner_text()


def test_the_language_is_chosen_before_signing_in(page, live_server, alice):
    page.goto(f"{live_server.url}/admin/login/")

    page.get_by_role("button", name="简体中文").click()

    assert page.locator("html").get_attribute("lang") == "zh-hans"
    sign_in(page, live_server.url, "alice")
    assert page.locator("html").get_attribute("lang") == "zh-hans"
    picture(page, "home-newcomer-zh")


def test_the_language_is_chosen_in_the_menu_of_the_person(page, live_server, alice):
    be(page, live_server.url, alice)
    page.goto(live_server.url)

    choose_language(page, "简体中文")
    assert heading(page) == "首页"

    choose_language(page, "English")
    assert heading(page) == "Home"


def test_the_menu_of_the_person_works_by_keyboard(page, live_server, alice):
    be(page, live_server.url, alice)
    page.goto(live_server.url)
    person = page.get_by_role("button", name="alice")
    person.focus()

    page.keyboard.press("Enter")
    page.get_by_role("button", name="Log out").wait_for()

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Log out").wait_for(state="hidden")


def test_dark_stays_dark_on_the_next_page(page, live_server, alice):
    be(page, live_server.url, alice)
    page.goto(live_server.url)
    page.get_by_role("button", name="alice").click()

    page.get_by_role("button", name="Dark").click()
    page.goto(f"{live_server.url}/admin/auth/user/")

    page.locator("html.dark").wait_for()
    picture(page, "people-dark")


def test_signing_out_ends_at_the_sign_in_page(page, live_server, alice):
    be(page, live_server.url, alice)
    page.goto(live_server.url)
    page.get_by_role("button", name="alice").click()

    page.get_by_role("button", name="Log out").click()

    page.locator("#id_password").wait_for()
    page.goto(f"{live_server.url}/")
    assert "/admin/login/" in page.url


@pytest.mark.parametrize("address", PAGES)
def test_no_page_of_the_frame_is_wider_than_a_phone(page, watch, live_server, alice, address):
    watch.expect("404")
    be(page, live_server.url, alice)
    page.set_viewport_size(PHONE)

    page.goto(f"{live_server.url}{address}")

    assert sideways_overflow(page) == 0


def test_on_a_phone_the_menu_opens_and_closes(page, live_server, alice):
    page.set_viewport_size(PHONE)
    be(page, live_server.url, alice)
    page.goto(live_server.url)
    link = page.get_by_role("link", name="Permissions")
    assert not link.is_visible()

    page.get_by_role("button", name="Show or hide the menu").locator("visible=true").click()
    link.wait_for()
    picture(page, "menu-phone")

    page.get_by_role("button", name="Close the menu").click()
    link.wait_for(state="hidden")


def test_an_administrator_makes_a_contributor(page, live_server, alice):
    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}/admin/auth/user/add/")
    page.get_by_label("Username").fill("erin")
    page.get_by_label("Contributor: ").check()
    page.locator("#id_password1").fill("a long enough secret")
    page.locator("#id_password2").fill("a long enough secret")

    page.get_by_role("button", name="Save", exact=True).click()

    page.get_by_text("was added successfully").wait_for()
    assert User.objects.get(username="erin").groups.get().name == CONTRIBUTORS


def test_the_filters_of_a_list_open_by_keyboard(page, live_server, alice):
    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}/admin/auth/user/")

    page.get_by_role("button", name="Filters").press("Enter")

    page.locator("#changelist-filter").get_by_text("Contributor").wait_for()
