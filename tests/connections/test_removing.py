"""Removing a connection: refused while in use, then complete."""

import pytest

from connections import dependents
from connections.dependents import Dependent
from connections.models import Connection, Consent, ExportUser, TokenSet
from tests.connections.walking import Wizard, url


def said(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


class Exports:
    """A source of dependents, as the app of exports registers one."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.log: list[tuple[str, str, str]] = []
        self.refusal = ""

    def of(self, connection: Connection) -> list[Dependent]:
        return [self._dependent(name) for name in self.names]

    def _dependent(self, name: str) -> Dependent:
        return Dependent(
            id=f"export-{name}",
            name=name,
            url=f"/exports/{name}/",
            detach=lambda by: self._let_go(name, "detach", by),
            remove=lambda by: self._let_go(name, "remove", by),
        )

    def _let_go(self, name: str, how: str, by) -> None:
        if self.refusal:
            raise ValueError(self.refusal)
        self.log.append((name, how, by.username))
        self.names.remove(name)


@pytest.fixture
def exports(monkeypatch) -> Exports:
    exports = Exports("weekly", "monthly")
    monkeypatch.setattr(dependents, "_sources", [exports])
    return exports


def test_an_unused_connection_is_removed_with_everything_and_revoked(
    connection, alice_client, constant_contact, django_capture_on_commit_callbacks
):
    assert "Once it is removed, nothing is sent" in alice_client.get(url("delete", connection.pk)).text
    with django_capture_on_commit_callbacks(execute=True):
        answer = alice_client.post(url("delete", connection.pk), follow=True)
    assert "was removed" in said(answer)[0]
    for model in (Connection, TokenSet, ExportUser):
        assert not model.objects.exists()
    assert len(constant_contact.requests("/revoke")) == 1


def test_the_agreement_outlives_the_connection_and_the_audit_page_finds_it_by_its_name(connection, alice_client):
    agreed = connection.consents.get()
    alice_client.post(url("delete", connection.pk))

    kept = Consent.objects.get()
    assert (kept.connection, kept.connection_name) == (None, connection.display_name)
    assert (kept.user, kept.agreed_at, kept.text_version) == (agreed.user, agreed.agreed_at, agreed.text_version)
    page = alice_client.get("/admin/system/audit/", {"kind": "connections.consent", "name": connection.display_name})
    assert f"for the connection “{connection.display_name}”" in page.text


def test_revoking_that_fails_does_not_keep_the_connection(
    connection, alice_client, constant_contact, django_capture_on_commit_callbacks
):
    constant_contact.fault("*/revoke", "503")
    with django_capture_on_commit_callbacks(execute=True):
        alice_client.post(url("delete", connection.pk))
    assert not Connection.objects.exists()


def test_looking_at_the_page_removes_nothing(connection, alice_client):
    alice_client.get(url("delete", connection.pk))
    assert Connection.objects.exists()


def test_a_connection_in_use_is_not_removed_and_its_exports_are_shown(
    connection, alice_client, exports, constant_contact
):
    page = alice_client.get(url("delete", connection.pk))
    for part in ("weekly", "monthly", "/exports/weekly/", "Detach connection", "Remove export"):
        assert part in page.text
    answer = alice_client.post(url("delete", connection.pk), follow=True)
    assert "still in use" in said(answer)[0]
    assert TokenSet.objects.exists()
    assert not constant_contact.requests("/revoke")


def test_detaching_and_removing_each_export_frees_the_connection(connection, alice_client, exports):
    detached = alice_client.post(
        url("release", connection.pk), {"dependent": "export-weekly", "how": "detach"}, follow=True
    )
    assert "“weekly” was detached" in said(detached)[0]
    remove = {"dependent": "export-monthly", "how": "remove"}
    assert "The export and its settings are deleted" in alice_client.post(url("release", connection.pk), remove).text
    assert exports.names == ["monthly"]
    removed = alice_client.post(url("release", connection.pk), remove | {"confirm": "yes"}, follow=True)
    assert "“monthly” was removed." in said(removed)
    assert exports.log == [("weekly", "detach", "alice"), ("monthly", "remove", "alice")]
    alice_client.post(url("delete", connection.pk))
    assert not Connection.objects.exists()


def test_an_export_that_is_gone_already_is_no_error(connection, alice_client, exports):
    answer = alice_client.post(url("release", connection.pk), {"dependent": "export-x", "how": "detach"}, follow=True)
    assert "no longer uses this connection" in said(answer)[0]


def test_why_an_export_can_not_be_detached_now_is_shown(connection, alice_client, exports):
    exports.refusal = "A run is sending at this moment. Wait for it or cancel it."
    answer = alice_client.post(
        url("release", connection.pk), {"dependent": "export-weekly", "how": "detach"}, follow=True
    )
    assert said(answer) == [exports.refusal]


def test_releasing_takes_only_detach_and_remove(connection, alice_client, exports):
    assert alice_client.post(url("release", connection.pk), {"dependent": "export-weekly"}).status_code == 400
    assert alice_client.get(url("release", connection.pk)).status_code == 405
    assert exports.names == ["weekly", "monthly"]


def test_a_draft_is_discarded_and_its_authorization_ended(
    alice_client, constant_contact, django_capture_on_commit_callbacks
):
    wizard = Wizard(alice_client, constant_contact)
    wizard.walk_to_save()
    assert "Discard draft" in wizard.client.get(url("delete", wizard.draft().pk)).text
    with django_capture_on_commit_callbacks(execute=True):
        alice_client.post(url("delete", wizard.draft().pk))
    assert not Connection.objects.exists()
    assert constant_contact.requests("/revoke")
