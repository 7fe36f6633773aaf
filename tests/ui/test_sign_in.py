"""Signing in through a provider, in a browser: the policies of the pages must let people go there and come back."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from ccexport.roles import ADMINISTRATORS
from ccexport.sso.options import Options
from connections.models import ExportUser
from tests.support.axe import violations
from tests.support.browser import PHONE, picture, sideways_overflow
from tests.support.identity_provider import IdentityProvider


@pytest.fixture
def provider(settings, live_server, watch):
    # One name for both, as people type it: the session belongs to the host.
    settings.ROOT_URLCONF, settings.BASE_URL = "tests.support.urls_with_sign_in", live_server.url
    with IdentityProvider(f"{live_server.url}/sign-in/callback/") as provider:
        own = (provider.issuer, provider.client_id, provider.client_secret)
        settings.OIDC = Options(*own, name="Example ID", role_claim="groups", roles={"admins": ADMINISTRATORS})
        provider.person = {"sub": "nina-1", "preferred_username": "nina", "groups": ["admins"]}
        watch.allow_host(provider.issuer)
        yield provider


def test_a_person_signs_in_at_the_provider_and_becomes_export_user(page, live_server, connection, provider):
    page.goto(live_server.url + reverse("admin:login"))
    assert violations(page) == []
    picture(page, "sign-in-provider")
    page.set_viewport_size(PHONE)
    assert sideways_overflow(page) == 0
    picture(page, "sign-in-provider-phone")
    page.get_by_role("button", name="Sign in with Example ID").click()
    page.wait_for_url(f"{live_server.url}/")
    assert User.objects.get(username="nina").is_staff

    page.goto(live_server.url + reverse("admin:connections_connection_export_user", args=[connection.pk]))
    picture(page, "export-user-provider")
    page.get_by_role("button", name="Confirm at Example ID").click()
    page.get_by_text("Example ID has confirmed that it is you.").wait_for()
    assert violations(page) == []
    picture(page, "export-user-confirmed")
    page.get_by_role("button", name="Add yourself as export user").click()
    page.get_by_text("You are the export user of this connection now.").wait_for()
    assert ExportUser.objects.get().user.username == "nina"


def test_who_gets_no_role_reads_why_on_the_sign_in_page(page, live_server, provider):
    provider.person["groups"] = []
    page.goto(live_server.url + reverse("admin:login"))

    page.get_by_role("button", name="Sign in with Example ID").click()

    page.get_by_text("has no role in this application").wait_for()
    picture(page, "sign-in-refused")
