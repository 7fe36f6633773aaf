from django.contrib.auth.models import User
from django.urls import reverse

from ccexport.people.admin import role_of
from ccexport.roles import ADMINISTRATORS, CONTRIBUTORS, VIEWERS

PEOPLE = reverse("admin:auth_user_changelist")
ADD = reverse("admin:auth_user_add")


def page_of(user: User) -> str:
    return reverse("admin:auth_user_change", args=[user.pk])


def form_of(user: User, **changes: str) -> dict[str, str]:
    own = {"username": user.username, "first_name": "", "last_name": "", "email": user.email, "is_active": "on"}
    return {**own, "role": role_of(user), **changes}


def test_an_administrator_gives_somebody_another_role(alice_client, bob):
    response = alice_client.post(page_of(bob), form_of(bob, role=VIEWERS))

    assert response.status_code == 302
    assert [group.name for group in bob.groups.all()] == [VIEWERS]


def test_a_new_person_can_sign_in_with_the_rights_of_their_role(alice_client, client):
    password = "a long enough secret"
    answer = {"username": "erin", "role": CONTRIBUTORS, "password1": password, "password2": password}

    response = alice_client.post(ADD, {**answer, "usable_password": "true"})

    assert response.status_code == 302
    erin = User.objects.get(username="erin")
    assert role_of(erin) == CONTRIBUTORS
    assert not erin.is_superuser
    client.force_login(erin, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/").context["has_role"]


def test_the_last_administrator_keeps_the_role(alice_client, alice):
    response = alice_client.post(page_of(alice), form_of(alice, role=VIEWERS))

    assert "This is the only active administrator." in response.content.decode()
    assert role_of(User.objects.get(pk=alice.pk)) == ADMINISTRATORS


def test_the_last_administrator_stays_active(alice_client, alice):
    form = form_of(alice)
    del form["is_active"]

    alice_client.post(page_of(alice), form)

    assert User.objects.get(pk=alice.pk).is_active


def test_an_administrator_may_step_back_when_there_is_another(alice_client, alice, bob):
    alice_client.post(page_of(bob), form_of(bob, role=ADMINISTRATORS))

    response = alice_client.post(page_of(alice), form_of(alice, role=VIEWERS))

    assert response.status_code == 302
    assert role_of(User.objects.get(pk=alice.pk)) == VIEWERS


def test_no_field_of_the_form_makes_a_superuser(alice_client, bob):
    alice_client.post(page_of(bob), form_of(bob, is_superuser="on", user_permissions="1"))

    bob.refresh_from_db()
    assert not bob.is_superuser
    assert not bob.user_permissions.exists()


def test_people_are_deactivated_not_deleted(alice_client, bob):
    assert alice_client.post(reverse("admin:auth_user_delete", args=[bob.pk])).status_code == 403


def test_nobody_but_administrators_sees_people(bob_client, carol_client, alice):
    for client in (bob_client, carol_client):
        assert [client.get(page).status_code for page in (PEOPLE, ADD, page_of(alice))] == [403, 403, 403]


def test_the_password_of_another_is_set_not_shown(alice_client, bob):
    page = alice_client.get(page_of(bob)).content.decode()

    assert "Set a new password" in page
    assert "md5$" not in page
    assert alice_client.get(reverse("admin:auth_user_password_change", args=[bob.pk])).status_code == 200
