"""The export user: named by themselves alone, and asked about at every unattended run."""

import pytest
from django.contrib.auth.models import Group

from connections.export_users import export_user_problem
from connections.models import Connection, ExportUser
from tests.conftest import PASSWORD
from tests.connections.walking import Wizard, url


@pytest.fixture
def wizard(alice_client, constant_contact) -> Wizard:
    wizard = Wizard(alice_client, constant_contact)
    wizard.name()
    return wizard


def test_a_wrong_password_is_refused(wizard):
    answer = wizard.add_myself("not my password")
    assert "This is not your password" in answer.text
    assert not ExportUser.objects.exists()


def test_guessing_the_password_is_stopped_with_our_own_sentence(wizard, settings):
    settings.AXES_FAILURE_LIMIT = 3
    for _ in range(3):
        answer = wizard.add_myself("guess")
    assert answer.status_code == 200
    assert "wrong too many times" in answer.text

    assert "wrong too many times" in wizard.add_myself(PASSWORD).text  # even the right one, for a while
    assert not ExportUser.objects.exists()


def test_nobody_can_name_somebody_else(wizard, eve):
    wizard.add_myself(PASSWORD, user=eve.pk, username="eve", export_user=eve.pk)
    assert ExportUser.objects.get().user.username == "alice"


def test_the_password_of_another_person_does_not_count(wizard, eve):
    eve.set_password("the password of eve")
    eve.save()
    assert "This is not your password" in wizard.add_myself("the password of eve").text


def test_who_has_no_password_is_shown_whom_to_ask(wizard, alice):
    alice.set_unusable_password()
    alice.save()
    wizard.client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    page = wizard.open("export-user")
    assert "Your account has no password" in page.text
    assert 'type="password"' not in page.text
    assert "This is not your password" in wizard.add_myself("").text or not ExportUser.objects.exists()


def test_another_administrator_takes_over_on_the_page_of_the_connection(connection, eve, eve_client):
    shown = eve_client.get(url("export_user", connection.pk))
    assert "you replace alice" in shown.text
    answer = eve_client.post(
        url("export_user", connection.pk),
        {"password": PASSWORD, "instead_of": connection.export_user.user_id},
        follow=True,
    )
    assert "You are the export user of this connection now." in answer.text
    assert ExportUser.objects.get().user == eve


def test_two_administrators_do_not_replace_each_other_unseen(connection, alice, eve_client):
    answer = eve_client.post(url("export_user", connection.pk), {"password": PASSWORD, "instead_of": ""})
    assert "Somebody else became the export user in the meantime" in answer.text
    assert ExportUser.objects.get().user == alice


def test_an_active_administrator_is_no_problem(connection):
    assert export_user_problem(connection) is None


def test_without_an_export_user(connection):
    connection.export_user.delete()
    assert export_user_problem(connection).code == "export_user_missing"


def test_an_export_user_who_was_deactivated(connection, alice):
    alice.is_active = False
    alice.save()
    assert export_user_problem(connection).code == "export_user_inactive"


@pytest.mark.parametrize("role", ["Viewers", None])
def test_an_export_user_who_lost_the_right(connection, alice, role):
    alice.groups.set(Group.objects.filter(name=role))
    assert export_user_problem(connection).code == "export_user_not_allowed"


def test_a_demoted_export_user_counts_only_while_the_connection_is_shared_with_them(connection, alice):
    alice.groups.set(Group.objects.filter(name="Contributors"))
    assert export_user_problem(connection).code == "export_user_not_allowed"
    Connection.objects.update(sharing=Connection.Sharing.CONTRIBUTORS)
    assert export_user_problem(connection) is None


def test_the_problem_is_shown_on_the_page_with_the_way_out(connection, alice, eve_client):
    alice.is_active = False
    alice.save()
    page = eve_client.get(url("change", connection.pk))
    assert "The export user of the connection “Newsletter” is no longer active." in page.text
    assert url("export_user", connection.pk) in page.text
