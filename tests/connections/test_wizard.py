"""The wizard from the tile to Save, over real HTTP to the sandbox."""

import pytest

from connections import authorization, consent_text
from connections.models import Connection
from tests.connections.walking import Wizard, url

pytestmark = pytest.mark.usefixtures("constant_contact")


@pytest.fixture
def wizard(alice_client, constant_contact) -> Wizard:
    return Wizard(alice_client, constant_contact)


def test_an_administrator_walks_through_and_the_connection_is_ready(wizard, alice, bob, constant_contact):
    tiles = wizard.client.get(url("add"))
    assert url("new", "constant_contact") in tiles.text

    wizard.name("Newsletter – main account")
    draft = wizard.draft()
    assert draft.is_draft
    assert wizard.here == "sharing"

    wizard.share("chosen", bob)
    assert wizard.here == "consent"
    wizard.agree()
    assert wizard.here == "connect"
    shown = wizard.authenticate()
    assert "Connected to Constant Contact" in shown.text
    assert draft.organization_name in shown.text
    wizard.add_myself()
    assert wizard.here == "export-user"
    saved = wizard.save()

    assert "is ready for exports" in saved.text
    made = Connection.objects.get()
    assert not made.is_draft
    assert made.state == Connection.State.CONNECTED
    assert made.account_id == constant_contact.account_id
    assert made.organization_name
    assert made.account_email
    assert made.authenticated_by == alice
    assert made.created_by == alice
    assert list(made.chosen_contributors.all()) == [bob]
    assert made.export_user.user == alice
    assert list(Connection.objects.usable_by(bob)) == [made]


def test_a_draft_is_continued_at_the_first_step_that_is_open(wizard):
    wizard.name()
    wizard.share("administrators")
    wizard.name("Renamed")  # going back and forth changes the same row
    assert wizard.draft().display_name == "Renamed"
    assert wizard.here == "consent"


def test_nothing_is_saved_before_there_is_a_name(wizard):
    wizard.client.get(url("new", "constant_contact"))
    answer = wizard.client.post(url("new", "constant_contact"), {"display_name": " "})
    assert "Enter a display name." in answer.text
    assert not Connection.objects.exists()


def test_administrators_only_is_the_proposed_answer(wizard):
    wizard.name()
    page = wizard.open("sharing")
    assert page.context["form"]["sharing"].value() == "administrators"


def test_two_connections_have_different_names(wizard):
    wizard.name("Newsletter")
    answer = wizard.client.post(url("new", "constant_contact"), {"display_name": "newsletter"})
    assert "Another connection has this name" in answer.text
    assert Connection.objects.count() == 1


def test_chosen_contributors_means_at_least_one(wizard):
    wizard.name()
    answer = wizard.share("chosen")
    assert "Choose at least one contributor" in answer.text
    assert wizard.here == "sharing"


def test_only_contributors_can_be_chosen(wizard, alice, carol):
    wizard.name()
    for person in (alice, carol):
        answer = wizard.share("chosen", person)
        assert "not one of the available choices" in answer.text


def test_consent_is_needed_and_recorded_with_who_when_where_and_which_text(wizard, alice):
    wizard.name()
    wizard.share("administrators")
    refused = wizard.post("consent", {})
    assert "Tick “I agree”" in refused.text
    assert "personal data" in refused.text

    wizard.agree()

    consent = wizard.draft().consents.get()
    assert consent.user == alice
    assert consent.ip_address == "127.0.0.1"
    assert consent.text_version == consent_text.CURRENT
    assert consent.language == "en"
    assert consent.agreed_at


def test_agreeing_twice_is_recorded_once(wizard):
    wizard.name()
    wizard.agree()
    wizard.agree()
    assert wizard.draft().consents.count() == 1


def test_nobody_is_sent_to_constant_contact_before_they_agreed(wizard):
    wizard.name()
    wizard.share("administrators")
    answer = wizard.start_authenticating(follow=True)
    assert "Agree to the data privacy" in answer.text


