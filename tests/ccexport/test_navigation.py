import pytest
from django.urls import reverse


def titles(response):
    return [str(item["title"]) for group in response.context["sidebar_navigation"] for item in group["items"]]


DATA = ["Segments", "Profile sources", "Exports", "Runs", "Suppressions"]
FIND = "Find a person"  # whose addresses only those see who may run an export
SYSTEM = ["Schedule", "Status"]


def test_an_administrator_sees_every_page(alice_client):
    administration = ["Connections", "Permissions"]
    system = [*SYSTEM, "Alerts", "Audit", "Erasures"]
    assert titles(alice_client.get("/")) == ["Home", *DATA, FIND, *administration, *system]


def test_a_contributor_sees_what_they_work_on_and_no_administration(bob_client):
    assert titles(bob_client.get("/")) == ["Home", *DATA, FIND, *SYSTEM, "Alerts"]


def test_a_viewer_sees_the_same_pages_to_look_at(carol_client):
    assert titles(carol_client.get("/")) == ["Home", *DATA, *SYSTEM]


def test_every_page_of_the_menu_opens(alice_client):
    navigation = alice_client.get("/").context["sidebar_navigation"]
    links = [item["link"] for group in navigation for item in group["items"]]

    assert {link: alice_client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_home_is_marked_in_the_menu_only_at_home(alice_client):
    def home_is_active(address):
        return alice_client.get(address).context["sidebar_navigation"][0]["items"][0]["active"]

    assert home_is_active("/")
    assert not home_is_active(reverse("admin:auth_user_changelist"))


@pytest.mark.parametrize("address", ["/admin/", "/admin/exports/", "/admin/connections/"])
def test_addresses_above_the_pages_lead_home(alice_client, address):
    response = alice_client.get(address)

    assert response.status_code == 302
    assert response["Location"] == "/"


def test_a_stranger_is_asked_to_sign_in_and_comes_back(client):
    assert client.get("/")["Location"] == "/admin/login/?next=/"
