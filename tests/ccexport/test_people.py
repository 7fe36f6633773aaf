"""Permissions: roles are given and taken so that an administrator is always left, and what stops is said."""

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import User
from django.urls import reverse

from ccexport.people.accounts import LastAdministratorError, connections_stopped_by, give_role, remove_person, role_of
from ccexport.roles import ADMINISTRATORS, CONTRIBUTORS, VIEWERS


def remove(client, person) -> list[str]:
    answer = client.post(reverse("admin:auth_user_remove", args=[person.pk]), follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_a_removed_person_keeps_the_name_and_loses_the_way_in(alice_client, bob, bob_client):
    assert remove(alice_client, bob) == ["bob is removed and can no longer sign in."]

    bob.refresh_from_db()
    assert (bob.is_active, role_of(bob)) == (False, "")
    assert bob_client.get("/").status_code == 302


def test_removing_asks_first(alice_client, bob):
    page = alice_client.get(reverse("admin:auth_user_remove", args=[bob.pk])).text

    assert "Remove “bob”?" in page
    assert User.objects.get(pk=bob.pk).is_active


@pytest.mark.parametrize(
    "leave", [remove_person, lambda user: give_role(user, VIEWERS), lambda user: give_role(user, "")]
)
def test_the_last_administrator_can_not_leave(leave, alice, bob):
    with pytest.raises(LastAdministratorError, match="the only active administrator"):
        leave(alice)

    alice.refresh_from_db()
    assert (alice.is_active, role_of(User.objects.get(pk=alice.pk))) == (True, ADMINISTRATORS)


def test_an_inactive_administrator_does_not_count(alice, bob):
    give_role(bob, ADMINISTRATORS)
    User.objects.filter(pk=bob.pk).update(is_active=False)

    with pytest.raises(LastAdministratorError):
        remove_person(alice)


def test_nobody_removes_themselves(alice_client, alice, bob):
    give_role(bob, ADMINISTRATORS)

    assert remove(alice_client, alice) == ["You can't remove yourself. Ask another administrator to do it."]
    assert User.objects.get(pk=alice.pk).is_active


def test_export_user_who_loses_the_right_is_shown(alice_client, alice, bob, connection):
    give_role(bob, ADMINISTRATORS)
    connection.export_user.user = bob
    connection.export_user.save()

    shown = remove(alice_client, bob)

    assert connections_stopped_by(bob) == [connection]
    assert shown[1].startswith("bob is the export user of “Newsletter” and may no longer use it.")


def test_stopped_connections_are_shown_after_a_demotion_by_the_form(alice_client, alice, bob, connection):
    give_role(bob, ADMINISTRATORS)
    connection.export_user.user = bob
    connection.export_user.save()
    form = {"username": "bob", "email": bob.email, "is_active": "on", "role": VIEWERS}

    answer = alice_client.post(reverse("admin:auth_user_change", args=[bob.pk]), form, follow=True)

    assert any("may no longer use it" in str(message) for message in answer.context["messages"])


def test_roles_and_passwords_are_in_the_audit_trail_without_the_password(alice_client, alice, bob):
    give_role(bob, VIEWERS)
    page = reverse("admin:auth_user_password_change", args=[bob.pk])
    secret = "a much longer phrase"
    alice_client.post(page, {"password1": secret, "password2": secret, "usable_password": "true"})

    events = [entry.additional_data for entry in LogEntry.objects.order_by("pk") if entry.additional_data]
    assert {"event": "role", "old": CONTRIBUTORS, "new": VIEWERS} in events
    assert {"event": "password"} in events
    assert secret not in str(list(LogEntry.objects.values()))


def test_only_administrators_remove(bob_client, carol_client, alice):
    for client in (bob_client, carol_client):
        assert client.post(reverse("admin:auth_user_remove", args=[alice.pk])).status_code == 403
