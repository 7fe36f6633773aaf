import pytest
from django.template.loader import get_template
from django.test import Client
from django.utils import translation


def test_an_unknown_address_says_so_and_leads_home(alice_client):
    response = alice_client.get("/nothing-here")

    assert response.status_code == 404
    assert "Page not found" in response.content.decode()
    assert 'href="/"' in response.content.decode()


def test_a_page_of_another_role_says_whom_to_ask(carol_client):
    response = carol_client.get("/admin/auth/user/")

    assert response.status_code == 403
    assert "ask an administrator" in response.content.decode()


def test_a_form_without_its_token_is_explained(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")

    response = client.post("/admin/logout/")

    assert response.status_code == 403
    assert "The form has expired" in response.content.decode()


def test_guessing_passwords_is_stopped_with_a_sentence(client, alice, settings):
    settings.AXES_FAILURE_LIMIT = 3
    for _attempt in range(3):
        response = client.post("/admin/login/", {"username": "alice", "password": "wrong"})

    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()


@pytest.mark.parametrize(
    "name",
    ["403.html", "403_csrf.html", "404.html", "410.html", "500.html", "503.html", "ccexport/locked_out.html"],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_error_page_shows_without_a_request(name, language):
    with translation.override(language):
        page = get_template(name).render()

    assert f'lang="{language}"' in page
