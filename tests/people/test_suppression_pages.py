"""Data › Suppressions: who may add, see, search, remove and download what."""

import pytest
from auditlog.models import LogEntry
from django.urls import reverse

from connections.models import Connection
from exports.editing.suppressing import suppress
from exports.models import Suppression
from exports.people.suppressions import erase_clear_text

pytestmark = pytest.mark.django_db


def url(name: str, *args: object) -> str:
    return reverse(f"admin:exports_suppression_{name}", args=args)


@pytest.fixture
def shared(bob) -> Connection:
    """Bob may use it, Dave may not."""
    made = Connection.objects.create(
        display_name="Shop", state="connected", account_id="shop-1", sharing="chosen", saved_at="2026-01-01T00:00Z"
    )
    made.chosen_contributors.set([bob])
    return made


def test_an_address_or_a_domain_is_added_for_a_connection_or_for_all(alice_client, alice, shared):
    alice_client.post(url("add"), {"who": " Ana@Example.com", "connection": shared.pk, "reason": "By phone"})
    page = alice_client.post(url("add"), {"who": "*.rival.example", "connection": "all", "reason": "Law"}, follow=True)

    ana, rival = Suppression.objects.order_by("pk")
    assert (ana.email, ana.connection, ana.account_id, ana.created_by) == ("ana@example.com", shared, "shop-1", alice)
    assert (rival.kind, rival.domain, rival.is_for_all) == ("domain", "rival.example", True)
    assert "Nobody with an address at rival.example" in page.content.decode()
    assert Suppression.objects.get(pk=ana.pk).reason == "By phone"


@pytest.mark.parametrize("who", ["", "ana@", "josé@example.com", "com", "ana@example..com"])
def test_what_is_neither_is_refused_with_a_sentence_and_kept_in_the_form(who, alice_client):
    page = alice_client.post(url("add"), {"who": who, "connection": "all", "reason": "Because"}).content.decode()

    assert not Suppression.objects.exists()
    assert "Because" in page
    assert "cc-field__errors" in page


def test_a_contributor_adds_for_connections_they_may_use_and_never_for_all(bob_client, dave_client, shared):
    ana = {"who": "ana@example.com", "reason": "By phone"}

    assert dave_client.post(url("add"), {**ana, "connection": shared.pk}).status_code == 200
    assert bob_client.post(url("add"), {**ana, "connection": "all"}).status_code == 200
    assert not Suppression.objects.exists()
    assert "Ask an administrator to share a connection" in dave_client.get(url("add")).content.decode()
    bob_client.post(url("add"), {**ana, "connection": shared.pk})
    assert Suppression.objects.get().connection == shared


def test_who_is_there_already_is_said_and_not_added_again(alice_client, alice):
    row = suppress(email="ana@example.com", connection=None, reason="By phone", by=alice)

    page = alice_client.post(url("add"), {"who": "ana@example.com", "connection": "all", "reason": "x"}, follow=True)

    assert "suppressed already" in page.content.decode()
    assert Suppression.objects.get() == row


def test_only_an_administrator_removes_and_only_with_a_reason(alice_client, bob_client, alice, shared):
    row = suppress(email="ana@example.com", connection=shared, reason="By phone", by=alice)

    assert bob_client.post(url("remove", row.pk), {"reason": "x"}).status_code == 403
    assert "Only an administrator" in bob_client.get(url("change", row.pk)).content.decode()
    assert "Say why" in alice_client.post(url("remove", row.pk), {"reason": " "}).content.decode()
    assert Suppression.objects.active().exists()
    page = alice_client.post(url("remove", row.pk), {"reason": "A mix-up"}, follow=True).content.decode()

    assert "A mix-up" in page
    assert "Keeps nobody out any more" in page
    assert not Suppression.objects.active().exists()