def test_save_shows_what_is_missing_and_refuses(wizard):
    wizard.name()
    page = wizard.open("name")
    assert "Authenticate with Constant Contact." in page.text
    assert "Agree to the data privacy and compliance text." in page.text

    answer = wizard.save()

    assert "can’t be saved yet" in answer.text or "can&#x27;t be saved yet" in answer.text
    assert wizard.draft().is_draft


def test_a_draft_is_not_usable_for_exports(wizard, alice):
    wizard.walk_to_save()
    assert not Connection.objects.usable_by(alice).exists()
    assert not Connection.objects.ready().exists()


def test_a_token_lost_before_save_reopens_the_connect_step(wizard):
    wizard.walk_to_save()
    Connection.objects.update(state=Connection.State.NEEDS_RECONNECTING)
    wizard.save()
    assert wizard.here == "connect"
    assert wizard.draft().is_draft


def test_saving_twice_is_not_an_error(wizard):
    wizard.walk_to_save()
    wizard.save()
    saved_at = wizard.draft().saved_at
    assert "is ready for exports" in wizard.save().text
    assert wizard.draft().saved_at == saved_at


def test_the_other_administrators_change_is_kept_and_shown(wizard):
    wizard.name("Mine")
    seen = wizard.draft().updated_at.isoformat()
    wizard.post("name", {"display_name": "Theirs", "seen": seen})

    answer = wizard.post("name", {"display_name": "Mine again", "seen": seen})

    assert "Somebody else saved this connection" in answer.text
    assert wizard.draft().display_name == "Theirs"


def test_another_administrator_can_continue_a_draft(wizard, eve_client):
    wizard.walk_to_save()
    page = eve_client.get(url("changelist"))
    assert url("set_up", wizard.draft().pk) in page.text
    eve_client.post(url("save", wizard.draft().pk))
    assert not wizard.draft().is_draft


def test_a_finished_connection_has_no_wizard(wizard, connection):
    for name, more in (("set_up", []), ("step", ["name"])):
        answer = wizard.client.get(url(name, connection.pk, *more))
        assert answer.url == url("change", connection.pk)


def test_unknown_kinds_steps_and_drafts_are_not_found(wizard):
    wizard.name()
    for address in (
        url("new", "carrier_pigeon"),
        url("step", wizard.draft().pk, "dance"),
        url("set_up", 99),
    ):
        assert wizard.client.get(address).status_code == 404


def test_without_an_api_key_the_page_shows_whom_to_ask(wizard, settings):
    wizard.name()
    wizard.share("administrators")
    wizard.agree()
    settings.CONSTANT_CONTACT_CLIENT_ID = ""
    page = wizard.open("connect").text
    assert "no API key for Constant Contact yet" in page
    assert authorization.redirect_uri() in page
    answer = wizard.start_authenticating(follow=True)
    assert "CONSTANT_CONTACT_CLIENT_ID" in answer.text


def test_at_another_address_than_base_url_the_page_shows_where_to_go(wizard, settings):
    wizard.name()
    wizard.agree()
    settings.BASE_URL = "http://exporter.example"
    assert "http://exporter.example/admin/connections/connection/" in wizard.open("connect").text
    assert "http://exporter.example" in wizard.start_authenticating(follow=True).text


def test_the_page_lets_its_form_lead_to_constant_contact_and_no_other_page_does(wizard, sandbox):
    wizard.name()
    wizard.agree()
    policy = wizard.open("connect").headers["Content-Security-Policy"]
    action = next(part for part in policy.split(";") if part.strip().startswith("form-action"))
    for origin in ("'self'", sandbox.url, "https://*.constantcontact.com"):
        assert origin in action
    elsewhere = wizard.client.get(url("changelist"))
    assert sandbox.url not in elsewhere.headers["Content-Security-Policy"]


def test_a_second_connection_to_one_account_is_warned_about(wizard, connection):
    wizard.name("Second")
    wizard.share("administrators")
    wizard.agree()
    shown = wizard.authenticate()
    assert f"The connection “{connection.display_name}” uses the same account." in shown.text


def test_the_redirect_uri_is_made_of_base_url(settings):
    settings.BASE_URL = "https://exporter.example"
    assert authorization.redirect_uri() == "https://exporter.example/connections/oauth/callback/"
