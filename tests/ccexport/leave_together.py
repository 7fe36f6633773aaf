"""A process in which two administrators take the role from each other at one moment, round after round.

Arguments: the way to do it (give_role, remove, form) and how many rounds. Prints a JSON list: how many active
administrators each round left.
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import django

django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from ccexport.people.accounts import LastAdministratorError, give_role, remove_person  # noqa: E402
from ccexport.roles import ADMINISTRATORS, VIEWERS  # noqa: E402

NAMES = ("ann", "ben")


def by_form(person: User) -> None:
    """As `person`'s opponent does it on the page Permissions."""
    client = Client()
    client.force_login(User.objects.exclude(pk=person.pk).get(username__in=NAMES), backend=BACKEND)
    form = {"username": person.username, "email": "", "is_active": "on", "role": VIEWERS}
    client.post(reverse("admin:auth_user_change", args=[person.pk]), form, headers={"host": "localhost"})


BACKEND = "django.contrib.auth.backends.ModelBackend"
WAYS = {"give_role": lambda person: give_role(person, VIEWERS), "remove": remove_person, "form": by_form}


def take_the_role(name: str, way: str, barrier: threading.Barrier) -> None:
    try:
        person = User.objects.get(username=name)
        barrier.wait()
        WAYS[way](person)
    except LastAdministratorError:
        pass
    finally:
        connections.close_all()


def one_round(way: str) -> int:
    administrators = Group.objects.get(name=ADMINISTRATORS)
    for name in NAMES:
        person, _made = User.objects.get_or_create(username=name)
        User.objects.filter(pk=person.pk).update(is_active=True, is_staff=True)
        person.groups.set([administrators])
    barrier = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: take_the_role(name, way, barrier), NAMES))
    return User.objects.filter(groups=administrators, is_active=True).count()


if __name__ == "__main__":
    print(json.dumps([one_round(sys.argv[1]) for _round in range(int(sys.argv[2]))]))