def test_a_contributor_sees_those_of_their_connections_and_a_viewer_only_how_many(
    alice, alice_client, bob_client, dave_client, carol_client, shared
):
    row = suppress(email="ana@example.com", connection=shared, reason="By phone", by=alice)
    suppress(email="ben@example.com", connection=None, reason="By phone", by=alice)
    suppress(domain="rival.example", connection=None, reason="By phone", by=alice)

    pages = {client: client.get(url("changelist")).content.decode() for client in (alice_client, bob_client)}
    of_dave, of_carol = (client.get(url("changelist")).content.decode() for client in (dave_client, carol_client))

    assert all("ana@example.com" in page and "rival.example" in page for page in pages.values())
    assert "ana@example.com" not in of_dave
    assert "ben@example.com" in of_dave
    assert dave_client.get(url("change", row.pk)).status_code == 403
    assert "example" not in of_carol.partition("<main")[2]
    assert ">2<" in of_carol
    assert ">1<" in of_carol
    assert "ana@example.com" not in carol_client.post(url("changelist"), {"text": "ana"}, follow=True).content.decode()
    assert carol_client.get(url("download")).status_code == carol_client.get(url("change", row.pk)).status_code == 403


def test_the_list_is_searched_and_filtered(alice_client, alice, shared):
    ana = suppress(email="ana@example.com", connection=shared, reason="By phone", by=alice)
    domain = suppress(domain="example.com", connection=None, reason="Court order", by=alice)
    gone = erase_clear_text("gone@elsewhere.example", "Erased", alice)
    removed = suppress(email="old@example.org", connection=None, reason="By phone", by=alice)
    alice_client.post(url("remove", removed.pk), {"reason": "A mix-up"})

    def found(**criteria: object) -> set[Suppression]:
        return set(alice_client.post(url("changelist"), criteria).context["shown"])

    assert set(alice_client.get(url("changelist")).context["shown"]) == {ana, domain, gone}
    assert found(text="ana@example.com") == {ana, domain}  # also what else keeps them out
    assert found(text="GONE@elsewhere.example ") == {gone}  # by the hash alone
    assert found(text="court") == found(kind="domain") == {domain}
    assert found(connection=shared.pk) == {ana}
    assert found(connection="all", state="active") == {domain, gone}
    assert found(state="removed") == {removed}
    assert found(text="nobody") == set()


def test_the_list_comes_page_by_page_in_few_queries(alice_client, alice, django_assert_max_num_queries):
    Suppression.objects.bulk_create(
        Suppression(email=f"p{number}@example.com", key=f"{number}", reason="x", created_by=alice)
        for number in range(60)
    )

    with django_assert_max_num_queries(25):
        first = alice_client.get(url("changelist"))
    second = alice_client.post(url("changelist"), {"text": "@example", "page": "2"})

    assert len(first.context["shown"]) == 50
    assert len(second.context["shown"]) == 10


def test_the_download_holds_everybody_one_may_see_and_is_audited(alice_client, dave_client, alice, shared):
    suppress(email="ana@example.com", connection=shared, reason="=cmd()", by=alice)
    erase_clear_text("gone@example.com", "Erased", alice)

    of_alice, of_dave = (b"".join(client.get(url("download"))).decode() for client in (alice_client, dave_client))

    assert "ana@example.com,,Shop,'=cmd()" in of_alice
    assert ",erased," in of_alice
    assert "ana@" not in of_dave
    assert "gone@" not in of_alice
    assert LogEntry.objects.filter(additional_data__event="downloaded_suppressions").count() == 2


def test_the_trail_says_who_did_it_and_never_whom_it_is_about(alice_client, alice, caplog):
    alice_client.post(url("add"), {"who": "ana@example.com", "connection": "all", "reason": "ana@example.com called"})
    row = Suppression.objects.get()
    alice_client.post(url("remove", row.pk), {"reason": "ana@example.com called again"})

    entries = LogEntry.objects.filter(additional_data__event__startswith="suppress")
    assert {entry.actor for entry in entries} == {alice}
    assert entries.count() == 2
    assert "ana@" not in str(list(LogEntry.objects.values()))
    assert "ana@" not in caplog.text
    trail = alice_client.get(reverse("admin:system_audit")).content.decode()
    assert f"alice removed the suppression number {row.pk}." in trail
