"""Signing in through a provider of OpenID Connect, over real HTTP, and every answer of it that must not be believed."""

import html
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from auditlog.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, reverse

from ccexport.people.accounts import give_role, role_of
from ccexport.roles import ADMINISTRATORS, CONTRIBUTORS, VIEWERS
from ccexport.sso.options import Options
from connections.models import ExportUser
from tests.conftest import PASSWORD
from tests.connections.walking import url
from tests.support.identity_provider import IdentityProvider

NINA = {"sub": "nina-1", "preferred_username": "nina", "email": "nina@example.com", "email_verified": True}
ROLES = {"admins": ADMINISTRATORS, "makers": CONTRIBUTORS, "lookers": VIEWERS}


@pytest.fixture
def provider(settings):
    with IdentityProvider("http://testserver/sign-in/callback/") as provider:
        settings.ROOT_URLCONF, settings.BASE_URL = "tests.support.urls_with_sign_in", "http://testserver"
        own = (provider.issuer, provider.client_id, provider.client_secret)
        settings.OIDC = Options(*own, name="Example ID", role_claim="groups", roles=ROLES)
        provider.person = NINA | {"groups": ["makers"]}
        yield provider


def leave(client: Client, name: str = "sso_begin", **data: str) -> str:
    """Press the button; return the address of the provider that the browser is led to."""
    page = client.post(reverse(name), data)
    assert page.status_code == 200, page.headers
    return html.unescape(re.findall(r'<a href="([^"]*)" rel="noreferrer">', page.text)[0])


def answer_of(address: str) -> str:
    """Be at the provider; return the address of ours that the browser is sent back to."""
    return requests.get(address, allow_redirects=False, timeout=10).headers["Location"]


def sign_in(client: Client, **data: str):
    return client.get(answer_of(leave(client, **data)), follow=True)


