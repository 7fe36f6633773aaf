"""People and their roles: the only writers of a role. There is always an active administrator left."""

from __future__ import annotations

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Q

import audit_trail
from ccexport.roles import ADMINISTRATORS, CONTRIBUTORS, VIEWERS
from connections.export_users import export_user_problem
from connections.models import Connection
from web.messages import MessageError

ROLES = (ADMINISTRATORS, CONTRIBUTORS, VIEWERS)


class LastAdministratorError(MessageError):
    """Nobody would be left who may administer."""

    def __init__(self) -> None:
        super().__init__("last_administrator")


def role_of(user: User) -> str:
    """Return the group that is `user`'s role; a superuser counts as an administrator. "" is no role."""
    if user.is_superuser:
        return ADMINISTRATORS
    groups = {group.name for group in user.groups.all()}
    return next((role for role in ROLES if role in groups), "")


def lock_person(person: User) -> User:
    """Return the person as stored, and let nobody else change people or roles until the present transaction ends."""
    Group.objects.select_for_update().get(name=ADMINISTRATORS)  # first, as whoever changes a role does
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


def require_other_administrator(leaving: User) -> None:
    """Make sure that somebody else stays an active administrator when `leaving` no longer is one.

    Looks at the rows, not at `leaving`, and holds a lock until the present transaction ends: two who leave at once
    can't both count on the other, nor on somebody who was made one a moment ago. Raises LastAdministratorError.
    """
    with transaction.atomic():
        Group.objects.select_for_update().get(name=ADMINISTRATORS)
        administrators = User.objects.filter(Q(groups__name=ADMINISTRATORS) | Q(is_superuser=True), is_active=True)
        if set(administrators.values_list("pk", flat=True)) == {leaving.pk}:
            raise LastAdministratorError


def give_role(user: User, role: str) -> None:
    """Give a person exactly this role. Raises LastAdministratorError."""
    with transaction.atomic():
        if role != ADMINISTRATORS:
            require_other_administrator(user)
        before = role_of(User.objects.get(pk=user.pk))
        if role != ADMINISTRATORS:
            User.objects.filter(pk=user.pk).update(is_superuser=False)
        user.groups.set(Group.objects.filter(name=role))
        if before != role:
            audit_trail.record(user, "role", old=before, new=role)


def remove_person(user: User) -> None:
    """Take away a person's role and way in. The row stays: consents, runs and the audit trail keep the name.

    Raises LastAdministratorError.
    """
    with transaction.atomic():
        give_role(user, "")
        User.objects.filter(pk=user.pk).update(is_active=False)
        audit_trail.record(user, "person_removed")
    user.refresh_from_db()


def connections_stopped_by(user: User) -> list[Connection]:
    """Return the connections whose export user this is, and through which nothing can run any more."""
    theirs = Connection.objects.filter(export_user__user=user)
    return [connection for connection in theirs if export_user_problem(connection) is not None]
