from tests.support.browser import picture, sign_in


def test_signing_in_leads_to_the_home_page(page, live_server, alice):
    page.goto(f"{live_server.url}/admin/login/")
    picture(page, "sign-in")
    sign_in(page, live_server.url, "alice")

    assert page.title().strip() == "Home | Constant Contact exporter"
    picture(page, "home-newcomer")