def said(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


# Without its settings


def test_without_settings_there_is_no_button_and_no_address(client, db):
    assert "sign-in/" not in client.get(reverse("admin:login")).text
    assert client.post("/sign-in/").status_code == client.get("/sign-in/callback/").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("sso_begin")
    for name in ("account_login", "account_signup", "socialaccount_connections"):
        with pytest.raises(NoReverseMatch):
            reverse(name)


# Coming in


def test_a_new_person_comes_in_with_exactly_the_role_of_the_claim(client, db, provider):
    provider.person = NINA | {"given_name": "Nina", "family_name": "Ito", "groups": ["lookers", "makers", "unknown"]}

    answer = sign_in(client)

    nina = User.objects.get(username="nina")
    assert (answer.status_code, answer.request["PATH_INFO"], answer.context["user"]) == (200, "/", nina)
    assert (role_of(nina), nina.get_full_name(), nina.email) == (CONTRIBUTORS, "Nina Ito", "nina@example.com")
    assert (nina.is_staff, nina.is_superuser, nina.has_usable_password()) == (True, False, False)


def test_nothing_but_issuer_and_subject_is_kept_of_what_the_provider_tells(client, db, provider):
    sign_in(client)

    account = SocialAccount.objects.get()
    assert (account.provider, account.uid, account.extra_data) == (provider.issuer, "nina-1", {})


def test_the_page_asked_for_is_shown_afterwards_but_never_one_elsewhere(client, db, provider):
    runs = reverse("admin:exports_run_changelist")
    assert f'value="{runs}"' in client.get(reverse("admin:login"), {"next": runs}).text
    assert sign_in(client, next=runs).request["PATH_INFO"] == runs
    assert sign_in(Client(), next="https://evil.example/").request["PATH_INFO"] == "/"


def test_leaving_is_a_post_with_pkce_state_and_nonce(client, db, provider):
    assert client.get(reverse("sso_begin")).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse("sso_begin")).status_code == 403

    first, second = (dict(parse_qsl(urlsplit(leave(client)).query)) for _ in range(2))

    assert first["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]


def test_the_role_follows_the_claim_at_every_sign_in(client, db, alice, provider):
    for groups, role in [(["makers"], CONTRIBUTORS), (["admins", "lookers"], ADMINISTRATORS), ("lookers", VIEWERS)]:
        provider.person["groups"] = groups
        sign_in(client)
        assert role_of(User.objects.get(username="nina")) == role
    assert User.objects.filter(username__startswith="nina").count() == 1


def test_a_claim_can_be_named_by_its_path(client, db, settings, provider):
    own = settings.OIDC
    secret = (own.issuer, own.client_id, own.client_secret, own.name)
    settings.OIDC = Options(*secret, role_claim="realm_access.roles", roles=ROLES)
    provider.person = NINA | {"realm_access": {"roles": ["lookers"]}}

    sign_in(client)

    assert role_of(User.objects.get(username="nina")) == VIEWERS


@pytest.mark.parametrize("groups", [[], ["unknown"], None, "MAKERS", [{"makers": True}], {"makers": 1}])
def test_nobody_without_a_role_comes_in_and_a_sentence_says_what_to_do(client, db, provider, groups):
    provider.person["groups"] = groups

    answer = sign_in(client)

    assert said(answer) == [
        "Your account at Example ID has no role in this application. Ask whoever manages your groups there to add you "
        "to one that may use it, then sign in again."
    ]
    assert not is_in(client)
    assert not User.objects.exists()


def test_who_loses_the_role_at_the_provider_loses_it_here(client, db, alice, provider):
    sign_in(client)
    provider.person["groups"] = []

    sign_in(Client())

    assert role_of(User.objects.get(username="nina")) == ""


def test_last_administrator_stays_one_and_sees_why(client, db, provider):
    provider.person["groups"] = ["admins"]
    sign_in(client)
    provider.person["groups"] = ["lookers"]

    answer = sign_in(Client())

    assert said(answer) == [
        "Example ID assigns you another role, but you remain Administrator because you are the only active one. "
        "Give somebody else the role Administrator first."
    ]
    assert role_of(User.objects.get()) == ADMINISTRATORS
    provider.person["groups"] = []
    assert "has no role in this application" in said(sign_in(Client()))[0]
    assert role_of(User.objects.get()) == ADMINISTRATORS


def test_a_removed_person_stays_out(client, db, provider):
    sign_in(client)
    User.objects.update(is_active=False)

    assert said(sign_in(Client()))[0].startswith("You were removed from this application")
    provider.person["sub"] = "nina-2"
    assert said(sign_in(Client()))[0].startswith("You were removed from this application")
    assert User.objects.count() == 1


def test_who_edits_the_person_reads_that_the_provider_gives_the_role(client, alice_client, alice, provider):
    sign_in(client)
    help_text = "Example ID assigns this role at every sign-in"

    nina = User.objects.get(username="nina")
    assert help_text in alice_client.get(reverse("admin:auth_user_change", args=[nina.pk])).text
    assert help_text not in alice_client.get(reverse("admin:auth_user_change", args=[alice.pk])).text


# Whose account it is


def test_a_verified_address_links_the_account_and_says_so(client, bob, provider):
    provider.person = NINA | {"email": "Bob@example.com", "groups": ["makers"]}

    answer = sign_in(client)

    assert answer.context["user"] == bob
    assert said(answer) == ["Your account is now linked to Example ID."]
    assert LogEntry.objects.filter(additional_data__event="linked", object_repr="bob").exists()
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_an_address_with_a_letter_that_only_looks_alike_belongs_to_somebody_else(client, bob, provider):
    """In PostgreSQL the upper case of "ı" is that of "i"."""
    User.objects.update(email="kim@example.com")
    provider.person = NINA | {"email": "kım@example.com", "groups": ["makers"]}

    sign_in(client)

    assert SocialAccount.objects.get().user.username == "nina"


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_is_not_verified_links_nothing(client, bob, provider, verified):
    provider.person = NINA | {"email": "bob@example.com", "email_verified": verified, "groups": ["admins"]}

    answer = sign_in(client)

    assert said(answer)[0].startswith("Somebody here has your email address already")
    assert not is_in(client)
    assert not SocialAccount.objects.exists()
    assert role_of(bob) == CONTRIBUTORS


@pytest.mark.parametrize("verified", [False, None, "false", "true"])
def test_an_address_that_is_not_verified_is_not_kept_from_whom_it_belongs_to(client, db, provider, verified):
    provider.person = NINA | {"sub": "a-stranger", "preferred_username": "x", "groups": ["lookers"]}
    provider.person["email_verified"] = verified
    sign_in(client)

    provider.person = NINA | {"groups": ["makers"]}
    sign_in(Client())

    assert dict(User.objects.values_list("username", "email")) == {"x": "", "nina": "nina@example.com"}


TAKEN = (
    "Your email address belongs here to somebody who signs in with another account of Example ID, or to several "
    "people. Ask an administrator to remove it from them under Permissions, then sign in again."
)


def without_address(administrator: Client, *people: User) -> None:
    """Remove the address on the page of each person."""
    for person in people:
        page = reverse("admin:auth_user_change", args=[person.pk])
        form = {"username": person.username, "role": role_of(person), "is_active": "on", "email": ""}
        assert administrator.post(page, form).status_code == 302


def test_two_subjects_are_never_one_person_and_an_administrator_can_help(client, alice_client, provider):
    sign_in(client)
    provider.person = NINA | {"sub": "nina-2", "groups": ["makers"]}

    assert said(sign_in(Client())) == [TAKEN]

    without_address(alice_client, User.objects.get(username="nina"))
    assert sign_in(Client()).context["user"].username == "nina-2"


def test_an_address_of_two_people_links_neither_until_one_has_it(client, alice_client, bob, dave, provider):
    User.objects.filter(pk=dave.pk).update(email="BOB@example.com")
    provider.person = NINA | {"email": "bob@example.com", "groups": ["makers"]}

    assert said(sign_in(client)) == [TAKEN]
    assert not SocialAccount.objects.exists()

    without_address(alice_client, dave)
    assert sign_in(client).context["user"] == bob


def test_a_name_that_is_taken_gets_a_number(client, alice, provider):
    provider.person = {"sub": "another-alice", "preferred_username": "Alice", "groups": ["lookers"]}

    assert sign_in(client).context["user"].username == "Alice-2"


def test_the_same_subject_at_another_issuer_is_somebody_else(client, bob, provider):
    SocialAccount.objects.create(user=bob, provider="https://other.example", uid="nina-1")

    assert sign_in(client).context["user"] != bob


# What must not be believed

FAULTS = ["expired", "other nonce", "other audience", "other party", "other issuer", "other key", "no signature"]
FAULTS += ["public key as secret", "other userinfo", "id_token", "access_token"]


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_can_not_be_trusted_lets_nobody_in(client, db, provider, fault):
    provider.faults = {fault}

    answer = sign_in(client)

    assert said(answer)[0].startswith("The answer from Example ID can't be trusted, so nobody was signed in.")
    assert not is_in(client)
    assert not User.objects.exists()


def test_a_configuration_of_another_issuer_is_refused_before_anybody_leaves(client, db, provider):
    provider.faults = {"other configuration"}

    assert "can't be trusted" in said(client.post(reverse("sso_begin"), follow=True))[0]
    assert provider.asked == []


def test_who_says_no_at_the_provider_can_try_again(client, db, provider):
    provider.faults = {"access_denied"}
    assert said(sign_in(client)) == ["Signing in at Example ID was cancelled. Try again, or sign in with a password."]

    provider.faults = set()
    assert sign_in(client).status_code == 200


def test_provider_that_is_away_is_shown_as_unreachable(client, db, provider):
    provider.faults = {"down"}

    answer = client.post(reverse("sso_begin"), follow=True)

    assert said(answer) == ["Example ID can't be reached at the moment. Try again in a minute."]


GONE_WRONG = {
    "down": "can't be reached at the moment",
    "other configuration": "can't be trusted",
    "no token endpoint": "can't be trusted",
}


@pytest.mark.parametrize(("fault", "sentence"), GONE_WRONG.items())
def test_provider_that_fails_while_somebody_is_there_is_shown_too(client, db, provider, fault, sentence):
    back = answer_of(leave(client))
    provider.faults = {fault}

    answer = client.get(back, follow=True)

    assert answer.status_code == 200
    assert sentence in said(answer)[0]
    assert not is_in(client)


def test_a_state_that_is_not_of_this_browser_lets_nobody_in(client, db, provider):
    back = answer_of(leave(client))

    answer = Client().get(back, follow=True)

    assert said(answer) == ["Signing in took too long, or was started in another window. Try again."]


@pytest.mark.parametrize("change", [{"state": "made-up"}, {"state": ""}, {"code": "made-up"}])
def test_an_answer_that_was_changed_on_the_way_lets_nobody_in(client, db, provider, change):
    address, _mark, query = answer_of(leave(client)).partition("?")

    client.get(f"{address}?{urlencode(dict(parse_qsl(query)) | change)}")

    assert not is_in(client)


def test_an_answer_counts_once(client, db, provider):
    back = answer_of(leave(client))
    client.get(back)
    client.post(reverse("admin:logout"))

    client.get(back)

    assert not is_in(client)


IN_THE_LOG = {
    "expired": "the ID token is not valid (ExpiredSignatureError)",
    "access_denied": "the provider answered access_denied",
    "server_error": "the provider answered server_error",
    "wrong secret": "the exchange of the code was refused",
    "access_token": "the exchange of the code was refused",  # with an ID token in the answer, which its error repeats
    "down": "HTTPError",
}


@pytest.mark.parametrize(("fault", "why"), IN_THE_LOG.items())
def test_the_log_says_what_went_wrong_and_no_secret_and_no_address_reaches_it(client, db, provider, caplog, fault, why):
    caplog.set_level("DEBUG")
    provider.faults = {fault} - {"down"}
    back = answer_of(leave(client))
    provider.faults = {fault}

    client.get(back)

    assert f"Signing in through Example ID failed: {why}" in [record.getMessage() for record in caplog.records]
    assert bool(provider.issued) is ("code=" in back)
    for secret in [*provider.issued, provider.client_secret, "nina"]:
        assert secret not in caplog.text


def test_an_error_that_the_provider_never_sends_is_not_in_the_log(client, db, provider, caplog):
    address = answer_of(leave(client)).partition("?")[0]
    state = dict(parse_qsl(urlsplit(leave(client)).query))["state"]

    client.get(address, {"error": "nina@example.com", "state": state})
    client.get(address, {"error": "server_error", "state": "made-up"})

    assert "failed: the provider answered without a code" in caplog.text
    assert "nina" not in caplog.text
    assert "server_error" not in caplog.text


# In the audit trail


def test_coming_in_and_going_out_is_in_the_audit_trail(client, db, provider, alice_client):
    sign_in(client)
    client.post(reverse("admin:logout"))

    trail = alice_client.get(reverse("admin:system_audit")).text

    assert "nina signed in for the first time via Example ID." in trail
    assert "nina signed in through Example ID." in trail
    assert "nina signed out." in trail


# The export user, without a password


@pytest.fixture
def administrator(client, db, provider) -> Client:
    provider.person["groups"] = ["admins"]
    sign_in(client)
    return client


def test_who_has_no_password_confirms_at_the_provider_and_becomes_export_user(administrator, provider, connection):
    page = url("export_user", connection.pk)
    assert "Confirm at Example ID" in administrator.get(page).text

    answer = administrator.get(answer_of(leave(administrator, "sso_confirm", next=page)), follow=True)
    assert (answer.request["PATH_INFO"], said(answer)) == (page, ["Example ID has confirmed that it is you."])
    assert (provider.asked[-1]["prompt"], provider.asked[-1]["max_age"]) == ("login", "0")
    administrator.post(page, {"instead_of": connection.export_user.user_id})

    assert ExportUser.objects.get().user.username == "nina"


def test_without_the_confirmation_nobody_becomes_export_user(administrator, connection):
    answer = administrator.post(url("export_user", connection.pk), {"instead_of": connection.export_user.user_id})

    assert answer.status_code == 200
    assert "Your confirmation has expired. Confirm your identity again." in answer.text
    assert ExportUser.objects.get().user.username == "alice"


def test_who_confirmed_but_was_forestalled_reads_that_they_have_to_confirm_again(administrator, connection, carol):
    page = url("export_user", connection.pk)
    administrator.get(answer_of(leave(administrator, "sso_confirm", next=page)))

    answer = administrator.post(page, {"instead_of": carol.pk})

    assert "Somebody else became the export user in the meantime. Confirm once more to replace them." in answer.text
    assert "password" not in html.unescape(re.findall(r'role="alert">([^<]*)<', answer.text)[0])
    assert ExportUser.objects.get().user.username == "alice"


def test_an_old_session_at_the_provider_confirms_nothing(administrator, provider, connection):
    provider.faults = {"old session"}
    page = url("export_user", connection.pk)

    answer = administrator.get(answer_of(leave(administrator, "sso_confirm", next=page)), follow=True)
    administrator.post(page, {"instead_of": connection.export_user.user_id})

    assert "did not ask you to sign in again" in said(answer)[0]
    assert ExportUser.objects.get().user.username == "alice"


def test_who_confirms_comes_back_to_their_page_when_the_provider_is_away(administrator, provider, connection):
    page = url("export_user", connection.pk)
    back = answer_of(leave(administrator, "sso_confirm", next=page))
    provider.faults = {"down"}

    answer = administrator.get(back, follow=True)

    assert answer.request["PATH_INFO"] == page
    assert said(answer) == ["Example ID can't be reached at the moment. Try again in a minute."]


def test_somebody_else_at_the_provider_confirms_nothing(administrator, provider, connection):
    provider.person = NINA | {"sub": "somebody-else", "groups": ["admins"]}
    page = url("export_user", connection.pk)

    answer = administrator.get(answer_of(leave(administrator, "sso_confirm", next=page)), follow=True)

    assert "as somebody else" in said(answer)[0]
    assert answer.context["user"].username == "nina"
    assert not User.objects.filter(username="somebody-else").exists()


def test_a_confirmation_counts_once(administrator, provider, connection, alice):
    page = url("export_user", connection.pk)
    administrator.get(answer_of(leave(administrator, "sso_confirm", next=page)))
    administrator.post(page, {"instead_of": alice.pk})
    ExportUser.objects.update(user=alice)

    administrator.post(page, {"instead_of": alice.pk})

    assert ExportUser.objects.get().user == alice


@pytest.mark.parametrize(("fault", "says"), [("access_denied", "was cancelled"), ("expired", "can't be trusted")])
def test_who_confirms_sees_nothing_of_passwords_and_signing_in(administrator, provider, connection, fault, says):
    page = url("export_user", connection.pk)
    provider.faults = {fault}

    answer = administrator.get(answer_of(leave(administrator, "sso_confirm", next=page)), follow=True)

    assert answer.request["PATH_INFO"] == page
    assert says in said(answer)[0]
    assert "so nothing is confirmed. Try again." in said(answer)[0]


def test_who_confirms_after_their_session_ended_signs_in_and_is_back_at_their_page(client, db, provider, connection):
    page = url("export_user", connection.pk)

    answer = client.post(reverse("sso_confirm"), {"next": page})

    assert answer.url == f"{reverse('admin:login')}?{urlencode({'next': page}, safe='/')}"


@pytest.mark.parametrize("fault", ["", "access_denied"])
@pytest.mark.parametrize("name", ["sso_begin", "sso_confirm"])
def test_what_comes_next_is_an_address_and_never_the_name_of_a_page(administrator, provider, name, fault):
    provider.faults = {fault}
    back = answer_of(leave(administrator, name, next="foo"))

    assert administrator.get(back).status_code == 302


def test_a_person_with_a_password_still_gives_that(alice_client, alice, provider, connection):
    give_role(alice, ADMINISTRATORS)
    ExportUser.objects.update(user=User.objects.create_user("erin"))

    assert 'type="password"' in alice_client.get(url("export_user", connection.pk)).text
